import type { Touch } from '@sallyport/core'
import type { ControlKind } from '../control.js'

/**
 * What a statement says before any name is resolved: made from the parse tree inside the worker, plain data, small however
 * long the literals are. Names are lists of parts as the parser gives them (folded and cut by PostgreSQL's own rules).
 * Nothing is left out in silence: what the walk did not understand stands in `unknown`.
 */
export interface Outline {
  readonly verb: string
  readonly effects: readonly string[]
  readonly control: OutlineControl
  readonly returnsRows: boolean
  /** Of a top-level SELECT: its literal LIMIT, or null without one. */
  readonly limit?: number | null
  /** Of an EXPLAIN: its options that are not surely off, in lower case. */
  readonly explains?: readonly string[]
  readonly unknown: readonly string[]
  readonly levels: readonly Level[]
  readonly calls: readonly Call[]
  readonly operators: readonly Name[]
  readonly types: readonly Name[]
  readonly objects: readonly ObjectName[]
  readonly changes: readonly Change[]
  readonly settings: readonly Setting[]
  /** The statement that PREPARE names. */
  readonly inner?: Outline
}

export type Name = readonly string[]

export type OutlineControl =
  | Exclude<ControlKind, { kind: 'prepare' } | { kind: 'execute' }>
  | { readonly kind: 'prepare'; readonly name: string }
  | { readonly kind: 'execute'; readonly name: string; readonly run: boolean }

export type Use = NonNullable<Touch['use']>

/** A window of a level's sources, `to` excluded: what an expression at that place can see. */
export interface Window {
  readonly level: number
  readonly from: number
  readonly to: number
}

/** One query level: a SELECT, a branch of a set operation, a data-modifying statement. */
export interface Level {
  /** What names that are not found here refer to. */
  readonly outer?: Window
  readonly sources: readonly Source[]
  readonly outputs: readonly Output[]
  /** Column aliases of a common table expression, and the columns that SEARCH and CYCLE add behind. */
  readonly renamed?: { readonly names: readonly string[]; readonly added: readonly string[] }
  readonly refs: readonly Ref[]
  /** NATURAL joins: `from` to `mid` against `mid` to `to`. */
  readonly naturals: readonly { readonly from: number; readonly mid: number; readonly to: number }[]
  /** A set operation: the outputs are those of this level. */
  readonly branch?: number
  /** Conjuncts of WHERE and of inner joins. */
  readonly filters: readonly Filter[]
  /** At most a literal number of rows come out. */
  readonly bounded?: true
}

interface Named {
  readonly alias?: string
  /** Column aliases, by position. */
  readonly columns?: readonly string[]
  /** Index of the aliased join that hides this source from what lies outside it. */
  readonly hiddenBy?: number
}

export type Source = Named &
  (
    | {
        readonly kind: 'relation'
        readonly name: Name
        readonly only?: true
        readonly access: 'read' | 'write'
        /** Columns that are written; absent with `write`: all. */
        readonly writes?: readonly string[]
      }
    | { readonly kind: 'query'; readonly level: number }
    /** Columns unknown: a function, or anything else that is not followed. */
    | { readonly kind: 'open' }
    | { readonly kind: 'join'; readonly from: number; readonly to: number }
    /** Another name for a row of a source, seen only when qualified: EXCLUDED holds no stored data, OLD and NEW do. */
    | { readonly kind: 'row'; readonly of: number; readonly stored: boolean }
  )

export interface Output {
  /** Absent: not known without the model. */
  readonly label?: string
  /** `*`, or `name.*`. */
  readonly star?: Name
  /** Index of the bare column reference that it is. */
  readonly ref?: number
}

export interface Ref {
  readonly name: Name
  /** `name.*`; with an empty name every source in the window. */
  readonly star?: true
  readonly from: number
  readonly to: number
  readonly use?: Use
  /** `(name).field`, with `*` for all: a field of a column, a column of a whole row, or a call in attribute notation. */
  readonly field?: string
  /** It may be an output label instead. */
  readonly optional?: true
}

export interface Call {
  readonly name: Name
  readonly args: number
  readonly window: Window
  /** The only argument, where it is a plain name: `email(u)` is a column when no function fits. */
  readonly column?: Name
  /** `(value).name`: a field, or a call with the value as its argument. */
  readonly attribute?: true
}

export interface ObjectName {
  readonly kind: string
  readonly name: Name
  readonly access: 'read' | 'write'
  /** The statement makes it, so it need not exist. */
  readonly creates?: true
  /** IF EXISTS: where it is not there, nothing happens. */
  readonly optional?: true
  readonly columns?: readonly string[]
}

/** One place that changes or removes rows that exist. The target is source 0 of the level. */
export type Change =
  | { readonly kind: 'update' | 'delete'; readonly level: number; readonly all: boolean }
  | { readonly kind: 'upsert'; readonly bounded: boolean }
  | { readonly kind: 'merge' | 'truncate' }

export interface Setting {
  readonly action: 'set' | 'reset'
  /** Lower case; absent when it is computed. */
  readonly name?: string
  /** Absent for defaults and what is not literal. */
  readonly value?: string
}

/** A conjunct that may narrow down rows. What is not here narrows nothing. `column` and `refs` index `Level.refs`. */
export type Filter =
  | {
      readonly kind: 'compare'
      readonly column: number
      /** `range` leaves open ends; `equal` names values. */
      readonly test: 'equal' | 'range'
      readonly refs: readonly number[]
      /** Levels inside the other side, last one excluded. */
      readonly levels: readonly [number, number]
      /** A list of values: it may name all there are of a boolean. */
      readonly many: boolean
    }
  | { readonly kind: 'within'; readonly column: number; readonly level: number }
  | { readonly kind: 'exists'; readonly level: number }
  /** The column itself, or NOT it. */
  | { readonly kind: 'flag'; readonly column: number }
  | { readonly kind: 'cursor' }
  | { readonly kind: 'any'; readonly arms: readonly (readonly Filter[])[] }
