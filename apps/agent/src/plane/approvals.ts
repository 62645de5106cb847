import { randomUUID } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { CallError, encodeHold } from '@sallyport/contract'
import type { Calls, Question, Result } from '@sallyport/contract'
import { errorCatalogue, SallyportError } from '@sallyport/core'
import type { ErrorCode, Unapproved } from '@sallyport/core'
import type { Approvals } from '@sallyport/gate'

/**
 * The way to people, over whatever link is up. What is not answered in time is refused; what must be said in the end (who
 * asked has gone) is said again until it was heard. The control plane keeps the truth: nothing here is remembered over a
 * start, and a use that was not confirmed was not taken for this process.
 */
export interface PlaneApprovals extends Approvals {
  /** The control plane says how a request ended without a grant. */
  readonly ended: (ended: Unapproved) => void
  readonly close: () => void
}

export interface ApprovalsOptions {
  /** The link that is up; `undefined` while there is none. */
  readonly calls: () => Calls | undefined
  readonly log: { warn(fields: object, message: string): void }
  /** Milliseconds; given by tests. */
  readonly patience?: Partial<Patience>
}

interface Patience {
  /** For the answer to one attempt, and between two. */
  readonly attempt: number
  readonly pause: number
  /** For all attempts: whoever waits in between has a client that waits. */
  readonly file: number
  readonly use: number
  /** Where it is not known until when a request is open. */
  readonly withdraw: number
}

const usual: Patience = { attempt: 5_000, pause: 200, file: 15_000, use: 10_000, withdraw: 3_600_000 }

/** Questions at a time: other questions go over the same stream, which takes a few dozen. */
const atOnce = 32
/** Ends that are remembered, for whoever comes to listen a moment late, and requests whose time is known. */
const remembered = 1_000

export function createApprovals({ calls, log, patience = {} }: ApprovalsOptions): PlaneApprovals {
  const within = { ...usual, ...patience }
  const closing = new AbortController()
  const slots = createSlots(atOnce)
  const listeners = new Set<(ended: Unapproved) => void>()
  const ends = new Map<string, Unapproved>()
  /** Until when a request is open, by this process's clock. */
  const openUntil = new Map<string, number>()

  /** Throws `SallyportError`: what was refused, or `unavailable` when the time is over. */
  async function ask(kind: Question['kind'], key: string, until: number): Promise<Result> {
    for (;;) {
      const left = until - performance.now()
      if (left <= 0 || closing.signal.aborted) throw new SallyportError('unavailable', 'the control plane did not answer in time')
      const link = calls()
      try {
        if (link !== undefined) return await slots(() => link.ask({ kind, key, timeout: Math.ceil(Math.min(within.attempt, left)) }))
      } catch (error) {
        if (!(error instanceof CallError)) throw error
        if (!passing.has(error.code)) throw new SallyportError(codeOf(error), error.message)
      }
      await sleep(Math.min(within.pause, left), undefined, { signal: closing.signal, ref: false }).catch(() => {})
    }
  }

  async function sayWithdrawn(approvalId: string, statementId: string, why: string): Promise<void> {
    const until = openUntil.get(approvalId) ?? performance.now() + within.withdraw
    try {
      await ask({ $case: 'withdrawHold', value: { approvalId, statementId, why } }, `withdraw/${approvalId}/${statementId}`, until)
    } catch (error) {
      if (!closing.signal.aborted) log.warn({ approval: approvalId, reason: messageOf(error) }, 'a request could not be withdrawn')
    }
  }

  return {
    async file(request) {
      const bytes = encoded(() => encodeHold(request))
      const until = performance.now() + within.file
      const result = await ask({ $case: 'fileHold', value: { request: bytes } }, randomUUID(), until)
      if (result.$case !== 'fileHoldDone') throw new SallyportError('unavailable', 'the control plane gave an answer to something else')
      const { approvalId: id, url } = result.value
      keep(openUntil, id, performance.now() + request.hold.ttl)
      return { id, url }
    },
    async use({ id: grantId }, statementId) {
      const until = performance.now() + within.use
      await ask({ $case: 'useGrant', value: { grantId, statementId } }, `use/${grantId}/${statementId}`, until)
    },
    withdraw: (approval, why, statement) => void sayWithdrawn(approval, statement, why),
    onUnapproved(listener) {
      listeners.add(listener)
      // It may have ended between the answer that named it and now. Those it does not mean are passed over.
      const past = [...ends.values()]
      queueMicrotask(() => {
        for (const ended of past) if (listeners.has(listener)) listener(ended)
      })
      return () => void listeners.delete(listener)
    },
    ended(ended) {
      keep(ends, ended.approval, ended)
      for (const listener of listeners) listener(ended)
    },
    close: () => closing.abort(),
  }
}

/** What may be otherwise at the next attempt. */
const passing: ReadonlySet<string> = new Set(['unavailable', 'too_many', 'internal'])

function codeOf({ code }: CallError): ErrorCode {
  return Object.hasOwn(errorCatalogue, code) ? (code as ErrorCode) : 'unavailable'
}

function encoded(encode: () => Buffer): Buffer {
  try {
    return encode()
  } catch (error) {
    throw error instanceof CallError ? new SallyportError(codeOf(error), error.message) : error
  }
}

function keep<T>(map: Map<string, T>, key: string, value: T): void {
  map.set(key, value)
  for (const oldest of map.keys()) {
    if (map.size <= remembered) return
    map.delete(oldest)
  }
}

/** Runs so many at a time, the others in their order. */
function createSlots(count: number): <T>(run: () => Promise<T>) => Promise<T> {
  let free = count
  const waiting: (() => void)[] = []
  return async (run) => {
    if (free > 0) free -= 1
    else await new Promise<void>((resolve) => waiting.push(resolve))
    try {
      return await run()
    } finally {
      const next = waiting.shift()
      if (next) next()
      else free += 1
    }
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
