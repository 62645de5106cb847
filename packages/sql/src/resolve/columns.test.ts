import { describe, expect, test } from 'vitest'
import { model, only, touches } from '../../corpus/world.js'
import type { TargetModel } from '../model.js'

function columns(text: string): string[] {
  return touches(only(text).action, 'column').map((line) => line.replaceAll('public.', ''))
}

function relations(text: string): string[] {
  return touches(only(text).action, 'relation').map((line) => line.replaceAll('public.', ''))
}

describe('columns are found where the server finds them', () => {
  test.each([
    ['select email from users', ['users.email r output']],
    ['select EMAIL as name from USERS', ['users.email r output']],
    ['select public.users.email from public.users', ['users.email r output']],
    ['select u.email from users as u', ['users.email r output']],
    ['select e from users as u (i, e)', ['users.email r output']],
    ['select upper(email) from users', ['users.email r derived']],
    ['select id from users where email = $1', ['users.id r output', 'users.email r predicate']],
    ['select id from users order by email', ['users.id r output', 'users.email r key']],
    ['select email as x from users order by x', ['users.email r output', 'users.email r key']],
    ['select email, id from users order by 1', ['users.email r output', 'users.id r output', 'users.email r key']],
    [
      'with q (i, x) as (select id, email from users order by email) select i from q',
      ['users.id r output', 'users.email r key', 'users.email r output'],
    ],
    [
      'with q (i, x) as (select distinct on (email) id, email from users) select i from q',
      ['users.id r output', 'users.email r key', 'users.email r output'],
    ],
    ['select count(*) from users group by email', ['users.email r key']],
    ['select 1 from orders tablesample system ((select id from users limit 1))', ['users.id r predicate']],
    ['select distinct email from users', ['users.email r output', 'users.email r key']],
    ['select max(id) filter (where email is null) from users', ['users.id r derived', 'users.email r predicate']],
    ['select id from users union select id from orders', ['users.id r output', 'users.id r key', 'orders.id r output', 'orders.id r key']],
    ['select id from users union all select id from orders', ['users.id r output', 'orders.id r output']],
    [
      'select o.id from orders o join users u on u.id = o.user_id',
      ['users.id r predicate', 'orders.user_id r predicate', 'orders.id r output'],
    ],
    ['select s.id from staging s join users u using (email)', ['staging.email r key', 'users.email r key', 'staging.id r output']],
    ['select x.note from (orders join users on true) as x', ['orders.note r output']],
    ['with c as (select email as e from users) select e from c', ['users.email r output']],
    ['select q from (select email as q from users) s', ['users.email r output']],
    ['select (select email from users limit 1)', ['users.email r output']],
    ["select 'x' in (select email from users)", ['users.email r predicate']],
    ['select exists (select email from users)', []],
    ['select exists (select * from users where id = 1)', ['users.id r predicate']],
    ['select (u).email from users u', ['users.email r output']],
    ['select v.e from users u, lateral (values (u.email)) v (e)', ['users.email r output']],
    ['select ctid from orders', []],
    ['copy users (email) to stdout', ['users.email r copy']],
    ["select set_config('application_name', (select email from users limit 1), false)", ['users.email r sink']],
    ['insert into orders (note) select email from users', ['orders.note w', 'users.email r sink']],
    ['update users set name = email where id = 1', ['users.name w', 'users.email r sink', 'users.id r predicate']],
    ['delete from orders where id = 7 returning note', ['orders.note r output', 'orders.id r predicate']],
    [
      'insert into orders (id) values (1) on conflict (id) do update set note = excluded.note',
      ['orders.id w', 'orders.note w', 'orders.id r key'],
    ],
  ])('%s', (text, expected) => {
    expect(columns(text)).toEqual(expected)
    expect(only(text).action.certainty).toBe('exact')
  })

  test('an inner name hides an outer one, and a missing one reaches out', () => {
    expect(columns('select (select email from staging limit 1) from users')).toEqual(['staging.email r output'])
    expect(columns('select (select email from orders limit 1) from users')).toEqual(['users.email r output'])
  })

  test('a sub-select in FROM does not see its siblings, a lateral one does', () => {
    expect(only('select 1 from users u, (select u.email) s').action.certainty).toBe('unknown')
    expect(columns('select 1 from users u, lateral (select u.email) s')).toEqual(['users.email r output'])
  })

  test('a whole row is all of its columns, as one value', () => {
    const all = model.relations.get('public.staging')!.columns.map(({ name }) => `staging.${name} r derived`)
    expect(columns('select s from staging s')).toEqual(all)
    expect(columns('select row_to_json(s) from staging s')).toEqual(all)
    expect(columns('select * from staging')).toEqual(['staging.id r output', 'staging.email r output'])
  })

  test('natural joins compare every common column', () => {
    expect(columns('select 1 from staging natural join orders')).toEqual(['staging.id r key', 'orders.id r key'])
  })

  test('columns renamed by a join alias may be any below it', () => {
    expect(columns('select j.b from (staging join orders on true) as j (a, b)').map((line) => line.split(' ')[0])).toContain(
      'staging.email',
    )
  })
})

describe('relations come with what lies below and above them', () => {
  test.each([
    ['select id from v_users', ['v_users r', 'users r']],
    ['select id from mv_users', ['mv_users r', 'users r']],
    ['select id from part', ['part r', 'part_1 r']],
    ['select id from part_1', ['part_1 r', 'part r']],
    ['select id from only parent', ['parent r']],
    ['select id from child', ['child r', 'parent r']],
    ['delete from v_upd where id = 1', ['v_upd w', 'users w', 'v_upd r', 'users r']],
    ['with users as (select 1 as id) select id from users', []],
    ['with users as (select id from users) select id from users', ['users r']],
    ['with recursive users as (select 1 as id union all select id from users) select id from users', []],
    ['select id from alt.users', ['alt.users r']],
    ['drop table orders', ['orders w']],
    ['create table t9 (a int)', ['t9 w']],
    ['create temp table t9 (a int)', ['pg_temp.t9 w']],
    ['create table t9 (like users)', ['t9 w', 'users r']],
    ['create table t9 (u int references users)', ['t9 w', 'users r']],
    ['explain delete from orders', ['orders r']],
    ['truncate orders, staging', ['orders w', 'staging w']],
  ])('%s', (text, expected) => {
    expect(relations(text)).toEqual(expected)
  })

  test('dropping a schema means everything in it', () => {
    expect(relations('drop schema alt cascade')).toEqual(['alt.users w'])
  })

  test('the search path decides, pg_catalog first unless it is listed', () => {
    expect(touches(only('select id from users', { searchPath: ['alt', 'public'] }).action, 'relation')).toEqual(['alt.users r'])
    expect(touches(only('select 1 from pg_class').action, 'relation')).toEqual(['pg_catalog.pg_class r'])
    const own = { ...model, relations: new Map([...model.relations, ['public.pg_class', model.relations.get('public.orders')!] as const]) }
    const listed = { model: own, searchPath: ['public', 'pg_catalog'] }
    expect(touches(only('select 1 from pg_class', listed).action, 'relation')).toEqual(['public.pg_class r'])
    expect(touches(only('select 1 from pg_class', { ...listed, searchPath: ['public'] }).action, 'relation')).toEqual([
      'pg_catalog.pg_class r',
    ])
  })
})

describe('names that nothing answers to', () => {
  test.each([
    ['select 1 from nosuch', ['nosuch']],
    ['select nosuch from users', ['nosuch']],
    ['select u.nosuch from users u', ['u.nosuch']],
    ['select users.id from users u', ['users.id']],
    ['insert into orders (nosuch) values (1)', ['public.orders.nosuch']],
    ['drop table nosuch', ['nosuch']],
    ["select '1'::nosuch", ['nosuch']],
    ['select nosuch(1)', ['nosuch']],
  ])('%s', (text, unresolved) => {
    const { action } = only(text)
    expect([action.certainty, action.facts['unresolved']]).toEqual(['unknown', unresolved])
    expect(action.reason).toContain(unresolved[0]!.split('.').at(-1))
  })

  test.each([
    ['drop table if exists nosuch, orders', ['nosuch w', 'orders w'], ['nosuch']],
    ['drop view if exists alt.nosuch', ['alt.nosuch w'], ['alt.nosuch']],
    ['alter table if exists nosuch add column a int', ['nosuch w'], ['nosuch']],
    ['alter table if exists nosuch rename to users', ['nosuch w'], ['nosuch']],
    ['drop table if exists orders', ['orders w'], undefined],
  ])('%s means what would have that name', (text, expected, absent) => {
    const { action } = only(text)
    expect([action.certainty, action.facts['absent'], action.facts['unresolved']]).toEqual(['exact', absent, undefined])
    expect(relations(text)).toEqual(expected)
  })

  test('without a model nothing that depends on names is sure', () => {
    const bare = { model: undefined, searchPath: ['public'] }
    for (const text of ['select id from users', 'select now()', 'select 1 + 1', "select 'a'::text", 'drop table users']) {
      expect(only(text, bare).action).toMatchObject({ certainty: 'unknown', reason: 'the target model is not loaded', touches: [] })
    }
    for (const text of ['select 1', 'begin', 'set datestyle = iso', 'show server_version'])
      expect(only(text, bare).action.certainty).toBe('exact')
  })
})

describe('system relations', () => {
  test.each([
    ['select table_name from information_schema.tables', 'read'],
    ['select relname from pg_class', 'read'],
    ['select most_common_vals from pg_stats', 'introspect_values read'],
    ['select query from pg_stat_activity', 'introspect_values read'],
    ['select rolpassword from pg_authid', 'introspect_values read'],
    ['select umoptions from pg_user_mappings', 'introspect_values read'],
    ['select data from pg_largeobject', 'introspect_values read'],
    ['select statement from pg_prepared_statements', 'introspect_values read'],
    ['select setting from pg_settings', 'introspect_settings read'],
    [
      "update pg_settings set setting = 'off' where name = 'standard_conforming_strings'",
      'admin introspect_settings lexing name_resolution read unsafe_setting update write',
    ],
    ["delete from pg_class where relname = 'x'", 'admin delete read write'],
  ])('%s', (text, expected) => {
    expect(only(text).action.effects.join(' ')).toBe(expected)
  })

  test('a view over them counts like them', () => {
    const view = { ...model.relations.get('public.v_users')!, reads: ['pg_catalog.pg_authid'] }
    const own: TargetModel = { ...model, relations: new Map([...model.relations, ['public.v_users', view] as const]) }
    expect(only('select id from v_users', { model: own }).action.effects).toContain('introspect_values')
  })

  test('foreign tables are another way to another database', () => {
    const foreign = { ...model.relations.get('public.orders')!, kind: 'foreign' as const }
    const own: TargetModel = { ...model, relations: new Map([...model.relations, ['public.orders', foreign] as const]) }
    expect(only('select id from orders', { model: own }).action.effects).toContain('network')
  })
})
