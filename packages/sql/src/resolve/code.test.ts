import { describe, expect, test } from 'vitest'
import { effects, model, only } from '../../corpus/world.js'
import type { FunctionModel, RelationModel, TargetModel, TypeModel } from '../model.js'

const own: FunctionModel = {
  oid: 99_999,
  args: ['pg_catalog.int4'],
  defaults: 0,
  variadic: false,
  volatility: 'i',
  kind: 'f',
  builtin: false,
}

function withFunction(name: string, ...overloads: FunctionModel[]): { model: TargetModel } {
  return { model: { ...model, functions: new Map([...model.functions, [name, overloads] as const]) } }
}

describe('built-in functions', () => {
  test.each([
    ['select now(), upper(name), count(*) from users group by name', 'read'],
    ['select random(), clock_timestamp(), gen_random_uuid()', 'read'],
    ["select pg_relation_size('orders'), pg_get_viewdef('v_users'::regclass)", 'read'],
    ['select coalesce(1, 2), greatest(1, 2), nullif(1, 2), current_user, session_user, localtime', 'read'],
    ["select nextval('orders_id_seq')", 'read write_sequence'],
    ["select setval('orders_id_seq', 1)", 'read write_sequence'],
    ['select pg_sleep(1)', 'delay read'],
    ["select pg_notify('c', 'x')", 'notify read'],
    ['select pg_advisory_lock(1)', 'lock read'],
    ['select pg_try_advisory_xact_lock(1)', 'lock read'],
    ['select pg_terminate_backend(1)', 'admin read'],
    ['select pg_reload_conf(), pg_stat_reset(), pg_switch_wal()', 'admin read'],
    ["select pg_read_file('/etc/passwd')", 'filesystem read'],
    ["select * from pg_ls_dir('.')", 'filesystem read'],
    ["select lo_import('/x')", 'filesystem large_object read'],
    ['select lo_create(0), lo_get(1)', 'large_object read'],
    ["select table_to_xml('users', true, false, '')", 'dynamic_sql read'],
    ["select query_to_xml('select 1', true, false, '')", 'dynamic_sql read'],
    ["select * from ts_stat('select 1')", 'dynamic_sql read'],
    ['select pg_export_snapshot()', 'read replication'],
    ["select * from pg_logical_slot_get_changes('s', null, null)", 'read replication'],
    ['select * from pg_stat_get_activity(null)', 'introspect_values read'],
    ['select setseed(0.5)', 'read session_ok'],
    ["select brin_summarize_new_values('x')", 'maintenance read'],
    ['select * from orders tablesample bernoulli (1)', 'read'],
  ])('%s', (text, expected) => {
    expect(effects(text)).toBe(expected)
    expect(only(text).action.certainty).toBe('exact')
  })

  test.each([
    ["select ('select 1'::text).ts_stat", 'dynamic_sql read'],
    ["select (q.t).ts_stat from (select 'select 1'::text as t) q", 'dynamic_sql read'],
    ["select f.ts_stat from unnest(array['select 1']) f", 'dynamic_sql read'],
    ['select (1.5::float8).pg_sleep', 'delay read'],
    ["select ('/etc/passwd'::text).pg_read_file", 'filesystem read'],
    ["select (('orders_id_seq'::regclass)).nextval", 'read write_sequence'],
    ["select 1 from orders order by ('select 1'::text).ts_stat", 'dynamic_sql read'],
    ["select (array['orders_id_seq'::regclass])[1].nextval", 'read write_sequence'],
  ])('are called in attribute notation too, whatever the value: %s', (text, expected) => {
    expect(effects(text)).toBe(expected)
  })

  test('fields with the name of one that computes are fields', () => {
    expect(effects('select (home).text, (home).date from users')).toBe('read')
  })

  test('are named by where they live', () => {
    expect(only('select upper(name) from users').action.functions).toEqual(['pg_catalog.upper'])
  })

  test('a volatile one that nobody looked at is code of unknown effect', () => {
    const later = { ...own, builtin: true, oid: 9_000, volatility: 'v' as const }
    expect(effects('select pg_brand_new(1)', withFunction('pg_catalog.pg_brand_new', later))).toBe('execute_unknown read')
    expect(effects('select pg_brand_new(1)', withFunction('pg_catalog.pg_brand_new', { ...later, volatility: 's' }))).toBe('read')
  })
})

describe('code of users', () => {
  test.each([
    ['select f_purge()'],
    ['select * from f_purge()'],
    ['select coalesce(null, f_purge())'],
    ['select 1 order by f_purge()'],
    ['select 1 limit f_purge()'],
    ['select count(*) filter (where f_purge() > 0) from orders'],
    ['select sum(total) over (order by f_purge()) from orders'],
    ['insert into orders (total) values (f_purge())'],
    ['update orders set total = f_purge() where id = 1'],
    ['select id from orders where id in (select f_purge())'],
    ['explain select f_purge()'],
    ['select public.lower(name) from users'],
    ['select lower(name) from users'],
    ["select operator(alt.~~~) 'x'::text"],
    ['select u.secretcol from users u'],
    ['select (u).secretcol from users u'],
    ['select (u.secretcol).x from users u'],
    ['select secretcol(u) from users u'],
    ['select * from f_setof()'],
    ["select * from dblink('x', 'y') as t (a int)"],
    ['values (f_purge())'],
    ['execute p (f_purge())'],
    ['copy (select f_purge()) to stdout'],
    ['select f_purge() from orders for update'],
  ])('%s', (text) => {
    const { action, control } = only(text)
    expect(action).toMatchObject({ certainty: 'unknown', effects: expect.arrayContaining(['execute_unknown']) as unknown })
    expect(control).toMatchObject({ changesSettings: true, changesNames: true, changesLexing: true, ddl: true })
  })

  test('an overload that cannot take so many arguments is not meant', () => {
    expect(effects("select repeat('x', 2)", withFunction('public.repeat', own))).toBe('read')
    expect(effects("select repeat('x', 2)", withFunction('public.repeat', { ...own, variadic: true }))).toBe('execute_unknown read')
    const optional = { ...own, args: ['pg_catalog.int4', 'pg_catalog.int4', 'pg_catalog.int4'], defaults: 1 }
    expect(effects("select repeat('x', 2)", withFunction('public.repeat', optional))).toBe('execute_unknown read')
  })

  test('a name is plain when it says pg_catalog, or when the other schema is not in the path', () => {
    expect(effects('select pg_catalog.lower(name) from users')).toBe('read')
    expect(effects("select count_evil('x')")).toContain('execute_unknown')
    expect(effects("select repeat('x', 2)", withFunction('alt.repeat', { ...own, variadic: true }))).toBe('read')
  })

  test('a function that the target vouches for does what is declared', () => {
    const declared = { 'public.f_email(integer)': { effects: ['read'], reads: ['public.users.email'] } }
    const { action } = only('select f_email(1)', { declared })
    expect(action).toMatchObject({ certainty: 'exact', effects: ['read'], functions: ['public.f_email'] })
    expect(action.touches).toEqual([{ kind: 'column', name: 'public.users.email', access: 'read', use: 'derived' }])
    expect(effects('select f_email(1)', { declared: { 'public.f_email(text)': { effects: ['read'] } } })).toBe('execute_unknown read')
  })

  test('a view that calls one runs it', () => {
    const view = { ...model.relations.get('public.v_users')!, calls: ['public.f_purge'] }
    const relations = new Map([...model.relations, ['public.v_users', view] as const])
    expect(effects('select id from v_users', { model: { ...model, relations } })).toBe('execute_unknown read')
  })

  test('a rewrite rule runs more than the statement says', () => {
    expect(effects('update staging set id = 1 where id = 2')).toBe('execute_unknown read update write')
    expect(effects('delete from staging where id = 2')).toBe('delete read write')
  })
})

describe('types, operators and casts of users', () => {
  const types = new Map<string, TypeModel>([
    ...model.types,
    ['public.citext', { kind: 'base', builtin: false }],
    ['public.mood', { kind: 'enum', builtin: false }],
  ])
  const operators = [{ schema: 'public', name: '=', left: 'public.citext', right: 'public.citext' }]
  const columns = [
    { name: 'id', attnum: 1, type: 'pg_catalog.int4' },
    { name: 'mail', attnum: 2, type: 'public.citext' },
  ]
  const relations = new Map<string, RelationModel>([
    ...model.relations,
    ['public.people', { oid: 7, kind: 'table', system: false, columns }],
  ])
  const typed: { model: TargetModel } = { model: { ...model, types, operators, relations } }

  test('an operator of a type matters only where values of the type are worked on', () => {
    expect(effects('select id from people where id = 1', typed)).toBe('read')
    expect(effects('select mail from people where id = 1', typed)).toBe('read')
    expect(effects("select id from people where mail = 'x'", typed)).toBe('execute_unknown read')
    expect(effects("select id from (select * from people) p where p.mail = 'x'", typed)).toBe('execute_unknown read')
  })

  test('an operator between built-in types shadows everywhere', () => {
    const shadow = {
      model: { ...model, operators: [{ schema: 'public', name: '=', left: 'pg_catalog.text', right: 'pg_catalog.varchar' }] },
    }
    expect(effects('select 1 = 1', shadow)).toBe('execute_unknown read')
    expect(effects('select 1 operator(pg_catalog.=) 1', shadow)).toBe('read')
    expect(effects('select 1 = 1', { ...shadow, searchPath: [] })).toBe('read')
    expect(effects('select case 1 when 2 then 3 end', shadow)).toContain('execute_unknown')
    expect(effects('select 1 in (select 2)', shadow)).toContain('execute_unknown')
    expect(effects('select 1 from staging join orders using (id)', shadow)).toContain('execute_unknown')
  })

  test('input functions of base types are code, enumerations and domains are not', () => {
    expect(effects("select 'x'::citext", typed)).toBe('execute_unknown read')
    expect(effects("select 'x'::mood", typed)).toBe('read')
    expect(effects("select 'x'::email_t, row('a', 'b')::addr, '{}'::addr[], '{1}'::_int4", typed)).toBe('read')
  })

  test('a cast with a function is code where it may be meant', () => {
    const cast = (context: 'e' | 'a' | 'i') => ({
      model: { ...model, casts: [{ source: 'pg_catalog.text', target: 'pg_catalog.int4', context }] },
    })
    expect(effects("select '1'::int4", cast('e'))).toBe('execute_unknown read')
    expect(effects('select upper(name) from users', cast('e'))).toBe('read')
    expect(effects('select upper(name) from users', cast('i'))).toBe('execute_unknown read')
    expect(effects("insert into orders (total) values ('1')", cast('a'))).toBe('execute_unknown insert write')
  })
})
