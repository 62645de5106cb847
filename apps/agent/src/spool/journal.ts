import type { Appended, Chain, Room } from '@sallyport/audit'
import { EncodingError } from '@sallyport/audit'
import type { AuditEvent } from '@sallyport/core'
import { SallyportError } from '@sallyport/core'
import type { Clock, Journal } from '@sallyport/gate'
import { addTo, createBatch, framesOf, settled } from './batch.js'
import type { Batch } from './batch.js'
import type { Ledger } from './ledger.js'
import type { Store, Turn } from './store.js'
import type { Tail } from './tail.js'

/**
 * The trail's writer. Every event is handed to the operating system in the turn of the loop that appended it, before any
 * answer of a target can be read: killing the process loses nothing that was answered. Syncing to the medium is a group
 * commit that clocks itself: while one runs, events gather; when it ends, all of them are the next one. Nobody waits for
 * a timer but events that need not be durable yet. The first error is the last act.
 */
export interface SpoolJournal extends Journal {
  /** Resolves when everything appended so far is durable; rejects when it will not be. */
  flush(): Promise<void>
  /** Fails it from outside: the spool was found unreadable. */
  fail(cause: unknown): void
  /** Events that are not durable yet. */
  waiting(): number
}

export interface JournalLimits {
  /** A segment that reaches this many bytes is followed by another. */
  readonly segmentBytes: number
  /** All segments together. Beyond it nothing may begin; what began may still end. */
  readonly maxBytes: number
  /** Events waiting for a commit, in bytes: beyond it also a buffered `append` waits. */
  readonly bufferBytes: number
}

export interface JournalParts {
  readonly store: Store
  readonly tail: Tail
  readonly chain: Chain
  /** Where the chain writes its records: used again as soon as they stand in a frame. */
  readonly room: Room
  readonly ledger: Ledger
  readonly clock: Clock
  readonly limits: JournalLimits
  /** Told once, with the error that ended it. */
  readonly onFailed: (cause: unknown) => void
}

/** A sync begins this long after a buffered event at the latest, so that it is durable within 50 ms. */
const bufferedMs = 25

/** Kept free beyond `maxBytes` for the ends of what has begun. */
const reserve = 1024 * 1024

export function createJournal(parts: JournalParts): SpoolJournal {
  const { store, tail, chain, room, ledger, clock, limits } = parts
  const failure = new AbortController()
  const take = createSlabs()
  /** Not written yet. */
  let gathered = createBatch()
  /** Written, not synced yet, in order. */
  let written: Batch[] = []
  let writtenBytes = 0
  /** Somebody waits for what is written. */
  let awaited = false
  /** Where the next segment begins: nothing is written until it has been created. */
  let turn: Turn | undefined
  let pouring = false
  /** The sync that runs; settles with it and never rejects. */
  let syncing: Promise<void> | undefined
  let stopTimer: (() => void) | undefined

  function append(event: AuditEvent, durability: 'strict' | 'buffered'): void | Promise<void> {
    if (failure.signal.aborted) throw unwritable()
    requireRoom(event, store.bytes() + gathered.size, limits.maxBytes)
    addTo(gathered, linked(chain, event))
    ledger.note(event)
    const full = writtenBytes + gathered.size >= limits.bufferBytes
    if (!pouring) {
      pouring = true
      setImmediate(pour)
    }
    // While a segment is being created nothing can be written at once, so nobody is answered at once.
    return durability === 'strict' || full || turn !== undefined ? settled(gathered) : undefined
  }

  function pour(): void {
    pouring = false
    if (turn !== undefined || failure.signal.aborted || gathered.tip === undefined) return
    const batch = gathered
    turn = turnAfter(batch)
    gathered = createBatch()
    written.push(batch)
    writtenBytes += batch.size
    awaited ||= batch.awaited !== undefined
    try {
      const frames = framesOf(batch, take)
      room.again()
      store.write(frames)
      tail.add(batch.tip!, frames)
    } catch (error) {
      return fail(error)
    }
    goOn()
  }

  function goOn(): void {
    if (turn !== undefined || awaited) sync()
    else if (written.length > 0) arm()
  }

  function arm(): void {
    if (syncing === undefined) stopTimer ??= clock.after(bufferedMs, sync)
  }

  function sync(): void {
    stopTimer?.()
    stopTimer = undefined
    if (syncing !== undefined || written.length === 0 || failure.signal.aborted) return
    const batches = written
    written = []
    writtenBytes = 0
    awaited = false
    syncing = settle(batches, turn).then(() => {
      syncing = undefined
      goOn()
    })
  }

  async function settle(batches: readonly Batch[], at: Turn | undefined): Promise<void> {
    try {
      await store.sync(batches.at(-1)!.tip!, at)
      for (const batch of batches) batch.awaited?.resolve()
    } catch (error) {
      for (const batch of batches) batch.awaited?.reject(unwritable())
      return fail(error)
    }
    if (at === undefined) return
    turn = undefined
    pour()
  }

  /** What the next segment begins with is taken now, before anything else is appended. */
  function turnAfter(batch: Batch): Turn | undefined {
    if (store.growing() + batch.size < limits.segmentBytes) return undefined
    return { chain: chain.state(), open: ledger.open() }
  }

  function fail(cause: unknown): void {
    if (failure.signal.aborted) return
    stopTimer?.()
    for (const batch of [...written, gathered]) batch.awaited?.reject(unwritable())
    failure.abort(unwritable())
    parts.onFailed(cause)
  }

  async function flush(): Promise<void> {
    while (!failure.signal.aborted && (syncing !== undefined || written.length > 0 || gathered.tip !== undefined)) {
      pour()
      sync()
      await syncing
    }
    if (failure.signal.aborted) throw unwritable()
  }

  const waiting = () => written.reduce((sum, { records }) => sum + records.length, gathered.records.length)
  return { append, failed: failure.signal, flush, fail, waiting }
}

const slabBytes = 256 * 1024

/** Pieces of memory out of few allocations: a batch is small, and there is one in nearly every turn of the loop. */
function createSlabs(): (size: number) => Buffer {
  let slab = Buffer.allocUnsafeSlow(0)
  let used = 0
  return (size) => {
    if (size > slab.length - used) {
      slab = Buffer.allocUnsafeSlow(Math.max(size, slabBytes))
      used = 0
    }
    used += size
    return slab.subarray(used - size, used)
  }
}

function linked(chain: Chain, event: AuditEvent): Appended {
  try {
    return chain.append(event)
  } catch (error) {
    if (error instanceof EncodingError) throw new SallyportError('record_failed', `this cannot be recorded: ${error.message}`)
    throw error
  }
}

function requireRoom(event: AuditEvent, used: number, maxBytes: number): void {
  const ends = event.type === 'session.ended' || event.type === 'statement.ended' || event.type === 'agent.noted'
  if (used >= maxBytes + (ends ? reserve : 0)) throw new SallyportError('record_failed', 'the spool is full, so nothing may run')
}

function unwritable(): SallyportError {
  return new SallyportError('record_failed', 'the trail cannot be written, so nothing may run')
}
