import type { Action } from './action.js'
import type { RecordedParam, RecordedText } from './audit.js'
import type { Hold } from './decision.js'
import type { Identity } from './principal.js'
import type { ResourceFacts } from './resource.js'
import type { SessionFacts } from './session.js'
import type { Transitions } from './transitions.js'

/** A hold that waits for people. Grants are what an approval leaves behind; `decide` takes them as input. */
export type ApprovalState = 'requested' | 'approved' | 'denied' | 'expired' | 'withdrawn' | 'used' | 'revoked'
export type ApprovalEvent = 'approve' | 'deny' | 'expire' | 'withdraw' | 'use' | 'revoke'

export const approvalTransitions: Transitions<ApprovalState, ApprovalEvent> = {
  requested: { approve: 'approved', deny: 'denied', expire: 'expired', withdraw: 'withdrawn' },
  approved: { use: 'used', expire: 'expired', revoke: 'revoked' },
  denied: {},
  expired: {},
  withdrawn: {},
  used: {},
  revoked: {},
}

/** One permission for exactly what its digest names; consumed by compare-and-set at the control plane. */
export interface Grant {
  readonly id: string
  readonly approval: string
  /** SHA-256 in hex over the unit, the principal with its chain, the resource and the context (ARCHITECTURE rule 4). */
  readonly digest: string
  /** Hash of the policies that held it: a changed policy asks again. */
  readonly policies: string
  readonly session?: string
  readonly uses: number
  /** Milliseconds since the epoch. */
  readonly expiresAt: number
}

/** What is asked of people, as the agent that holds it files it: everything that they must see to decide. */
export interface HoldRequest {
  /** What a grant must repeat, see `Grant.digest`. */
  readonly digest: string
  readonly hold: Hold
  /** `stm_` id of what is held. */
  readonly statement: string
  readonly session: SessionFacts
  readonly identity: Identity
  readonly resource: ResourceFacts
  readonly actions: readonly Action[]
  readonly texts: readonly RecordedText[]
  readonly params: readonly RecordedParam[]
  readonly context: Readonly<Record<string, string>>
  /** Whether the client waits with its connection open, or was told to ask again. */
  readonly waiting: boolean
}

/** A request on file: the same one when the same is asked again. */
export interface Filed {
  /** `apr_` id. */
  readonly id: string
  /** Where people decide. */
  readonly url: string
}

/** How a request ended without a grant. */
export interface Unapproved {
  readonly approval: string
  readonly state: 'denied' | 'expired' | 'withdrawn'
  /** Fit for the caller: who, and the reason they gave. */
  readonly message: string
}
