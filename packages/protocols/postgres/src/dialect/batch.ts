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
  rows: number | undefined
  bytes: number
}

export function createBatch(): Batch {
  return { parts: [], changes: [], neutral: true, renames: false, alone: false, error: undefined, refused: false }
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
}

/** What a reply may say beside what it answers. */
export interface ReplyExtra {
  readonly changes?: readonly (Change | undefined)[]
  readonly refusal?: Uint8Array
}

/** All of one shape: each answer of the target looks at one. */
export function createReply(kind: Reply['kind'], batch: Batch, part: Part, { changes = none, refusal }: ReplyExtra = nothing): Reply {
  return { kind, batch, part, changes, refusal, step: 0, rows: 0, copying: undefined }
}

const none: readonly [] = []
const nothing: ReplyExtra = {}
