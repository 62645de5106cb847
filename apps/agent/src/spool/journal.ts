import type { Appended, Chain } from '@sallyport/audit'
import { EncodingError } from '@sallyport/audit'
import type { AuditEvent } from '@sallyport/core'
import { SallyportError } from '@sallyport/core'
import type { Clock, Journal } from '@sallyport/gate'
import { createBatch } from './batch.js'
import type { Batch } from './batch.js'
import type { Ledger } from './ledger.js'
import type { Store, Tip, Turn } from './store.js'

/**
 * The trail's writer: group commit that clocks itself. While a commit runs, events gather; when it ends, all of them
 * are the next one. Nobody waits for a timer but events that need not be durable yet. The first error is the last act.
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
  readonly chain: Chain
  readonly ledger: Ledger
  readonly clock: Clock
  readonly limits: JournalLimits
  /** Told once, with the error that ended it. */
  readonly onFailed: (cause: unknown) => void
}

/** A buffered event is given to the disk after this long at the latest, so that it is durable within 50 ms. */
const bufferedMs = 25

/** Kept free beyond `maxBytes` for the ends of what has begun. */
const reserve = 1024 * 1024

export function createJournal(parts: JournalParts): SpoolJournal {
  const { store, ledger, clock, limits } = parts
  const failure = new AbortController()
  let gathered = createBatch()
  /** Somebody waits for what gathers. */
  let urgent = false
  /** The commit that runs, or is about to; settles with it and never rejects. */
  let running: Promise<void> | undefined
  let stopTimer: (() => void) | undefined

  function append(event: AuditEvent, durability: 'strict' | 'buffered'): void | Promise<void> {
    if (failure.signal.aborted) throw unwritable()
    requireRoom(event, store.bytes() + gathered.size, limits.maxBytes)
    gathered.add(linked(parts.chain, event))
    ledger.note(event)
    const full = gathered.size >= limits.bufferBytes
    if (durability === 'buffered' && !full) return arm()
    urgent = true
    start()
    return gathered.settled()
  }

  function arm(): void {
    if (running === undefined) stopTimer ??= clock.after(bufferedMs, start)
  }

  function start(): void {
    stopTimer?.()
    stopTimer = undefined
    running ??= new Promise((resolve) => {
      setImmediate(() => void commit().then(resolve))
    })
  }

  async function commit(): Promise<void> {
    const batch = gathered
    const { tip } = batch
    if (tip !== undefined && !failure.signal.aborted) {
      gathered = createBatch()
      urgent = false
      await write(batch, tip)
    }
    running = undefined
    if (failure.signal.aborted || gathered.tip === undefined) return
    if (urgent) start()
    else arm()
  }

  async function write(batch: Batch, tip: Tip): Promise<void> {
    try {
      await store.commit(batch.bytes(), tip, turnAfter(batch))
      batch.resolve()
    } catch (error) {
      batch.reject(unwritable())
      fail(error)
    }
  }

  /** What the next segment begins with is taken now, before anything else is appended. */
  function turnAfter(batch: Batch): Turn | undefined {
    if (store.growing() + batch.size < limits.segmentBytes) return undefined
    return { chain: parts.chain.state(), open: ledger.open() }
  }

  function fail(cause: unknown): void {
    if (failure.signal.aborted) return
    stopTimer?.()
    gathered.reject(unwritable())
    failure.abort(unwritable())
    parts.onFailed(cause)
  }

  async function flush(): Promise<void> {
    while (running !== undefined || gathered.tip !== undefined) {
      if (failure.signal.aborted) break
      start()
      await running
    }
    if (failure.signal.aborted) throw unwritable()
  }

  return { append, failed: failure.signal, flush, fail, waiting: () => gathered.count }
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
