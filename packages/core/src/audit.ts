import type { Action } from './action.js'
import type { Allow, Deny, Hold, RuleRef } from './decision.js'
import type { Identity } from './principal.js'
import type { ResourceFacts } from './resource.js'
import type { CloseReason, Outcome, SessionFacts } from './session.js'

/**
 * What the data plane records. The trail ties every event of a session to its identity through `session_opened`.
 * An event holds what was asked and how it ended, never a credential; statement text and parameters are what the caller sent.
 */
export type AuditEvent =
  | LoginRefused
  | SessionOpened
  | SessionRefused
  | SessionEnded
  | StatementDecided
  | StatementHeld
  | StatementReleased
  | StatementEnded
  | AgentNoted

interface Base {
  /** `evt_` id, made by the agent. */
  readonly id: string
  /** Milliseconds since the epoch. */
  readonly at: number
  readonly session?: string
}

export interface LoginRefused extends Base {
  readonly type: 'login.refused'
  readonly protocol: string
  readonly address: string
  readonly code: string
  /** Never the token or an unverified claim of it. */
  readonly message: string
}

export interface SessionOpened extends Base {
  readonly type: 'session.opened'
  readonly session: string
  readonly identity: Identity
  readonly resource: ResourceFacts
  readonly facts: SessionFacts
  readonly rules: readonly RuleRef[]
}

export interface SessionRefused extends Base {
  readonly type: 'session.refused'
  readonly identity: Identity
  /** As asked for; it need not exist. */
  readonly resource: string
  readonly protocol: string
  readonly address: string
  readonly code: string
  readonly message: string
  readonly rules: readonly RuleRef[]
}

export interface SessionEnded extends Base {
  readonly type: 'session.ended'
  readonly session: string
  readonly reason: CloseReason
  readonly units: number
}

export interface StatementDecided extends Base {
  readonly type: 'statement.decided'
  readonly session: string
  /** `stm_` id that `statement.ended` repeats. */
  readonly statement: string
  readonly decision: Allow['kind'] | Hold['kind'] | Deny['kind']
  readonly rules: readonly RuleRef[]
  readonly shadow: readonly { readonly rule: RuleRef; readonly action: string }[]
  /** For a refusal: what the caller was told. */
  readonly code?: string
  readonly message?: string
  readonly actions: readonly Action[]
  /** What executes, as text where it is valid UTF-8, else `base64:` and the bytes. */
  readonly texts: readonly RecordedText[]
  readonly params: readonly RecordedParam[]
  readonly context: Readonly<Record<string, string>>
  readonly policyVersion: string
  /** Present where the unit was too large to be told whole: what is left out, and what names all of it. */
  readonly omitted?: OmittedPart
}

/** `sha256` (hex) is over every text and then every parameter value of the unit, each preceded by its length in 4 bytes (NULL: -1). */
export interface OmittedPart {
  readonly texts: number
  readonly params: number
  readonly sha256: string
}

/** A text as recorded. Where it was cut, `truncated` is its full size in bytes and `sha256` (hex) names the whole. */
export interface RecordedText {
  readonly text: string
  readonly truncated?: number
  readonly sha256?: string
}

export interface RecordedParam {
  readonly type?: string
  readonly format: 'text' | 'binary'
  /** Text as sent, binary as lower-case hex; null is SQL NULL. */
  readonly value: string | null
  readonly truncated?: number
  readonly sha256?: string
}

/** What was decided to be held has been put before people. */
export interface StatementHeld extends Base {
  readonly type: 'statement.held'
  readonly session: string
  readonly statement: string
  /** `apr_` id. */
  readonly approval: string
  /** What a grant must repeat. */
  readonly digest: string
  /** The client waits; else it was told to ask again. */
  readonly waiting: boolean
}

/** What was held was judged again: let run by a grant, or refused. */
export interface StatementReleased extends Base {
  readonly type: 'statement.released'
  readonly session: string
  readonly statement: string
  readonly decision: Allow['kind'] | Deny['kind']
  readonly rules: readonly RuleRef[]
  readonly approval?: string
  /** Id of the grant of which one use was taken. */
  readonly grant?: string
  /** For a refusal: what the caller was told. */
  readonly code?: string
  readonly message?: string
  readonly policyVersion: string
}

export interface StatementEnded extends Base {
  readonly type: 'statement.ended'
  readonly session: string
  readonly statement: string
  readonly outcome: Outcome
  /** Milliseconds from the decision to the end. */
  readonly duration: number
}

/** The agent's own acts: started, repaired a torn spool, applied a configuration, was fenced. */
export interface AgentNoted extends Base {
  readonly type: 'agent.noted'
  readonly what: string
  readonly detail: Readonly<Record<string, string | number | boolean>>
}
