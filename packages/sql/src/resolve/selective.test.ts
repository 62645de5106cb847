import { expect, test } from 'vitest'
import { only } from '../../corpus/world.js'

function filtered(text: string): unknown {
  return only(text).action.facts['filtered']
}

test.each([
  'id = 7',
  'id = $1',
  '7 = id',
  'id::text = $1',
  'orders.id = 7 and total > 3',
  'true and id = 7',
  'id in (1, 2, 3)',
  'id = any ($1)',
  "id = any ('{1,2}')",
  'id between 3 and 9',
  'id < 10',
  "note like 'void%'",
  "lower(note) = 'x'",
  'note is null',
  'id is not distinct from 4',
  '(id, user_id) = (1, 2)',
  '(id, user_id) in ((1, 2), (3, 4))',
  'id = 1 or id = 2',
  "id = 1 or note = 'x'",
  "id < 5 or note like 'x%'",
  '(id = 1 and total > 0) or (id = 2 and total > 0)',
  'id = (select max(u.id) from users u)',
  'id in (select o2.id from orders o2 where o2.total > 100)',
  'id in (select o2.id from orders o2 limit 10)',
  'ctid in (select ctid from orders limit 10)',
  'id = any (array(select o2.id from orders o2 where o2.total = 0))',
  'id in (values (1), (2))',
  "exists (select 1 from users u where u.id = orders.user_id and u.name = 'x')",
  'user_id in (select id from users where name = $1)',
  'user_id in (with w as (select id from users where name = $1) select id from w)',
])('WHERE %s narrows down', (condition) => {
  expect(filtered(`delete from orders where ${condition}`)).toBe(true)
  expect(filtered(`update orders set total = 0 where ${condition}`)).toBe(true)
})

test.each([
  'true',
  '1 = 1',
  "'a' = 'a'",
  'not false',
  '(select true)',
  'exists (select 1)',
  'exists (select 1 from users)',
  'exists (select 1 from users u where u.id = orders.user_id)',
  'id = id',
  'orders.id = id',
  'id + 0 = id',
  'id = coalesce(id, 0)',
  'id = (select orders.id)',
  'id = (select id)',
  'id in (select id)',
  'id in (select orders.id from users where users.id = 1)',
  'id in (select user_id from users where id = 1)',
  'id is not null',
  'not (id is null)',
  'id is distinct from -1',
  'id <> 5',
  'id != all (array[1])',
  'id not in (1, 2)',
  'id not between 1 and 2',
  'id = 5 or id <> 5',
  'id < 5 or id >= 5',
  'id = 5 or id > 5 or id < 5',
  'id is null or id > 0',
  'note is null or note is not null',
  'id = 1 or true',
  '(id = id and total > 0) or (id = id and total <= 0)',
  '(id = 1 and total > 0) or total <= 0 or total > 0',
  "note like '%'",
  "note like '%%_'",
  'note like $1',
  "note ~ '.*'",
  "note similar to '%'",
  'id in (select id from orders)',
  'id in (select o2.id from orders o2 limit 1000000)',
  'id in (select o2.id from orders o2 limit $1)',
  'id in (select o2.id from orders o2 where o2.id = orders.id)',
  'id = any (array(select o2.id from orders o2))',
  'id = any ((select array_agg(o2.id) from orders o2)::int[])',
  'id >= (select min(o2.id) from orders o2)',
  'random() < 2',
  '$1',
  'case when true then true end',
  "tableoid = 'orders'::regclass",
  'xmax = 0',
  'id::bool',
  'id::bool = true',
  '(id, note) is not null',
])('WHERE %s narrows nothing', (condition) => {
  expect(filtered(`delete from orders where ${condition}`)).toBe(false)
})

test.each([
  ['delete from orders', false],
  ['delete from only orders', false],
  ['delete from orders where current of c', true],
  ['delete from orders o using users u where u.id = o.user_id', false],
  ["delete from orders o using users u where u.id = o.user_id and u.name = 'x'", true],
  ["delete from orders o using users u where u.name = 'x'", false],
  ["delete from orders using users where name = 'x'", false],
  ["delete from orders o using users u join staging s on s.id = u.id where u.id = o.user_id and s.email = 'x'", true],
  ['with w as (select id from orders) delete from orders o using w where w.id = o.id', false],
  ['with w as (select id from orders where total = 0) delete from orders o using w where w.id = o.id', true],
  ['with recursive w as (select id from w) delete from orders o using w where w.id = o.id', false],
  ['update orders o set total = v.t from (values (1, 2)) v (i, t) where v.i = o.id', true],
  ['with d as (delete from orders) select 1', false],
  ['with d as (delete from orders where id = 1), e as (delete from users) select 1', false],
  ['with d as (delete from orders where id = 1) delete from users where id = 2', true],
  ['insert into orders (id) values (1) on conflict (id) do update set total = 1', true],
  ['insert into orders (id) select id from orders on conflict (id) do update set total = 1', false],
  ['merge into orders o using staging s on o.id = s.id when matched then delete', false],
  ['truncate orders', false],
  ['explain analyze delete from orders', false],
])('%s: filtered is %s', (text, expected) => {
  expect(filtered(text)).toBe(expected)
})

test.each([
  'select 1',
  'insert into orders (id) values (1)',
  'select id from orders where id = 1',
  'explain delete from orders',
  'drop table orders',
])('%s changes no rows that exist, so there is nothing to filter', (text) => {
  expect(only(text).action.facts).not.toHaveProperty('filtered')
})

test('a boolean column narrows by itself, but not when both of its values are named', () => {
  const flagged = (condition: string) => filtered(`delete from orders_id_seq where ${condition}`)
  expect(flagged('is_called')).toBe(true)
  expect(flagged('not is_called')).toBe(true)
  expect(flagged('is_called is true')).toBe(true)
  expect(flagged('is_called = true')).toBe(true)
  expect(flagged('is_called or not is_called')).toBe(false)
  expect(flagged('is_called = true or is_called = false')).toBe(false)
  expect(flagged('is_called in (true, false)')).toBe(false)
  expect(flagged('is_called = any ($1)')).toBe(false)
})

test('affects_all says that there is no condition at all', () => {
  expect(only('delete from orders').action.facts['affects_all']).toBe(true)
  expect(only('truncate orders').action.facts['affects_all']).toBe(true)
  expect(only('delete from orders where true').action.facts['affects_all']).toBe(false)
})
