import type { Classified } from '@sallyport/sql'
import type { RowMask } from '../masking/rows.js'
import type { Veil } from '../masking/veil.js'
import type { IsolationChange, TimeoutChange } from './control.js'
import type { Change } from './names.js'

/**
 * One sync unit at the target: a Query, or what was sent up to a Sync. A unit that was flushed goes in several parts, each
 * judged by itself; the target treats them as one, and an error in one skips the others.
 */
export interface Batch {
  readonly parts: Part[]
  /** Every change of names it may make, confirmed or not. */
  readonly changes: Change[]
  /** All of it that was forwarded leaves the meaning of later statements alone. */
  neutral: boolean
  /** Afterwards names may stand for something else. */
  renames: boolean
  /** After a part of it nothing more may run in it. */
  alone: boolean
  begins: boolean
  works: boolean
  isolation: IsolationChange | undefined
  timeouts: readonly TimeoutChange[]
  /** SQLSTATE of its error: the target ignores the rest up to Sync. */
  error: string | undefined
  /** A part of it was refused: the target will fail it. */
  refused: boolean
}

/** What one permit let through. `id` undefined: it carries nothing that is judged, or was refused. */
export interface Part {
  readonly id: number | undefined
  /** The target may ask for, or send, the data of a COPY. */
  readonly copyIn: boolean
  readonly copyOut: boolean
  /** What its caller may see only masked; undefined when that is nothing. */
  readonly veil: Veil | undefined
  /** It touches what the caller may not see: the target's own words about it are not for the caller. */
  readonly hides: boolean
  rows: number | undefined
  bytes: number
  /** Columns that were masked although the statement was read as not showing them. */
  contradicted: Set<string> | undefined
}

/** A part that carries nothing of the client's that is judged. */
export function createPart(known: Partial<Part> = {}): Part {
  const { id, copyIn = false, copyOut = false, veil, hides = false } = known
  return { id, copyIn, copyOut, veil, hides, rows: undefined, bytes: 0, contradicted: undefined }
}

export function createBatch(): Batch {
  return {
    parts: [],
    changes: [],
    neutral: true,
    renames: false,
    alone: false,
    begins: false,
    works: false,
    isolation: undefined,
    timeouts: none,
    error: undefined,
    refused: false,
  }
}

/** What the target owes, one entry per message that has an answer, in order. */
export interface Reply {
  readonly kind: 'parse' | 'bind' | 'close' | 'describe_statement' | 'describe_portal' | 'execute' | 'sync' | 'query'
  readonly batch: Batch
  readonly part: Part
  /** Changes of names that its success confirms; for a query, one place per statement. */
  readonly changes: readonly (Change | undefined)[]
  /** Takes the place of the error that it ends with: it stands for something denied, and must fail. */
  readonly refusal: Uint8Array | undefined
  /** How far it is: statements completed, halves of an answer seen. */
  step: number
  /** Rows passed since the last completed statement. */
  rows: number
  copying: 'in' | 'out' | undefined
  /** Asked by us: the client does not hear the answer. */
  readonly ours: boolean
  /** What is shown by each statement of a query, or by the one that is executed. */
  readonly shown: readonly (Classified | undefined)[]
  /** What becomes of rows now. */
  show: Show
  /** The last statement of which the rows were described; -1 for none. */
  described: number
}

/**
 * `as_is`: they pass. `undescribed`: they may not come before they are described. `too_large`: one of them was, and the
 * statement is being given up.
 */
export type Show = 'as_is' | 'undescribed' | 'too_large' | RowMask

/** What a reply may say beside what it answers. */
export interface ReplyExtra {
  readonly changes?: readonly (Change | undefined)[]
  readonly refusal?: Uint8Array
  readonly ours?: boolean
  readonly shown?: Reply['shown']
}

/** All of one shape: each answer of the target looks at one. */
export function createReply(kind: Reply['kind'], batch: Batch, part: Part, extra: ReplyExtra = nothing): Reply {
  const { changes = none, refusal, ours = false, shown = none } = extra
  const show = part.veil ? 'undescribed' : 'as_is'
  return { kind, batch, part, changes, refusal, step: 0, rows: 0, copying: undefined, ours, shown, show, described: -1 }
}

const none: readonly [] = []
const nothing: ReplyExtra = {}
