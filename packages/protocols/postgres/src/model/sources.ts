import type { Node, Value } from './nodes.js'

/** Where one value of a view comes from; columns are told as `relid.attnum`. */
export interface Lineage {
  readonly bare: ReadonlySet<string>
  readonly derived: ReadonlySet<string>
}

/** Among what a value is derived from: it may be anything. */
export const anything = '?'

const none: ReadonlySet<string> = new Set()
export const nothing: Lineage = { bare: none, derived: none }
export const unknown: Lineage = { bare: none, derived: new Set([anything]) }

/** The value is one of them. */
export function union(all: readonly Lineage[]): Lineage {
  if (all.length === 1) return all[0]!
  return { bare: new Set(all.flatMap(({ bare }) => [...bare])), derived: new Set(all.flatMap(({ derived }) => [...derived])) }
}

/** The value is made of all of them. */
export function computed(all: readonly Lineage[]): Lineage {
  const derived = new Set<string>()
  for (const { bare, derived: more } of all) for (const set of [bare, more]) for (const column of set) derived.add(column)
  return derived.size === 0 ? nothing : { bare: none, derived }
}

export function stored(relation: number, attnum: number, seen: Set<string>): Lineage {
  if (attnum < 0) return nothing
  const column = `${relation}.${attnum}`
  seen.add(column)
  return attnum === 0 ? { bare: none, derived: new Set([column]) } : { bare: new Set([column]), derived: none }
}

/** One query level. */
export interface Scope {
  readonly outer: Scope | undefined
  readonly reading: Reading
  /** The level of a query inside it, made once: a sub-query is met in many places. */
  below(query: Node): Scope
  /** Of the columns that it answers. */
  outputs(): readonly Lineage[]
  /** What decides which rows there are, below it too. */
  deciders(): Lineage
  /** Of a column of one of its sources; `varno` counts from 1, `attnum` 0 is the whole row. */
  column(varno: number, attnum: number): Lineage
  common(name: Value | undefined): Common | undefined
  /** What a window function at this level looks at beside its arguments. */
  window(ref: number): Lineage
}

export interface Reading {
  /** Stored columns that were met anywhere. */
  readonly seen: Set<string>
  readonly scopes: Map<Node, Scope>
}

/** A common table expression. */
export interface Common {
  outputs(): readonly Lineage[]
  deciders(): Lineage
}
