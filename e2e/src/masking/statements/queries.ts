import type { Kind } from '../../../../packages/protocols/postgres/test/differential/shop.js'
import { aggregates, mistakes, windows } from '../../../../packages/protocols/postgres/test/differential/shop.js'
import { fill } from '../../../../packages/protocols/postgres/test/differential/selects.js'
import { from } from './from.js'
import type { Column } from './relations.js'
import {
  type Asking,
  derived,
  gathered,
  hidden,
  type Item,
  open,
  openly,
  type Query,
  type Ref,
  refsOf,
  sourceOf,
  suspicion,
  type Wanted,
} from './scope.js'

interface Output {
  readonly sql: string
  readonly kind: Kind
  readonly hidden: boolean
}

const allKinds: readonly Kind[] = ['text', 'text', 'text', 'int', 'num', 'time', 'json', 'list', 'bool', 'any']

export function query(asking: Asking, wanted: Wanted): Query {
  const { dice } = asking
  if (wanted.depth > 0) {
    const how = dice.below(20)
    if (how === 1) return withQuery(asking, wanted)
    if (how === 2 || how === 3) return combined(asking, wanted)
    if (how === 4) return recursive(asking, wanted)
  }
  return select(asking, wanted)
}

function select(asking: Asking, wanted: Wanted): Query {
  const { dice } = asking
  const items = from(asking, wanted, query)
  const refs = refsOf(items)
  const kinds = wanted.kinds ?? Array.from({ length: 1 + dice.below(4) }, () => dice.one(allKinds))
  const [only] = items
  if (!wanted.kinds && only && items.length === 1 && dice.chance(14)) {
    const sql = `select ${dice.one(['*', `${only.alias}.*`])} from ${only.sql}${where(asking, refs)}`
    return { sql: `${sql}${tail(asking, [], refs)}`, columns: only.columns }
  }
  const grouping = dice.chance(12) ? groupedBy(asking, items) : undefined
  const outputs = kinds.map((kind) => (grouping ? grouping.output(kind) : output(asking, items, kind)))
  const names = outputs.map((_, i) => (wanted.named || dice.chance(20) ? `o${i}` : undefined))
  const list = outputs.map(({ sql }, i) => (names[i] ? `${sql} as ${names[i]}` : sql))
  const first = grouping ? '' : distinct(asking, refs)
  const condition = `${where(asking, refs)}${grouping?.clause ?? ''}`
  const columns = outputs.map((one, i) => ({ name: names[i] ?? '', kind: one.kind, hidden: one.hidden }))
  const end = tail(asking, first.includes(' on ') ? [] : columns, grouping || first ? [] : refs)
  return {
    sql: `select ${first}${list.join(', ')} from ${items.flatMap(({ sql }) => (sql ? [sql] : [])).join(', ')}${condition}${end}`,
    columns,
  }
}

function output(asking: Asking, items: readonly Item[], kind: Kind): Output {
  const { dice, daring } = asking
  const refs = refsOf(items)
  const secret = hidden(refs, kind)
  if (dice.chance(daring) && hidden(refs).length > 0) return { sql: derived(asking, dice.one(hidden(refs))), kind, hidden: true }
  if (dice.chance(1)) return { sql: dice.one(items).alias, kind: 'any', hidden: true }
  if (dice.chance(2)) return { sql: dice.one(mistakes), kind, hidden: false }
  if (secret.length > 0 && dice.chance(65)) return bare(asking, dice.one(secret))
  const shown = open(refs, kind)
  if (shown.length > 0 && dice.chance(50)) return { sql: dice.one(shown).sql, kind, hidden: false }
  if (dice.chance(15)) return { sql: fill(dice.one(windows), sourceOf(refs), () => dice.below(10_000)), kind, hidden: false }
  return { sql: openly(asking, refs, kind), kind, hidden: false }
}

/** The value as it is, in all the ways to say so. */
function bare({ dice }: Asking, { sql, kind }: Ref): Output {
  const [alias = '', column = ''] = sql.split('.')
  const ways = [sql, sql, sql, sql, `(${sql})`, `(${alias}).${column}`, `${column}(${alias})`]
  return { sql: dice.one(ways), kind, hidden: true }
}

function where(asking: Asking, refs: readonly Ref[]): string {
  const { dice, daring } = asking
  const secret = hidden(refs)
  if (secret.length > 0 && dice.chance(daring)) return ` where ${suspicion(asking, dice.one(secret))}`
  return dice.chance(45) ? ` where ${openly(asking, refs, 'bool')}` : ''
}

function distinct(asking: Asking, refs: readonly Ref[]): string {
  const { dice } = asking
  if (!dice.chance(7)) return ''
  const keys = open(refs)
  return keys.length > 0 && dice.chance(70) ? `distinct on (${dice.one(keys).sql}) ` : 'distinct '
}

interface Grouping {
  readonly clause: string
  output(kind: Kind): Output
}

function groupedBy(asking: Asking, items: readonly Item[]): Grouping | undefined {
  const { dice, daring } = asking
  const refs = refsOf(items)
  const keyed = items.find((item) => item.keyed)
  const aggregate = (kind: Kind): Output => {
    const secret = hidden(refs)
    if (secret.length > 0 && dice.chance(daring)) return { sql: gathered(asking, dice.one(secret)), kind, hidden: true }
    return { sql: fill(dice.one(aggregates), sourceOf(refs), () => dice.below(10_000)), kind, hidden: false }
  }
  // Everything else of a row hangs on its key.
  if (keyed && dice.chance(60)) {
    const own = refsOf([keyed])
    const one = (kind: Kind): Output =>
      dice.chance(70) && own.some((ref) => ref.kind === kind)
        ? bare(asking, dice.one(own.filter((ref) => ref.kind === kind)))
        : aggregate(kind)
    return { clause: ` group by ${keyed.alias}.id`, output: one }
  }
  const keys = dice.chance(daring) ? refs : open(refs)
  if (keys.length === 0) return undefined
  const by = dice.some(keys, 1 + dice.below(2))
  const list = by.map(({ sql }) => sql).join(', ')
  const clause = dice.one([list, list, `rollup (${list})`, `cube (${list})`, `grouping sets ((${list}), ())`])
  const having = dice.chance(20) ? ' having count(*) > 1' : ''
  return {
    clause: ` group by ${clause}${having}`,
    output(kind) {
      const key = by.find((ref) => ref.kind === kind)
      return key && dice.chance(60) ? { ...key } : aggregate(kind)
    },
  }
}

/** ORDER BY, LIMIT and locks; the order is by what nobody hides, but for the daring. */
function tail(asking: Asking, columns: readonly Column[], refs: readonly Ref[]): string {
  const { dice, daring } = asking
  const shown = columns.flatMap(({ hidden: secret }, i) => (secret && !dice.chance(daring) ? [] : [`${i + 1}`]))
  const keys = [...shown, ...open(refs, 'int').map(({ sql }) => sql)]
  const order = keys.length > 0 && dice.chance(35) ? ` order by ${dice.one(keys)}${dice.one(['', ' desc', ' nulls first'])}` : ''
  const limit = dice.chance(15)
    ? dice.one([' limit 3', ' limit 2 offset 1', ' limit (select 4)', ' offset 1 rows fetch first 2 rows only'])
    : ''
  const ties = order && dice.chance(4) ? ' fetch first 2 rows with ties' : limit
  const lock =
    refs.length > 0 && dice.chance(3) ? dice.one([' for update', ' for share', ' for no key update skip locked', ' for key share']) : ''
  return `${order}${ties}${lock}`
}

const namesOf = (kinds: readonly Kind[], columns: readonly Column[]): readonly Column[] =>
  kinds.map((kind, i) => ({ name: `o${i}`, kind, hidden: columns[i]?.hidden ?? false }))

function withQuery(asking: Asking, wanted: Wanted): Query {
  const { dice } = asking
  const inner = query(asking, { depth: wanted.depth - 1, named: true, ...(wanted.known && { known: wanted.known }) })
  const name = `w${wanted.depth}`
  const known = [...(wanted.known ?? []), { name, columns: inner.columns }]
  const outer = query(asking, { ...wanted, depth: wanted.depth - 1, known })
  const how = dice.one(['', '', 'materialized ', 'not materialized '])
  return { sql: `with ${name} as ${how}(${inner.sql}) ${outer.sql}`, columns: outer.columns }
}

function combined(asking: Asking, wanted: Wanted): Query {
  const { dice } = asking
  const kinds =
    wanted.kinds ?? Array.from({ length: 1 + dice.below(3) }, () => dice.one<Kind>(['text', 'text', 'text', 'int', 'num', 'time']))
  const next = { ...wanted, depth: wanted.depth - 1, kinds, named: true }
  const [left, right] = [query(asking, next), query(asking, next)]
  const columns = namesOf(kinds, left.columns).map((column, i) => ({
    ...column,
    hidden: column.hidden || right.columns[i]?.hidden === true,
  }))
  const secret = columns.some((column) => column.hidden)
  const all =
    secret && !dice.chance(asking.daring * 2) ? ['union all'] : ['union all', 'union', 'intersect', 'except', 'except all', 'intersect all']
  return { sql: `(${left.sql}) ${dice.one(all)} (${right.sql})${tail(asking, columns, [])}`, columns }
}

/** From row to row, by what nobody hides. */
function recursive(asking: Asking, wanted: Wanted): Query {
  const { dice } = asking
  const column = dice.one(['email', 'phone', 'card_number', 'name', 'credit', 'born', 'aliases'])
  const all = dice.chance(asking.daring) ? 'union' : 'union all'
  const columns: Column[] = [
    { name: 'o0', kind: 'int', hidden: false },
    { name: 'o1', kind: 'text', hidden: column !== 'name' },
  ]
  const known = [...(wanted.known ?? []), { name: 'r', columns }]
  const outer = select(asking, { ...wanted, depth: 0, known })
  const first = `select id, ${column} from customers where id = 1`
  return {
    sql: `with recursive r (o0, o1) as (${first} ${all} select c.id, c.${column} from customers c join r on c.id = r.o0 + 1) ${outer.sql}`,
    columns: outer.columns,
  }
}
