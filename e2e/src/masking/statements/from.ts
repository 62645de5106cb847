import { clean, type Column, masked, type Relation } from './relations.js'
import { type Asking, type Item, open, openly, type Query, type Ref, refsOf, type Wanted } from './scope.js'

type Ask = (asking: Asking, wanted: Wanted) => Query

/** Aliases are told apart by how deep and where they are. `query` makes what is in parentheses. */
export function from(asking: Asking, wanted: Wanted, query: Ask): readonly Item[] {
  const { dice } = asking
  const first = item(asking, { ...wanted, query }, `a${wanted.depth}`)
  if (!dice.chance(30)) return [first]
  const alias = `b${wanted.depth}`
  if (dice.chance(15)) return [first, lateral(asking, wanted, first)]
  const second = item(asking, { ...wanted, query }, alias)
  return dice.chance(10) ? [first, second] : joined(asking, first, second)
}

function item(asking: Asking, { depth, known = [], query }: Wanted & { readonly query: Ask }, alias: string): Item {
  const { dice } = asking
  if (known.length > 0 && dice.chance(55)) {
    const { name, columns } = dice.one(known)
    return { sql: `${name} ${alias}`, alias, columns, keyed: false }
  }
  if (depth > 0 && dice.chance(18)) {
    const inner = query(asking, { depth: depth - 1, named: true, known })
    return { sql: `(${inner.sql}) ${alias}`, alias, columns: inner.columns, keyed: false }
  }
  if (dice.chance(6)) return produced(asking, alias)
  return table(asking, dice.one(dice.chance(80) ? masked : clean), alias)
}

const keyed: ReadonlySet<string> = new Set(['customers', 'accounts', 'orders', 'vault'])
const tables: ReadonlySet<string> = new Set([...keyed, 'letters', 'letters_2024', 'people', 'staff', 'card_holders', 'products', 'lines'])

function table({ dice }: Asking, { name, columns }: Relation, alias: string): Item {
  const plain: Item = { sql: `${name} ${alias}`, alias, columns, keyed: keyed.has(name) }
  const stored = tables.has(name)
  switch (dice.below(20)) {
    case 1:
      return { ...plain, sql: `public.${name} as ${alias}` }
    case 2:
      return stored ? { ...plain, sql: `only ${name} ${alias}` } : plain
    case 3:
      return stored ? { ...plain, sql: `${name} ${alias} tablesample bernoulli (60) repeatable (3)` } : plain
    case 4: {
      const renamed = columns.map((column, i) => ({ ...column, name: `c${i}` }))
      return { sql: `${name} ${alias} (${renamed.map((c) => c.name).join(', ')})`, alias, columns: renamed, keyed: false }
    }
    case 5:
      return { ...plain, sql: `(table ${name}) ${alias}`, keyed: false }
    default:
      return plain
  }
}

const column = (name: string, kind: Column['kind'], hidden = false): Column => ({ name, kind, hidden })

/** Rows that no table holds, or that come out of a function. */
function produced({ dice }: Asking, alias: string): Item {
  const made = (sql: string, ...columns: readonly Column[]): Item => ({
    sql: `${sql} ${alias} (${columns.map(({ name }) => name).join(', ')})`,
    alias,
    columns,
    keyed: false,
  })
  return dice.one([
    made('generate_series(1, 5)', column('n', 'int')),
    made(`(values (1, 'a'), (2, null))`, column('n', 'int'), column('t', 'text')),
    made(`unnest(array['x', 'y']) with ordinality`, column('t', 'text'), column('n', 'int')),
    made(`jsonb_array_elements('[1, {"a": 2}]')`, column('j', 'json')),
    made('mails_of(5)', column('m', 'text', true)),
    made(`rows from (generate_series(1, 3), mails_of(2))`, column('n', 'int'), column('m', 'text', true)),
    made('(select plus_one(id), name from products)', column('n', 'int'), column('t', 'text')),
    made('(values ((select email from customers where id = 3)))', column('m', 'text', true)),
  ])
}

function joined(asking: Asking, first: Item, second: Item): readonly Item[] {
  const { dice } = asking
  const how = dice.one(['join', 'join', 'left join', 'right join', 'full join'])
  const shared = first.columns.filter(({ name, hidden }) => !hidden && second.columns.some((other) => other.name === name && !other.hidden))
  const both = (sql: string): readonly Item[] => [
    { ...first, sql },
    { ...second, sql: '' },
  ]
  const dull = open(refsOf([first]), 'int')
  const other = open(refsOf([second]), 'int')
  const secret = dice.chance(asking.daring) ? dice.one(refsOf([first])) : undefined
  const sql = (() => {
    if (shared.length > 0 && dice.chance(15)) return `${first.sql} ${how} ${second.sql} using (${dice.one(shared).name})`
    if (dice.chance(Math.ceil(asking.daring / 3))) return `${first.sql} natural join ${second.sql}`
    if (secret) return `${first.sql} ${how} ${second.sql} on ${on(asking, secret, dice.one(refsOf([second])))}`
    if (dull.length > 0 && other.length > 0) return `${first.sql} ${how} ${second.sql} on ${on(asking, dice.one(dull), dice.one(other))}`
    return `${first.sql} cross join ${second.sql}`
  })()
  return both(sql)
}

function on({ dice }: Asking, a: Ref, b: Ref): string {
  if (a.hidden || b.hidden) return `(${a.sql})::text = (${b.sql})::text`
  return `${a.sql} = ${b.sql}${dice.chance(20) ? ` and ${a.sql} % 2 = 0` : ''}`
}

function lateral(asking: Asking, wanted: Wanted, first: Item): Item {
  const { dice } = asking
  const alias = `l${wanted.depth}`
  const relation = dice.one(masked)
  const inner = relation.columns.map((one, i) => ({ ...one, name: `c${i}` }))
  const key = open(refsOf([first]), 'int')
  const by = key.length > 0 && relation.columns[0]?.name === 'id' ? ` where i.id = ${dice.one(key).sql}` : ''
  const names = inner.map(({ name }) => name).join(', ')
  const extra = dice.chance(20) ? ` and ${openly(asking, key, 'bool')}` : ''
  return {
    sql: `lateral (select * from ${relation.name} i${by}${by && extra} limit 2) ${alias} (${names})`,
    alias,
    columns: inner,
    keyed: false,
  }
}
