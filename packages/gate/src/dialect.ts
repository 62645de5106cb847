import type { CloseReason, Filed, Hold, Outcome, Refusal, Unit } from '@sallyport/core'
import type { Permit } from './engine.js'

/**
 * A message protocol as a pure state machine: bytes and answers in, steps out; no socket, no clock, no promise.
 * The relay carries the steps out in order. After `judge` or `need`, the client's direction pauses until that id is
 * answered; bytes that arrive meanwhile are kept by the relay and handed over later. A dialect must not assume that
 * server bytes pause too.
 */
export type Step<Q> =
  /** To the client. The relay takes ownership: the bytes must not be changed afterwards. */
  | { readonly do: 'client'; readonly bytes: Uint8Array }
  /** To the target: only inside `permitted`, or for what needs no permit because it carries nothing of the caller's. */
  | { readonly do: 'server'; readonly bytes: Uint8Array }
  | { readonly do: 'judge'; readonly id: number; readonly unit: Unit }
  /** Something only the outside can answer: a parse in a worker, the target model. */
  | { readonly do: 'need'; readonly id: number; readonly query: Q }
  /** The unit that got permit `id` has ended at the target. */
  | { readonly do: 'done'; readonly id: number; readonly outcome: Outcome }
  /** Ask the target to give up what runs now, out of band. */
  | { readonly do: 'cancel' }
  /** Flush what was written, then close both sides. Nothing follows it. */
  | { readonly do: 'end'; readonly reason: CloseReason }

export interface Dialect<Q, A> {
  /** More was read than can be dealt with now: the client is not read until this is false again. What comes regardless is kept. */
  full?(): boolean
  client(chunk: Uint8Array): readonly Step<Q>[]
  server(chunk: Uint8Array): readonly Step<Q>[]
  permitted(id: number, permit: Permit): readonly Step<Q>[]
  /** A hold began: tell the client, if the protocol can. The question stays open. */
  held(id: number, hold: Hold, filed: Filed): readonly Step<Q>[]
  /**
   * What the client sent while people are asked, in order, before it is handed over: true if it says goodbye in it. It must
   * change nothing but what it remembers for the next call.
   */
  leaves?(chunk: Uint8Array): boolean
  refused(id: number, refusal: Refusal): readonly Step<Q>[]
  answered(id: number, answer: A): readonly Step<Q>[]
  /** The session is over for a reason of ours: say so in the protocol's own form, then `end`. Outcomes of open permits come first as `done`. */
  cut(reason: CloseReason): readonly Step<Q>[]
  /** The client's or the target's stream ended by itself. */
  ended(side: 'client' | 'server'): readonly Step<Q>[]
}
