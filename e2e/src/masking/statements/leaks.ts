import { say } from '../../../../packages/protocols/postgres/test/play/words.js'
import { extended, type Script, simple } from './scripts.js'

/** One way out each, by hand: past the gateway, and through one that masks nothing, every one of them tells the twins apart. */
const said = (...texts: readonly string[]): Script => ({ steps: texts.map((text) => simple(text)), reads: false })
const undone = (...texts: readonly string[]): Script => said('begin', ...texts, 'rollback')
const asked = (sql: string, binary: boolean): Script => ({
  steps: [extended(sql, say.parse('', sql), say.bind('', '', [], binary), say.describe('P'), say.execute())],
  reads: true,
})
const byProtocol = (sql: string, ...parts: readonly Uint8Array[]): Script => ({ steps: [extended(sql, ...parts)], reads: true })

export const leaks: Readonly<Record<string, Script>> = {
  'rows as text': said('select id, email, phone, ssn from customers'),
  'rows in binary': asked('select credit, born, profile, aliases from customers', true),
  'every type in binary': asked('select * from vault', true),
  'a portal that nobody described': byProtocol(
    'select email',
    say.parse('', 'select email from customers'),
    say.bind('', ''),
    say.execute(),
  ),
  'a portal in parts': byProtocol(
    'select phone, in parts',
    say.parse('', 'select phone from customers'),
    say.bind('p', ''),
    say.execute('p', 2),
    say.execute('p', 0),
  ),
  'a statement that was described before its table was': said(
    'prepare q as select * from customer_contacts',
    'execute q',
    'explain execute q',
  ),
  'a cursor': undone('declare c scroll cursor for select secret from people', 'fetch 2 from c', 'fetch backward 1 from c'),
  'a binary cursor': undone('declare c binary cursor for select salary from staff', 'fetch all from c'),
  'a cursor from the protocol': {
    steps: [
      simple('begin'),
      simple('declare c cursor for select body from letters'),
      extended('execute c', say.describe('P', 'c'), say.execute('c')),
    ],
    reads: true,
  },
  'a view over a view': said('select reach_at from contact_book'),
  'a computed column of a view': said('select login, tax from customer_summary'),
  'a view that unites': said('select card from all_cards'),
  'a whole row in a view': said('select customer, json from whole_customers'),
  'a materialised view': said('select card, born from card_holders'),
  'a generated column': said('select handle from customers'),
  'a partition': said('select body from letters_2024'),
  'a parent of what is masked': said('select secret from people'),
  'a child of what is masked': said('select secret, salary from staff'),
  'a label': said('select code, addr, seen from vault'),
  'a declared function': said('select * from mails_of(5)'),
  'a union': said('select email from customers union all select phone from customers'),
  'a recursive query': said(
    'with recursive r (n, m) as (select id, email from customers where id = 1 union all select c.id, c.email from customers c join r on c.id = r.n + 1) select m from r',
  ),
  'a value of a sublink': said('select id, (select phone from customers c where c.id = o.customer_id) from orders o'),
  'an expression': said('select upper(phone), length(email) > 5, md5(ssn) from customers'),
  'an aggregate': said('select max(email), string_agg(phone, $$,$$) from customers'),
  'a window': said('select id, lag(secret) over (order by id) from people'),
  'a whole row': said('select c from customers c'),
  'a row as json': said('select to_jsonb(c) from customers c'),
  'attribute notation': said('select phone(customers) from customers'),
  'a predicate, by which rows come': said(`select id from customers where phone > '+43'`),
  'a predicate, by how many were changed': undone(`update letters set size = 1 where body > 'Dear m'`),
  'an order': said('select id from people order by secret'),
  'a group': said('select count(*) from customers group by phone'),
  'distinct values': said('select distinct phone from customers'),
  'a join': said('select a.id, b.id from customers a join customers b on a.phone = b.phone'),
  'a limit': said('select id from orders limit (select ascii(secret) - 96 from people where id = 1)'),
  'returned by a write': undone('update customers set note = note returning email'),
  'returned by a write in a query': undone('with w as (delete from people returning secret) select secret from w'),
  'copied by a write': undone('update people set name = secret', 'select name from people'),
  'copied by a write and returned': undone('update accounts set iban = card_number returning id, card_number, iban'),
  'copied by an insert': undone('insert into people (name) select email from customers returning name'),
  'copied by an upsert': undone(
    `insert into customers (id, name, email, phone, credit, active) values (3, 'x', 'x@x', '+1', 1, true) on conflict (id) do update set note = customers.email returning note`,
  ),
  'copied by a merge': undone(
    'merge into people p using customers c on p.id = c.id when matched then update set name = c.phone',
    'select name from people',
  ),
  'a temporary table': said('create temp table t as select email as e from customers', 'select e from t'),
  'a temporary view': said('create temp view t as select email as e from customers', 'select e from t'),
  'copy of a table': said('copy customers (id, email) to stdout'),
  'copy of a query, binary': said('copy (select secret from people) to stdout (format binary)'),
  'what failed, in the message': said('select email::int from customers where id = 3'),
  'what failed, in the detail': undone('update customers set name = null where id = 3'),
  'what failed, in the detail of a partition': undone(`update letters_2024 set sent = '2023-01-01' where id < 5`),
  'whether it failed': said(`select 1 / (case when secret > 'm' then 0 else 1 end) from people`),
  'a notice of a trigger': undone('update people set rank = 1 where id = 2'),
  'a failure of a trigger': undone('update people set rank = 95 where id = 2'),
  'a notification of a trigger': said('listen gossip', 'update people set rank = rank where id = 2'),
  'a notification': said('listen gossip', `select pg_notify('gossip', secret) from people`),
  'a setting': said(`select set_config('application_name', (select secret from people where id = 1), false)`),
  'what analyze found': said('explain (analyze, timing off, summary off) select 1 from people where secret > $$m$$'),
}
