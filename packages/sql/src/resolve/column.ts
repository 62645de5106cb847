import type { ColumnModel } from '../model.js'
import type { Outline, Ref, Window } from '../outline/outline.js'
import type { Names } from './names.js'

/** A reference, found: a column of a source, or its whole row. */
export interface Hit {
  readonly level: number
  readonly source: number
  /** Absent for a whole row, and for whatever is in a source whose columns are not known. */
  readonly column?: Column
  /** The column comes with the whole row as one value. */
  readonly inRow?: true
  readonly use?: Ref['use']
}

/** A column that a source offers. */
export interface Column extends ColumnModel {
  /** Of a query: which output of which level. */
  readonly output?: readonly [number, number]
  /** It stands for as many columns as there are, all of which come from the same; with a name, for itself and those behind it. */
  readonly rest?: true
  /** Of a join: the columns it stands for, several where they are merged. */
  readonly hits?: readonly Hit[]
}

export interface Resolution {
  readonly hits: readonly Hit[]
  /** Sources whose columns are not known, in which it may be. */
  readonly maybe?: readonly Hit[]
  /** `open`: it may be in something whose columns are not known. */
  readonly status: 'found' | 'open' | 'missing'
  /** A name that is no column of its relation: perhaps a function in attribute notation. */
  readonly attribute?: string
  /** A field of a value: perhaps a function, too. */
  readonly field?: string
  /** More is done with what is found than to show it: a cast, a call, a field is taken out of it. */
  readonly computed?: true
}

/** What one source offers. `open`: more than is listed. */
export interface Columns {
  readonly list: readonly Column[]
  readonly open: boolean
}

export interface Scopes {
  columns(level: number, source: number): Columns
  resolve(level: number, ref: Ref): Resolution
  outputs(level: number): Outputs
}

/** One output of a level, and what goes into it. */
export interface OutputColumn {
  /** Absent: not known. */
  readonly name?: string
  /** What ORDER BY, GROUP BY and DISTINCT ON of the query itself call it, where its aliases give it another name. */
  readonly label?: string
  readonly type: string
  readonly rest?: true
  readonly edges: readonly Edge[]
  /** References in it have no use of their own: they have that of the output. */
  readonly flows: boolean
}

export interface Edge {
  readonly hit: Hit
  /** Absent: the output may be just that value. */
  readonly computed?: true
}

export interface Outputs {
  readonly list: readonly OutputColumn[]
  /** There are more, or fewer, than are listed: a function gives rows of which the columns are not known. */
  readonly open: boolean
  /** There may be anything: the query meets itself where it must not, or gives more than is followed. */
  readonly lost?: true
  /** As a source of another level. */
  readonly columns: Columns
}

export interface ScopeContext extends Scopes {
  readonly outline: Outline
  readonly names: Names
  /** Sources of that name, innermost first. */
  readonly named: (window: Window, alias: string) => readonly (readonly [number, number])[]
}

export const anything: Columns = { list: [], open: true }

/** Something of which nobody can say what it is. */
export const nowhere: Hit = { level: -1, source: -1 }

export function untyped(name: string): ColumnModel {
  return { name, attnum: 0, type: '' }
}
