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
  /** Where the columns come from that the statement answers with, copies out or opens a cursor over; absent: not followed. */
  readonly result?: Result
  /** It reads rows of what it names without saying which columns: it builds an index, checks a constraint. */
  readonly unlisted?: true
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

/** The outputs of a level (`whole`: of a table, as COPY takes it), or as many columns of the server's own words; those of a plan tell of what decides on it. */
export type Result = { readonly level: number; readonly whole?: true } | { readonly columns: number } | 'plan'

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
  /** Joins that merge columns, inner ones first. */
  readonly merges: readonly Merge[]
  /** A set operation: its outputs are those of these levels, position by position. */
  readonly arms?: readonly [number, number]
  /** Outputs that are compared, sorted or grouped by: all, or by position (the first is 1) and label. */
  readonly keys?: true | readonly (number | string)[]
  /** Nobody reads the outputs, as under EXISTS. */
  readonly unread?: true
  /** `*` in RETURNING gives the columns of the target last. */
  readonly targetLast?: true
  /** Columns of the target (`true`: all) that decide whether a new row meets one that is there. */
  readonly compares?: true | readonly string[]
  /** Conjuncts of WHERE and of inner joins. */
  readonly filters: readonly Filter[]
  /** At most a literal number of rows come out, and few. */
  readonly bounded?: true
}

/** Sources `from` to `mid` against `mid` to `to`. */
export interface Merge {
  readonly from: number
  readonly mid: number
  readonly to: number
  /** Absent: NATURAL. */
  readonly using?: readonly string[]
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
    | ({
        readonly kind: 'open'
        /** It has these columns, in order, and no others. */
        readonly names?: readonly string[]
        /** Nothing but what is told here goes into its columns. */
        readonly followed?: true
      } & Made)
    /** `using`: only these columns of it. */
    | { readonly kind: 'join'; readonly from: number; readonly to: number; readonly using?: readonly string[] }
    /** Another name for a row of a source, seen only when qualified: EXCLUDED holds no stored data, OLD and NEW do. */
    | { readonly kind: 'row'; readonly of: number; readonly stored: boolean }
  )

/** What a value is computed from. */
export interface Made {
  /** Indices of references. */
  readonly of?: readonly number[]
  /** Levels of sub-selects. */
  readonly levels?: readonly number[]
}

export interface Output extends Made {
  /** Absent: not known without the model. */
  readonly label?: string
  /** Index of the reference that is `*`, `name.*` or `(name).*`. */
  readonly star?: number
  /** Indices of references of which it is one, as it is: several in VALUES. */
  readonly refs?: readonly number[]
  /** The level whose only output it is, as it is. */
  readonly query?: number
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
  /** It is cast to this type. */
  readonly cast?: Name
  /** The only argument of a call of that name, which is a field when no function fits: `email(u)`. */
  readonly called?: string
  /** A value that the statement names is held against it, as a condition of its own. Such references are never joined into one. */
  readonly test?: 'equality'
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
