import { aggregate, condition, expression } from './expressions.js'
import { fromList } from './from.js'
import { type Column, type Dice, fresh, type Made, type Place, type Query, restartNames, type Scope, type Type } from './place.js'

/** A SELECT of any kind; the same dice make the same one. */
export function statement(d: Dice): string {
  restartNames()
  return query({ d, depth: 3, outer: [], ctes: [], make: { query, queryOf } }).sql
}

function query(place: Place): Query {
  const { d, depth } = place
  const roll = d.below(100)
  if (depth > 0 && roll < 12) return withQuery(place)
  if (depth > 0 && roll < 26) return setQuery(place)
  return plainQuery(place)
}

/** With as many columns as wanted, of those types. */
function queryOf(place: Place, types: readonly Type[]): Query {
  return plainQuery(place, types)
}

function withQuery(place: Place): Query {
  const { d } = place
  const below = { ...place, depth: place.depth - 1 }
  const name = fresh('w')
  if (d.chance(30)) {
    const columns: Column[] = [
      { name: 'n', type: 'int' },
      { name: 't', type: 'text' },
    ]
    const first = queryOf({ ...below, outer: [] }, ['int', 'text'])
    const cte = { name, columns }
    const step = d.pick([`select n + 1, t from ${name} where n < 3`, `select n + 1, t || 'k' from ${name} where n < 2`])
    const joined = `select w.n + 10, p.email from ${name} w join people p on p.id = w.n where w.n < 3`
    const body = `${first.sql} union ${d.chance(70) ? 'all ' : ''}${d.chance(30) ? joined : step}`
    const rest = query({ ...below, ctes: [...place.ctes, cte] })
    return { ...rest, sql: `with recursive ${name}(n, t) as (${wrapped(first.sql, body)}) ${rest.sql}` }
  }
  const inner = query({ ...below, outer: [] })
  const renamed = d.chance(30)
  const columns = renamed ? inner.columns.map(({ type }): Column => ({ name: fresh('r'), type })) : inner.columns
  const rest = query({ ...below, ctes: [...place.ctes, { name, columns }] })
  const list = renamed ? `(${columns.map((column) => column.name).join(', ')})` : ''
  const how = d.pick(['', '', 'materialized ', 'not materialized '])
  return { ...rest, sql: `with ${name}${list} as ${how}(${inner.sql}) ${rest.sql}` }
}

/** The first arm in brackets, for it may end with a LIMIT. */
function wrapped(first: string, body: string): string {
  return `(${first})${body.slice(first.length)}`
}

function setQuery(place: Place): Query {
  const { d } = place
  const below = { ...place, depth: place.depth - 1 }
  const types = Array.from({ length: 1 + d.below(3) }, (): Type => d.pick(['int', 'text', 'text']))
  const left = queryOf(below, types)
  const right = d.chance(15) ? values(types) : queryOf(below, types)
  const how = d.pick(['union all', 'union all', 'union all', 'union', 'intersect', 'except', 'intersect all'])
  const order = d.chance(20) ? ` order by ${d.chance(50) ? 1 + d.below(types.length) : (left.columns[0]?.name ?? 1)}` : ''
  return { sql: `(${left.sql}) ${how} (${right.sql})${order}`, columns: left.columns }
}

function values(types: readonly Type[]): Query {
  const row = () => `(${types.map((type) => (type === 'int' ? '7' : `'k'`)).join(', ')})`
  return { sql: `values ${row()}, ${row()}`, columns: types.map((type, i) => ({ name: `column${i + 1}`, type })) }
}

function plainQuery(place: Place, types?: readonly Type[]): Query {
  const { d } = place
  const { sql: from, sources, merged } = fromList(place)
  const scope: Scope = { ...place, sources, merged, windows: true }
  const where = d.chance(25) ? ` where ${condition(scope)}` : ''
  if (d.chance(18)) return grouped(scope, { from, where }, types)
  const star = types === undefined && d.chance(20)
  const wanted = types ?? Array.from({ length: 1 + d.below(4) }, (): Type => d.pick(['int', 'text', 'text', 'text', 'json', 'array']))
  const items = wanted.map((type): Made & { readonly name: string } => ({ ...expression(scope, type), name: fresh('c') }))
  const list = items.map(({ sql, name }) => `${sql} as ${name}`)
  const stars = star ? starItem(scope) : undefined
  const columns = [...items.map(({ name, type }): Column => ({ name, type })), ...(stars?.columns ?? [])]
  const distinct = d.chance(8) && items.every(({ type }) => type === 'int' || type === 'text') && !star ? 'distinct ' : ''
  const order = d.chance(15)
    ? ` order by ${distinct === '' && d.chance(40) ? expression(scope, 'text').sql : d.chance(50) ? (items[0]?.name ?? 1) : 1}`
    : ''
  const limit = d.chance(12) ? ` limit ${1 + d.below(5)}` : ''
  const sql = `select ${distinct}${[...list, ...(stars === undefined ? [] : [stars.sql])].join(', ')}${from}${where}${order}${limit}`
  return { sql, columns }
}

/** `*` or `name.*`; only columns whose names are clear may be referred to from outside. */
function starItem({ d, sources, merged }: Scope): Query | undefined {
  const source = sources.length === 0 ? undefined : d.pick(sources)
  if (source === undefined) return undefined
  if (d.chance(50)) return { sql: `${source.alias}.*`, columns: sources.length === 1 ? source.columns : [] }
  return { sql: '*', columns: sources.length === 1 && merged.length === 0 ? source.columns : [] }
}

function grouped(scope: Scope, { from, where }: { readonly from: string; readonly where: string }, types?: readonly Type[]): Query {
  const { d } = scope
  const key = d.chance(60) ? expression({ ...scope, windows: false }, d.pick(['int', 'text'])) : undefined
  const wanted = types ?? ['text', d.pick<Type>(['int', 'text'])]
  const items = wanted.map((type) => {
    if (key?.type === type && d.chance(50)) return { sql: key.sql, type }
    return aggregate(scope, type)
  })
  const columns = items.map(({ type }): Column => ({ name: fresh('g'), type }))
  const having = d.chance(20) ? ` having ${aggregate(scope, 'int').sql} > 1` : ''
  const sets = key !== undefined && d.chance(15) ? `rollup (${key.sql})` : key?.sql
  const by = key === undefined ? '' : ` group by ${/^[0-9']/.test(key.sql) ? `(${key.sql} || '')` : sets}`
  // A constant key would be an ordinal.
  const usable = by.includes("|| ''") ? items.map((item) => (item.sql === key?.sql ? aggregate(scope, item.type) : item)) : items
  return {
    sql: `select ${usable.map(({ sql }, i) => `${sql} as ${columns[i]?.name ?? ''}`).join(', ')}${from}${where}${by}${having}`,
    columns,
  }
}
