import type { Action } from './action.js'

/** deny > hold > allow. Masks and the like are obligations: they accumulate, also on a hold that was approved. */

/** The rule a decision is because of. `policy` is `floor`, `lock` or `default` where no document decided. */
export interface RuleRef {
  readonly policy: string
  readonly rule: string
}

export type MaskKind = 'redact' | 'hash' | 'nullify' | { readonly partial: PartialMask }

/**
 * What a partial mask lets through: the domain of an e-mail address; the first or last `count` characters as a reader counts
 * them (1 and 4 unless told), never more than a third of the value; the year, or year and month, of a date.
 */
export interface PartialMask {
  readonly keep: 'domain' | 'first' | 'last' | 'year' | 'month'
  readonly count?: number
}

/**
 * What one caller may see only masked at one resource, whatever it asks: every mask rule that is about it, held against
 * wherever a value turns out to come from. Made by policy; a caller must treat what it cannot place as hidden.
 */
export interface Masks {
  /** Equal keys, equal masks: what was worked out under one holds under the other. */
  readonly key: string
  /** What each mask rule says, as text: masks with the same rules, or more, hide at least as much. */
  readonly rules: ReadonlySet<string>
  /** The strongest mask over a column, by its full name and the labels it is known to have (absent: not known, so they count); absent: shown as it is. */
  of(column: string, labels?: readonly string[]): MaskKind | undefined
  /** What is masked within the values of a column that is otherwise shown as it is. What is computed from such a column is masked whole. */
  within(column: string, labels?: readonly string[]): readonly Detection[]
  /** The rules that mask it. */
  because(column: string, labels?: readonly string[]): readonly RuleRef[]
  /** Whether the action holds a masked column against a value that the caller names. */
  guesses(action: Action): boolean
  /** Some column of this relation may be masked: what a target says of its rows in an error is not for the caller. */
  mayHide(relation: string): boolean
  /** Some mask goes by content. */
  readonly byContent: boolean
  /** Detectors that run over every value that is shown as it is. */
  readonly detect: readonly Detection[]
}

/** Content detectors by name, and what becomes of what they find. */
export interface Detection {
  readonly detectors: readonly string[]
  readonly as: MaskKind
}

/** Keys of the tokens that `hash` makes: per tenant, each with the epoch that its tokens name. The first one makes new tokens. */
export interface HashKey {
  readonly epoch: number
  /** 32 bytes. */
  readonly key: Uint8Array
}

/** One union member per obligation; the compiler lists every protocol that must say whether it honours it. */
export type Obligation =
  | {
      readonly kind: 'mask'
      readonly because: RuleRef
      /** Full names of columns, or JSON paths (they begin with `$`); empty where `detect` alone says what is meant. */
      readonly columns: readonly string[]
      /** Content detectors: over every value of the answer, or over those of the columns alone where there are any. */
      readonly detect?: readonly string[]
      readonly as: MaskKind
    }
  | { readonly kind: 'record'; readonly because: RuleRef; readonly rows: number | 'digest' | 'all' }
  /** What was approved may change or return at most so many rows. */
  | { readonly kind: 'max_rows'; readonly because: RuleRef; readonly rows: number }

export interface ApproverNeed {
  readonly groups: readonly string[]
  readonly principals: readonly string[]
  /** Distinct people. */
  readonly count: number
}

interface Judged {
  /** Every rule that made it so, most decisive first; never empty. */
  readonly rules: readonly RuleRef[]
  /** What rules with `shadow: true` would have decided. */
  readonly shadow: readonly { readonly rule: RuleRef; readonly action: 'allow' | 'hold' | 'deny' }[]
}

export interface Allow extends Judged {
  readonly kind: 'allow'
  readonly obligations: readonly Obligation[]
  /** `strict`: the event is durable before the bytes go on; `buffered`: within 50 ms. */
  readonly record: 'strict' | 'buffered'
  /** Id of the grant that turned a hold into this: one use must be consumed before anything is forwarded. */
  readonly grant?: string
}

export interface Hold extends Judged {
  readonly kind: 'hold'
  readonly obligations: readonly Obligation[]
  readonly approvers: readonly ApproverNeed[]
  /** SHA-256 in hex over the policies that hold; a grant must repeat it, so that a changed policy asks again. */
  readonly policies: string
  /** How long the client's question may wait, and how long the request stays open; milliseconds. */
  readonly wait: number
  readonly ttl: number
  readonly mode: 'wait' | 'retry'
  readonly inTransaction: 'retry' | 'refuse' | { readonly wait: number }
  readonly reasonRequired: boolean
  readonly maxRows?: number
  readonly message?: string
}

export interface Deny extends Judged {
  readonly kind: 'deny'
  /** A code of the catalogue in `errors.ts`. */
  readonly code: string
  /** One sentence for the caller: which policy and rule, and why. */
  readonly message: string
  /** What would be allowed, or whom to ask; empty when nothing is known to help. */
  readonly advice: string
}

export type Decision = Allow | Hold | Deny

/** What a caller is told. `approval` is set when the way out is a human's decision. */
export type Refusal = Deny & { readonly approval?: { readonly id: string; readonly url: string; readonly retryAfter: number } }
