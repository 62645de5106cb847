import type { Transitions } from './transitions.js'

/** A session is one identity at one resource, from a granted `connect` to its end. */
export type SessionState = 'opening' | 'active' | 'ended'
export type SessionEvent = 'dialled' | 'close'

export const sessionTransitions: Transitions<SessionState, SessionEvent> = {
  opening: { dialled: 'active', close: 'ended' },
  active: { close: 'ended' },
  ended: {},
}

/** How a session ended; `by` says whose doing it was. */
export interface CloseReason {
  readonly code:
    | 'client_closed'
    | 'target_closed'
    | 'target_unreachable'
    | 'revoked'
    | 'locked'
    | 'terminated'
    | 'expired'
    | 'stale'
    | 'drained'
    | 'protocol_violation'
    | 'too_large'
    | 'idle'
    | 'record_failed'
    | 'internal'
    | 'unknown'
  /** One sentence that the caller may read. */
  readonly message: string
}

/** What sessions tell policies and the trail about themselves. */
export interface SessionFacts {
  readonly id: string
  readonly protocol: string
  readonly client: { readonly address: string; readonly application?: string }
  readonly database?: string
  readonly role?: string
}

/** How one permitted unit ended at the target. */
export interface Outcome {
  /** `unknown`: the agent or its connection died before the answer; it may have run. */
  readonly status: 'ok' | 'failed' | 'cancelled' | 'unknown'
  /** Rows returned or affected, summed over the unit. */
  readonly rows?: number
  /** Bytes of answer that went to the client. */
  readonly bytes?: number
  /** The target's own code of failure (SQLSTATE, HTTP status, exit status); never its message, which may carry values. */
  readonly code?: string
  /** What should not have happened and was caught, for who runs the gateway: names, never values. */
  readonly alert?: string
}
