import type { ApproverNeed, Obligation, ResourceFacts, RuleRef } from '@sallyport/core'
import type { Condition } from './conditions/index.js'
import type { PolicyDocument } from './document/schema.js'
import type { Mask } from './masks.js'
import type { Subjects } from './subjects.js'

/** A compiled policy: immutable, made only by `compilePolicy`. */
export interface Policy {
  readonly name: string
  /** SHA-256 in hex of the canonical document. */
  readonly hash: string
  readonly document: PolicyDocument
  readonly subjects: Subjects
  readonly covers: (resource: ResourceFacts) => boolean
  readonly rules: readonly Rule[]
  readonly masks: readonly Mask[]
  readonly record?: 'strict' | 'buffered'
  readonly recording?: Extract<Obligation, { kind: 'record' }>
  /** What its allow and hold rules open, in words for an advice; empty where they open nothing. */
  readonly offer: string
  /** It has at least one allow or hold rule that is no shadow. */
  readonly opens: boolean
}

export interface Rule {
  readonly ref: RuleRef
  readonly action: 'allow' | 'hold' | 'deny'
  readonly shadow: boolean
  /** All must hold; the cheap ones first, `when` last. */
  readonly conditions: readonly Condition[]
  readonly message?: string
  readonly hold?: HoldTerms
  /** Its `effects` name `connect`. */
  readonly namesConnect: boolean
  /** Whether its `facts` or `when` speak of that fact. */
  readonly mentions: (fact: string) => boolean
}

/** Times in milliseconds. */
export interface HoldTerms {
  readonly approvers: readonly ApproverNeed[]
  readonly wait: number
  readonly ttl: number
  readonly mode: 'wait' | 'retry'
  readonly inTransaction: 'retry' | 'refuse' | { readonly wait: number }
  readonly reasonRequired: boolean
  readonly maxRows?: number
}
