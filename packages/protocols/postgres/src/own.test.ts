import { afterAll, beforeAll, expect, test } from 'vitest'
import { policyOf } from '@sallyport/testkit'
import { type Door, openDoor } from '../test/door.js'
import { startTarget, type TestTarget } from '../test/target.js'
import { loadModel } from './model/load.js'
import { createOwnCatalog } from './own.js'

const effects = ['read', 'write', 'insert', 'update', 'delete', 'tx', 'session_ok', 'name_resolution', 'ddl', 'cursor', 'prepare']
const makers = policyOf({
  kind: 'policy',
  name: 'makers',
  subjects: { groups: ['agents'] },
  resources: { names: ['shop'] },
  rules: [
    { id: 'all', match: { effects: { only: effects } }, action: 'allow' },
    { id: 'secret', match: { touches: [{ kind: 'relation', name: 'public.secrets' }] }, action: 'deny' },
  ],
})

let server: TestTarget
let door: Door
beforeAll(async () => {
  server = await startTarget()
  await server.sql(
    'grant create on schema public to app_scram',
    'create table secrets (a int)',
    'create table things (a int)',
    'insert into secrets values (42)',
    'insert into things values (1)',
    'grant select on secrets, things to app_scram',
  )
  door = await openDoor(server, { policies: [makers] })
})
afterAll(async () => {
  await door.stop()
  await server.stop()
})

const say = (...statements: readonly string[]) => door.say(statements)

test('a migration in one transaction makes, changes, fills and reads its tables', async () => {
  const { out, err } = await say(
    'begin',
    'create table made (id int primary key)',
    'alter table made add column name text',
    `insert into made (id, name) values (1, 'x')`,
    'select id, name from made',
    'commit',
    'select name from made',
    'drop table made',
  )
  expect(err).toEqual([])
  expect(out).toEqual(['BEGIN', 'CREATE TABLE', 'ALTER TABLE', 'INSERT 0 1', '1|x', 'COMMIT', 'x', 'DROP TABLE'])
})

test('views that a transaction made, and temporary ones, tell what they show, as do those of others', async () => {
  await server.sql('create view theirs as select a as t from things')
  const side = await server.side()
  const shared = (await loadModel(side)).model
  const own = createOwnCatalog(() => 'T')
  for (const statement of [
    'reset search_path',
    'begin',
    'create view made as select t as m from theirs',
    'savepoint s',
    'create temporary view passing as select m || 1::text as p from made',
    'alter table things rename column a to b',
  ])
    await side.query(statement)
  own.ended([{ verb: 'create_view', effects: ['ddl'], touches: [], facts: {}, certainty: 'exact' }])
  const results = []
  for (const question of own.questions(shared) ?? []) results.push(await side.query(question))
  own.told({ results })
  const model = own.model(shared)
  side.close()
  const shown = (name: string) => typeof model === 'object' && model.relations.get(name)?.columns.map(({ from }) => from)
  expect(shown('public.theirs')).toEqual([{ bare: ['public.things.b'], derived: [] }])
  expect(shown('public.made')).toEqual([{ bare: ['public.theirs.t', 'public.things.b'], derived: [] }])
  expect(shown('pg_temp.passing')).toEqual([{ bare: [], derived: ['public.made.m', 'public.theirs.t', 'public.things.b'] }])
})

test('what a transaction made is gone when it, or its savepoint, is rolled back', async () => {
  const { err } = await say('begin', 'savepoint s', 'create table undone (a int)', 'rollback to s', 'select * from undone')
  expect(err).toEqual([expect.stringMatching(/undone/)])
  expect((await say('begin', 'create table undone (a int)', 'rollback', 'select a from things')).out.at(-1)).toBe('1')
})

test('a temporary table hides a table of the same name, and only while it is there', async () => {
  const { out, err } = await say(
    'create temporary table things (b text)',
    `insert into things values ('mine')`,
    'select b from things',
    'begin',
    'select b from things',
    'commit',
    'select a from public.things',
    'drop table things',
    'select a from things',
  )
  expect(err).toEqual([])
  expect(out).toEqual(['CREATE TABLE', 'INSERT 0 1', 'mine', 'BEGIN', 'mine', 'COMMIT', '1', 'DROP TABLE', '1'])
})

test('a temporary name for what may not be read does not open it', async () => {
  const { err } = await say('begin', 'create temporary table things (a int)', 'select a from secrets', 'rollback')
  expect(err).toEqual([expect.stringMatching(/rule secret/)])
})

test('nobody’s objects take the place of the catalog’s', async () => {
  const { out, err } = await say(
    'create temporary table pg_class (oid int, relname text)',
    'select count(*) from pg_temp.pg_class',
    'select a from things',
  )
  expect([out, err]).toEqual([['CREATE TABLE', '0', '1'], []])
})

test('in a transaction with one snapshot for all, names of its own are not believed', async () => {
  const { err } = await say('begin isolation level repeatable read', 'create table snap (a int)', 'select * from snap', 'rollback')
  expect(err).toEqual([expect.stringMatching(/target model is not loaded|snap/)])
})
