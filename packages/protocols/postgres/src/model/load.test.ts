import type { TargetModel } from '@sallyport/sql'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { password, startTarget, type TestTarget } from '../../test/target.js'
import { dial } from '../../test/transports.js'
import { openSide } from '../backend/side.js'
import { loadModel } from './load.js'

const world = `
create table customers (id int primary key, email text, dropped int, tags text[]);
alter table customers drop column dropped;
create view contacts as select id, email from customers;
create view contacts_again as select email from contacts;
create materialized view snapshot as select * from contacts_again;
create view passwords as select rolname, rolpassword from pg_catalog.pg_authid;
create table events (at date, what text) partition by range (at);
create table events_2026 partition of events for values from ('2026-01-01') to ('2027-01-01');
create table parent (a int);
create table child () inherits (parent);
create table grandchild () inherits (child);
create table ruled (a int);
create rule also as on update to ruled do also delete from parent;
create function purge(limit_to int default 10, variadic names text[] default '{}') returns int language sql volatile as 'select 1';
create function stable_one() returns int language sql stable as 'select 1';
create procedure tidy() language sql as 'select 1';
create function same(a int, b int) returns boolean language sql as 'select a = b';
create operator === (leftarg = int, rightarg = int, procedure = same);
create view calling as select stable_one();
create view operating as select 1 from customers where id === 1;
create view calling_again as select * from calling;
create type mood as enum ('low', 'high');
create type pair as (first int, second mood[]);
create domain short as text check (length(value) < 10);
create function fits(text) returns boolean language sql as 'select true';
create domain picky as text check (value is not null and fits(value));
create domain sleepy as int check (pg_sleep(value) is not null);
create domain comparing as int check (value === 1);
create domain pickier as picky;
create domain nested as text check (value::picky <> '');
create type picky_pair as (first int, second picky[]);
create type picky_spans as range (subtype = pickier);
create table picked (id int, what pickier[]);
create view picking as select 'x'::picky as x;
create type spans as range (subtype = int);
create type loud;
create function loud_in(cstring) returns loud language internal immutable strict as 'textin';
create function loud_out(loud) returns cstring language internal immutable strict as 'textout';
create function loud_recv(internal) returns loud language internal stable strict as 'textrecv';
create function loud_send(loud) returns bytea language internal stable strict as 'textsend';
create type loud (input = loud_in, output = loud_out, receive = loud_recv, send = loud_send, internallength = variable);
create type hushed;
create function hushed_in(cstring) returns hushed language internal immutable strict as 'textin';
create function hushed_out(hushed) returns cstring language internal immutable strict as 'textout';
create type hushed (input = hushed_in, output = hushed_out, internallength = variable);
create function to_mood(int) returns mood language sql as 'select ''low''::mood';
create cast (int as mood) with function to_mood(int) as implicit;
create schema "Odd.Name";
create table "Odd.Name"."a""b" (x int);
create sequence counter;
create function public.json_agg(json) returns json language sql as 'select ''[]''::json';
create table public.pg_class (oid int);
create schema app_scram authorization app_scram;
`

let server: TestTarget
let model: TargetModel

async function ask(text: string): Promise<readonly (string | null)[]> {
  const side = await server.side()
  try {
    return (await side.query(text))[0] ?? []
  } finally {
    side.close()
  }
}

async function load(user?: string): Promise<TargetModel> {
  const target = server.target(user === undefined ? {} : { user })
  const secret = user === undefined ? server.superuser.password : password
  const side = await openSide({
    target,
    password: secret,
    settings: {},
    dial: () => dial(server.port),
    signal: AbortSignal.timeout(15_000),
  })
  try {
    return (await loadModel(side)).model
  } finally {
    side.close()
  }
}

beforeAll(async () => {
  server = await startTarget()
  await server.sql(...world.split(';\n').filter((statement) => statement.trim() !== ''))
  model = await load('app_scram')
})
afterAll(() => server.stop())

const relation = (name: string) => model.relations.get(name)

test('relations carry their columns as the catalog has them now', () => {
  expect(relation('public.customers')).toMatchObject({ kind: 'table', system: false })
  expect(relation('public.customers')?.columns).toEqual([
    { name: 'id', attnum: 1, type: 'pg_catalog.int4' },
    { name: 'email', attnum: 2, type: 'pg_catalog.text' },
    { name: 'tags', attnum: 4, type: 'pg_catalog.text[]' },
  ])
  expect(relation('pg_catalog.pg_authid')).toMatchObject({ kind: 'table', system: true })
  expect(relation('public.counter')?.kind).toBe('sequence')
  expect(relation('"Odd.Name"."a""b"')?.columns).toHaveLength(1)
  expect([...model.relations.keys()].some((name) => name.startsWith('pg_toast'))).toBe(false)
})

test('a view tells everything below it, through other views and into the catalog', () => {
  expect(relation('public.contacts_again')?.reads).toEqual(['public.contacts', 'public.customers'])
  expect(relation('public.snapshot')).toMatchObject({
    kind: 'matview',
    reads: ['public.contacts_again', 'public.contacts', 'public.customers'],
  })
  expect(relation('public.passwords')?.reads).toEqual(['pg_catalog.pg_authid'])
  expect(relation('public.customers')?.reads).toBeUndefined()
})

test('a view tells which functions of users it runs, also by operator and through other views', () => {
  expect(relation('public.calling')?.calls).toEqual(['public.stable_one'])
  expect(relation('public.calling_again')?.calls).toEqual(['public.stable_one'])
  expect(relation('public.operating')?.calls).toEqual(['public.same'])
  expect(relation('public.contacts')?.calls).toBeUndefined()
})

test('partitions and inheritance are told in both directions, all levels', () => {
  expect(relation('public.events')).toMatchObject({ kind: 'partitioned', children: ['public.events_2026'] })
  expect(relation('public.grandchild')?.parents).toEqual(['public.child', 'public.parent'])
  expect(relation('public.parent')?.children).toEqual(['public.child', 'public.grandchild'])
  expect(relation('public.ruled')?.rules).toEqual(['update'])
})

test('functions carry overloads, defaults, variadics, volatility and kind', () => {
  expect(model.functions.get('public.purge')).toMatchObject([
    { args: ['pg_catalog.int4', 'pg_catalog.text'], defaults: 2, variadic: true, volatility: 'v', kind: 'f', builtin: false },
  ])
  expect(model.functions.get('public.stable_one')).toMatchObject([{ args: [], volatility: 's' }])
  expect(model.functions.get('public.tidy')).toMatchObject([{ kind: 'p' }])
  expect(model.functions.get('pg_catalog.count')?.every((f) => f.kind === 'a' && f.builtin)).toBe(true)
  expect(model.functions.get('pg_catalog.format')).toMatchObject([
    { args: ['pg_catalog.text', 'pg_catalog.any'], variadic: true },
    { variadic: false },
  ])
})

test('types, operators and casts of users are told apart from built-in ones', () => {
  expect(model.types.get('public.mood')).toEqual({ kind: 'enum', builtin: false })
  expect(model.types.get('public.short')).toEqual({ kind: 'domain', builtin: false, over: 'pg_catalog.text' })
  expect(model.types.get('public.spans')).toEqual({ kind: 'range', builtin: false, over: 'pg_catalog.int4' })
  expect(model.types.get('public.pair')?.fields?.map((f) => f.type)).toEqual(['pg_catalog.int4', 'public.mood[]'])
  expect(model.types.get('public.customers')).toEqual({ kind: 'composite', builtin: false })
  expect(model.types.get('pg_catalog.int4')).toEqual({ kind: 'base', builtin: true })
  expect(model.operators).toEqual([{ schema: 'public', name: '===', left: 'pg_catalog.int4', right: 'pg_catalog.int4' }])
  expect(model.casts).toEqual([{ source: 'pg_catalog.int4', target: 'public.mood', context: 'i' }])
})

test('a type tells which functions make its values: those in checks of domains, however deep within', () => {
  const calls = (name: string) => model.types.get(`public.${name}`)?.calls
  for (const name of ['picky', 'pickier', 'nested', 'picky_pair', 'picky_spans', 'picked'])
    expect([name, calls(name)]).toEqual([name, ['public.fits']])
  const multirange = [...model.types].find(([name, { kind }]) => kind === 'multirange' && name.startsWith('public.picky'))
  expect(multirange?.[1].calls).toEqual(['public.fits'])
  expect(calls('sleepy')).toEqual(['pg_catalog.pg_sleep'])
  expect(calls('comparing')).toEqual(['public.same'])
  for (const name of ['short', 'pair', 'spans', 'mood', 'customers']) expect([name, calls(name)]).toEqual([name, undefined])
  expect(relation('public.picking')?.calls).toEqual(['public.fits'])
})

test('a type of users is plain by its OID when its values, or arrays of them, run no code', async () => {
  const names = ['short', 'short[]', 'mood[]', 'customers', 'picky', 'picky[]', 'picked', 'picky_pair[]']
  const oids = await ask(`select ${names.map((name) => `'${name}'::regtype::oid::int8`).join(', ')}`)
  const plain = oids.map((oid) => model.plainTypes?.includes(Number(oid)))
  expect(plain).toEqual([true, true, true, true, false, false, false, false])
})

test('the search path is the role’s own, resolved, and cannot bend the catalog queries', async () => {
  expect(model.searchPath).toEqual(['app_scram', 'public'])
  expect(relation('public.pg_class')?.columns).toHaveLength(1)
  expect(model.serverVersion).toBeGreaterThan(120_000)
})

test('the same catalog has the same epoch, another one another', async () => {
  expect((await load('app_scram')).epoch).toBe(model.epoch)
  await server.sql('create table one_more (a int)')
  const later = await load('app_scram')
  expect(later.epoch).not.toBe(model.epoch)
  expect(later.relations.has('public.one_more')).toBe(true)
})

test('a check that a domain gets later is another catalog', async () => {
  const before = await load('app_scram')
  await server.sql('alter domain short add constraint later check (fits(value))')
  const after = await load('app_scram')
  expect(after.epoch).not.toBe(before.epoch)
  expect(after.types.get('public.short')?.calls).toEqual(['public.fits'])
})

test('types of users that are written as text in both formats are told, and only those', async () => {
  const [loud] = await ask(`select 'loud'::regtype::oid`)
  expect(model.textTypes).toEqual([Number(loud)])
})
