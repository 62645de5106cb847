import type { Kind, Source } from '../../../../packages/protocols/postgres/test/differential/shop.js'
import { expression } from '../../../../packages/protocols/postgres/test/differential/selects.js'
import type { Dice } from './dice.js'
import { type Column, derivations, gatherings, telltales } from './relations.js'

/** What is decided once for a whole statement. */
export interface Asking {
  readonly dice: Dice
  /** Whether it may be asked for what fails by a masked value: under `derived: mask` failing is not hidden. */
  readonly telltales: boolean
  /** How often in a hundred a masked column is used for more than its bare output. */
  readonly daring: number
}

/** A query that reads, with what its columns are. */
export interface Query {
  readonly sql: string
  readonly columns: readonly Column[]
}

/** Further names that can be read from. */
export type Known = readonly { readonly name: string; readonly columns: readonly Column[] }[]

export interface Wanted {
  readonly depth: number
  readonly known?: Known
  /** Of its columns, in their order; absent: any. */
  readonly kinds?: readonly Kind[]
  /** Every column has a name of its own. */
  readonly named?: boolean
}

/** One thing in FROM, under its alias. */
export interface Item {
  readonly sql: string
  readonly alias: string
  readonly columns: readonly Column[]
  /** Has a primary key `id`, by which everything else of it may be grouped. */
  readonly keyed: boolean
}

/** A column as a query over some items says it. */
export interface Ref {
  readonly sql: string
  readonly kind: Kind
  readonly hidden: boolean
}

export const refsOf = (items: readonly Item[]): readonly Ref[] =>
  items.flatMap(({ alias, columns }) => columns.map(({ name, kind, hidden }) => ({ sql: `${alias}.${name}`, kind, hidden })))

export const open = (refs: readonly Ref[], kind?: Kind): readonly Ref[] => refs.filter((r) => !r.hidden && (!kind || r.kind === kind))
export const hidden = (refs: readonly Ref[], kind?: Kind): readonly Ref[] => refs.filter((r) => r.hidden && (!kind || r.kind === kind))

/** What the expressions over columns that nobody hides are made of. */
export function sourceOf(refs: readonly Ref[]): Source {
  const kinds = new Set(refs.map(({ kind }) => kind))
  return { from: '', columns: Object.fromEntries([...kinds].map((kind) => [kind, open(refs, kind).map(({ sql }) => sql)])) }
}

/** An expression over columns that nobody hides. */
export const openly = ({ dice }: Asking, refs: readonly Ref[], kind: Kind): string =>
  expression(kind, sourceOf(refs), () => dice.below(10_000))

/** Some use of a masked column other than its bare output. */
export function derived({ dice, telltales: telling }: Asking, ref: Ref): string {
  const shapes = telling && dice.chance(25) ? telltales : derivations
  return dice.one(shapes).replaceAll('#h', ref.sql)
}

export const gathered = ({ dice }: Asking, ref: Ref): string => dice.one(gatherings).replaceAll('#h', ref.sql)

/** True only of some masked values. */
export function suspicion(asking: Asking, ref: Ref): string {
  const shapes = [
    `(#h)::text > 'm'`,
    `(#h)::text like '%5%'`,
    `(#h)::text <> 'x'`,
    `(#h)::text between '1' and '5'`,
    `(#h)::text < any (array['m', 'c'])`,
    `not ((#h)::text ~ 'a')`,
    `(#h)::text in (select name from products)`,
    `length(md5((#h)::text)) > 3 and md5((#h)::text) > '8'`,
    '#h is null',
    '(#h, 1) < (null, 2)',
  ]
  return asking.dice.one(shapes).replaceAll('#h', ref.sql)
}
