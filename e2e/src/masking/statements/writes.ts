import { query } from './queries.js'
import { type Asking, derived, openly, type Ref, refsOf, suspicion } from './scope.js'
import { masked } from './relations.js'

/** A statement that writes. Its rows are gone afterwards: whoever runs it rolls back. */
export function write(asking: Asking): string {
  const { dice } = asking
  const make = dice.one([insert, insert, update, update, update, remove, merge, chained, selected, failing, failing])
  return make(asking)
}

const relationOf = (name: string) => masked.find((relation) => relation.name === name)!
const refs = (name: string, alias = name): readonly Ref[] => refsOf([{ sql: '', alias, columns: relationOf(name).columns, keyed: true }])

/** What RETURNING shows of a relation: bare columns, all of them, or something that nobody should be shown. */
function returning(asking: Asking, name: string, alias = name): string {
  const { dice, daring } = asking
  if (dice.chance(15)) return ''
  const all = refs(name, alias)
  const secret = all.filter(({ hidden }) => hidden)
  if (dice.chance(daring)) return ` returning ${derived(asking, dice.one(secret))}`
  if (dice.chance(daring / 3)) return ` returning ${alias}`
  if (dice.chance(20)) return ' returning *'
  return ` returning ${dice
    .some(all, 1 + dice.below(4))
    .map(({ sql }) => sql)
    .join(', ')}`
}

/** Values that neither twin has. */
function insert(asking: Asking): string {
  const { dice } = asking
  const id = 900 + dice.below(50)
  const customer = `insert into customers (id, name, email, phone, credit, active, card_number) values (${dice.one([id, id, 3])}, 'New', 'new${id}@new.test', '+1', 5, true, ${dice.one(['null', `'4000'`])})`
  const conflict = dice.one([
    '',
    ' on conflict do nothing',
    ' on conflict (id) do nothing',
    ` on conflict (id) do update set name = excluded.name`,
    ` on conflict (id) do update set name = customers.name || '!' where customers.active`,
    ` on conflict (id) do update set note = ${dice.chance(asking.daring) ? 'customers.email' : 'excluded.email'}`,
    ' on conflict on constraint customers_pkey do update set phone = excluded.phone',
  ])
  return dice.one([
    `${customer}${conflict}${returning(asking, 'customers')}`,
    `insert into vault (id, hint, code) values (${id}, 'h', 'c')${returning(asking, 'vault')}`,
    `insert into letters values (${id}, '2024-05-05', 1, 'text', 3), (${id}, '2023-05-05', 2, null, 4)${returning(asking, 'letters')}`,
    `insert into staff (id, name, salary) values (${id}, 'S', 10.5)${returning(asking, 'staff')}`,
    `insert into active_customers (id, name, email, phone, credit, active) values (${id}, 'V', 'v@v', '+2', 1, ${dice.one(['true', 'false'])})${returning(asking, 'active_customers')}`,
    `insert into orders (id, customer_id, total) values (${id}, 3, 5) returning *, (select name from customers c where c.id = customer_id)`,
    `insert into orders (id, customer_id, total) values (${id}, 3, 5) returning id, (select email from customers c where c.id = customer_id)`,
  ])
}

const settings: Readonly<Record<string, readonly string[]>> = {
  customers: [`note = 'seen'`, 'score = score + 1', `city = 'Rome', active = not active`, `phone = '+99'`, 'born = null', 'credit = 7'],
  accounts: ['balance = balance * 2', `opened = '2024-02-02'`, 'pin = null', `mailbox = 'a@b'`],
  letters: ['size = size + 1', `sent = '2023-07-07'`, `body = 'again'`],
  people: ['rank = rank + 1', `secret = 'other'`],
  staff: [`desk = 'E1'`, 'salary = 1'],
  vault: [`hint = 'none'`, `code = 'new'`, 'small = 3'],
  customer_contacts: [`name = 'Via view'`, `phone = '+77'`],
}

function update(asking: Asking): string {
  const { dice, daring } = asking
  const name = dice.one(Object.keys(settings))
  const all = refs(name)
  const secret = all.filter(({ hidden }) => hidden)
  const condition = dice.chance(daring) ? suspicion(asking, dice.one(secret)) : `${name}.id % ${2 + dice.below(6)} = 1`
  const sink = {
    customers: 'note',
    accounts: 'iban',
    letters: 'body',
    people: 'name',
    staff: 'desk',
    vault: 'hint',
    customer_contacts: 'name',
  }[name]
  const set = dice.chance(daring) ? `${sink} = ${dice.one(secret).sql}` : dice.one(settings[name] ?? [])
  const source = dice.chance(25) ? ` from orders o` : ''
  const more = source ? ` and o.id = ${name}.id` : ''
  return `update ${name} set ${set}${source} where ${condition}${more}${returning(asking, name)}`
}

function remove(asking: Asking): string {
  const { dice, daring } = asking
  const name = dice.one(['accounts', 'letters', 'people', 'staff', 'vault', 'letters_2024'])
  const secret = refs(name).filter(({ hidden }) => hidden)
  const condition = dice.chance(daring) ? suspicion(asking, dice.one(secret)) : `${name}.id % 3 = ${dice.below(3)}`
  const using = dice.chance(20) ? ` using orders o where o.id = ${name}.id and ` : ' where '
  return `delete from ${name}${using}${condition}${returning(asking, name)}`
}

function merge(asking: Asking): string {
  const { dice, daring } = asking
  const condition = dice.chance(daring) ? `and t.phone > '+5'` : ''
  const set = dice.chance(daring) ? 'note = t.email' : `note = s.note`
  return `merge into customers t using orders s on t.id = s.id - 10 when matched ${condition} then update set ${set} when not matched then do nothing`
}

function chained(asking: Asking): string {
  const { dice } = asking
  const name = dice.one(['people', 'vault', 'accounts'])
  const set = dice.one(settings[name] ?? [])
  const columns = dice.some(relationOf(name).columns, 3)
  const list = columns.map((column) => column.name).join(', ')
  const gone = dice.one([
    `update ${name} set ${set} where id < 104 returning ${list}`,
    `delete from ${name} where id in (2, 3, 102) returning ${list}`,
  ])
  return `with w as (${gone}) select ${dice.one([list, '*', 'count(*)', `w.*, (select count(*) from ${name})`])} from w`
}

/** Copies of what a query reads. */
function selected(asking: Asking): string {
  const { dice } = asking
  const inner = query(asking, { depth: 1, kinds: dice.one([['text'], ['text', 'text']]), named: true })
  const columns = inner.columns.length === 1 ? 'name' : 'name, secret'
  return `insert into people (${columns}) ${inner.sql}${dice.one(['', ' returning *', ' returning name'])}`
}

/** Constraints that fail whatever is masked, in words that tell the whole row. */
function failing(asking: Asking): string {
  const { dice } = asking
  const id = 1 + dice.below(24)
  return dice.one([
    `update customers set name = null where id = ${id}`,
    `update customers set credit = -1 where id = ${id}`,
    `update customers set phone = '0' where id = ${id}`,
    `update customers set id = 3 where id = ${id === 3 ? 4 : id}`,
    `update accounts set customer_id = 999 where id = ${100 + (id % 20)}`,
    `update accounts set pin = 0 where id = ${100 + (id % 20)}`,
    `update accounts set mailbox = 'nobody' where id = ${100 + (id % 20)}`,
    `update customers set email = 'same@same.test'`,
    `update accounts set iban = 'DE1'`,
    `update letters set sent = '2030-01-01' where id = ${id}`,
    `update letters_2024 set sent = '2023-01-01' where id % 2 = 1`,
    `insert into letters_2023 select * from letters_2024 where id = ${id}`,
    `update active_customers set active = false where id = ${id}`,
    `delete from customers where id = ${id}`,
    `delete from customers where id = 1 or name = 'Customer ${id}'`,
    `update people set rank = 95 where id = ${1 + (id % 8)}`,
    `insert into customers select * from customers where id = ${id}`,
    `update customers set city = repeat('x', ${19 + (id % 4)}) where id < 4`,
    `update orders set total = total - ${id * 40}`,
    `update customers set score = 1e9 where id = ${id}`,
    `insert into customers (id, name, email, phone, credit, active) values (${id}, 'x', 'x@x', '+3', 1, ${openly(asking, [], 'bool')})`,
    `update customers set handle = 'x' where id = ${id}`,
    `insert into vault (id, code) values (${1 + (id % 6)}, 'dup')`,
    `alter table customers add check (credit > 100000)`,
    `alter table customers alter email type int using 1 / 0`,
    `create unique index on customers (phone)`,
  ])
}
