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
