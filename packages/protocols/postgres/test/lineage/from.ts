import { condition } from './expressions.js'
import { type Column, type Dice, fresh, type Place, type Source, type Type } from './place.js'

const text = (...names: readonly string[]): Column[] => names.map((name) => ({ name, type: 'text' }))
const int = (...names: readonly string[]): Column[] => names.map((name) => ({ name, type: 'int' }))
const people: readonly Column[] = [
  ...int('id', 'team'),
  ...text('email', 'name', 'mail'),
  { name: 'tags', type: 'array' },
  { name: 'doc', type: 'json' },
  { name: 'home', type: 'place' },
]

/** What stands behind `*` of a table, in its order, is not the order of these lists. */
const relations: readonly (readonly [string, readonly Column[]])[] = [
  ['people', people],
  ['people', people],
  ['public.people', people],
  ['teams', [...int('id', 'boss'), ...text('title', 'email')]],
  ['teams', [...int('id', 'boss'), ...text('title', 'email')]],
  ['events', [...int('at'), ...text('who', 'note')]],
  ['events_low', [...int('at'), ...text('who', 'note')]],
  ['things', [...int('id'), ...text('label')]],
  ['only things', [...int('id'), ...text('label')]],
  ['gadgets', [...int('id'), ...text('label', 'extra')]],
  ['made', [...int('id'), ...text('first', 'whole')]],
  ['v_people', [...int('id', 'team'), ...text('contact', 'shout')]],
  ['v_over', [...int('id'), ...text('contact', 'title')]],
  ['v_union', [...int('id'), ...text('e')]],
  ['v_counts', [...int('team', 'n'), ...text('top')]],
  ['v_events', [...int('at'), ...text('who', 'note')]],
  ['mv_people', [...int('id'), ...text('email', 'asked')]],
  ['v_walk', [...int('id'), ...text('path')]],
  ['alt.people', [...int('id'), ...text('email')]],
]

export interface From {
  readonly sql: string
  readonly sources: readonly Source[]
  /** Columns that joins merged: they go by their bare names. */
  readonly merged: readonly Column[]
}

export function fromList(place: Place): From {
  const { d } = place
  if (d.chance(3)) return { sql: '', sources: [], merged: [] }
  const first = item(place, [])
  if (d.chance(45)) return { sql: ` from ${first.sql}`, sources: [first.source], merged: [] }
  const second = item(place, first.lateral ? [] : [first.source])
  const sources = [first.source, second.source]
  const ints = (source: Source) => source.columns.filter(({ type }) => type === 'int').map(({ name }) => name)
  const shared = ints(first.source).filter((name) => ints(second.source).includes(name))
  const kind = d.pick(['join', 'left join', 'join', 'full join', 'right join'])
  const lateral = second.lateral ? d.pick(['join', 'left join']) : kind
  if (shared.length > 0 && d.chance(40)) {
    const name = shared[0] ?? ''
    const sql = `${first.sql} ${lateral} ${second.sql} using (${name})`
    if (d.chance(25)) return aliased(d, sql, sources, name)
    return { sql: ` from ${sql}`, sources, merged: [{ name, type: 'int' }] }
  }
  if (d.chance(35)) return { sql: ` from ${first.sql}, ${second.sql}`, sources, merged: [] }
  const [one, other] = [ints(first.source)[0], ints(second.source)[0]]
  const merges = lateral === 'full join' || lateral === 'right join'
  if (merges && (one === undefined || other === undefined))
    return { sql: ` from ${first.sql} cross join ${second.sql}`, sources, merged: [] }
  const equal = `${first.source.alias}.${one} = ${second.source.alias}.${other}`
  const on = merges ? equal : d.pick(['true', condition({ ...place, depth: 0, sources, merged: [], windows: false })])
  return { sql: ` from ${first.sql} ${lateral} ${second.sql} on ${on}`, sources, merged: [] }
}

/** `(a join b using (id)) as j`: one source whose columns are those of both, the merged one once. */
function aliased(d: Dice, sql: string, sources: readonly Source[], merged: string): From {
  const alias = fresh('j')
  const count = new Map<string, number>()
  const all = [{ name: merged, type: 'int' as const }, ...sources.flatMap(({ columns }) => columns.filter(({ name }) => name !== merged))]
  for (const { name } of all) count.set(name, (count.get(name) ?? 0) + 1)
  const columns = all.filter(({ name }) => count.get(name) === 1)
  return d.chance(50)
    ? { sql: ` from (${sql}) as ${alias}`, sources: [{ alias, columns, row: false }], merged: [] }
    : {
        sql: ` from ${sql} as ${alias}`,
        sources: [...sources, { alias, columns: [{ name: merged, type: 'int' }], row: false }],
        merged: [],
      }
}

interface Item {
  readonly sql: string
  readonly source: Source
  readonly lateral: boolean
}

function item(place: Place, left: readonly Source[]): Item {
  const { d, depth, ctes } = place
  const roll = d.below(100)
  const alias = fresh('s')
  if (roll < 15 && ctes.length > 0) {
    const { name, columns } = d.pick(ctes)
    return { sql: `${name} as ${alias}`, source: { alias, columns, row: true }, lateral: false }
  }
  if (roll < 40 && depth > 0) return subquery(place, left, alias)
  if (roll < 48 && left.length > 0) return functionItem(place, left, alias)
  const [name, columns] = d.pick(relations)
  if (d.chance(12) && !name.startsWith('v_')) {
    // The order of a list of aliases is that of the table: only its first column is surely known here.
    const first = fresh('x')
    const renamed = columns.map((column, i) => (i === 0 ? { ...column, name: first } : column))
    return { sql: `${name} as ${alias} (${first})`, source: { alias, columns: renamed, row: true }, lateral: false }
  }
  return { sql: `${name} as ${alias}`, source: { alias, columns, row: true }, lateral: false }
}

function subquery(place: Place, left: readonly Source[], alias: string): Item {
  const { d, depth } = place
  const lateral = left.length > 0 && d.chance(40)
  const inner = place.make.query({ ...place, depth: depth - 1, outer: lateral ? [...place.outer, ...left] : place.outer })
  const renamed = d.chance(25) && inner.columns.length > 0
  const columns = renamed ? inner.columns.map((column, i) => (i === 0 ? { ...column, name: fresh('x') } : column)) : inner.columns
  const list = renamed ? ` (${columns[0]?.name ?? ''})` : ''
  return { sql: `${lateral ? 'lateral ' : ''}(${inner.sql}) as ${alias}${list}`, source: { alias, columns, row: true }, lateral }
}

function functionItem({ d }: Place, left: readonly Source[], alias: string): Item {
  const of = (type: Type) =>
    left.flatMap((source) => source.columns.filter((column) => column.type === type).map(({ name }) => `${source.alias}.${name}`))
  const made: [string, Column[]][] = [
    [`generate_series(1, 2) as ${alias}(x)`, int('x')],
    [`(values (1, 'k'), (2, 'k2')) as ${alias}(a, b)`, [...int('a'), ...text('b')]],
  ]
  for (const name of of('array'))
    made.push(
      [`unnest(${name}) as ${alias}(x)`, text('x')],
      [`unnest(${name}) with ordinality as ${alias}(x, o)`, [...text('x'), ...int('o')]],
    )
  for (const name of of('json'))
    made.push(
      [`jsonb_each_text(${name}) as ${alias}(key, value)`, text('key', 'value')],
      [`jsonb_to_record(${name}) as ${alias}(k int, m text)`, [...int('k'), ...text('m')]],
    )
  for (const name of of('text'))
    made.push(
      [`lateral (values (${name}), ('k')) as ${alias}(v)`, text('v')],
      [`lateral (select ${name} as v) as ${alias}`, text('v')],
      [`regexp_split_to_table(${name}, '@') as ${alias}(v)`, text('v')],
    )
  const open = fresh('open')
  const uncounted = [
    ...of('array').map((name) => `unnest(${name})`),
    ...of('json').map((name) => `jsonb_each_text(${name})`),
    'generate_series(1, 2)',
  ]
  if (d.chance(30)) return { sql: `${d.pick(uncounted)} as ${open}`, source: { alias: open, columns: [], row: false }, lateral: true }
  const [sql, columns] = d.pick(made)
  return { sql, source: { alias, columns, row: false }, lateral: true }
}
