import type { Action, Grant, Identity, ResourceFacts, SessionFacts } from '@sallyport/core'

/** Everything a decision depends on. `decide` reads nothing else: no clock, no network, no memory. */
export interface AccessRequest {
  readonly identity: Identity
  readonly resource: ResourceFacts
  readonly session: SessionFacts
  /** The actions of one unit, in order. Empty only for `decideConnect`. */
  readonly actions: readonly Action[]
  /** Milliseconds since the epoch. */
  readonly now: number
  readonly grants: readonly Grant[]
  /** The approval digest of the unit, where it was computed; without it no grant can match. */
  readonly digest?: string
}
