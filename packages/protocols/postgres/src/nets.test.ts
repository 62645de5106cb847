import { fieldsOf, logIn, type Message, policyOf, rowOf } from '@sallyport/testkit'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type Door, everything, openDoor } from '../test/door.js'
import { say } from '../test/play/words.js'
import { has18, majors, startTarget, type TestTarget } from '../test/target.js'

/** All nets together: the real reading of statements beside the origins of a real server. */
const masks = policyOf({
  kind: 'policy',
  name: 'masks',
  subjects: { groups: ['agents'] },
  resources: { names: ['shop'] },
  rules: [
    {
      id: 'more',
      match: { effects: { only: ['read', 'bulk_export', 'session_ok', 'tx', 'cursor', 'name_resolution', 'introspect_settings'] } },
      action: 'allow',
    },
  ],
  masks: [
    {
      id: 'email',
      columns: ['public.people.email'],
      as: { partial: { keep: 'domain' } },
      uses: { derived: 'mask', predicate: 'equality' },
    },
    { id: 'ssn', columns: ['public.people.ssn'], as: 'hash', uses: { copy: 'allow' } },
  ],
})

let target: TestTarget
let door: Door

beforeAll(async () => {
  target = await startTarget({}, majors.at(-1))
  await target.sql(
    'create table people (id int primary key, name text, email text unique, ssn text)',
    `insert into people select i, 'n' || i, 'user' || i || '@example.com', '000-' || i from generate_series(1, 3) i`,
    'create view addresses as select id, email as mail, upper(email) as loud from people',
    'create schema other',
    'create schema app_scram authorization app_scram',
    'create table other.people (id int, email text)',
    'grant usage on schema other to app_scram',
    'grant all on people, addresses, other.people to app_scram',
  )
  door = await openDoor(target, { policies: [everything, masks] })
}, 60_000)

afterAll(async () => {
  await door.stop()
  await target.stop()
})

const rows = (messages: readonly Message[]) => messages.filter(({ type }) => type === 'D').map(rowOf)
const ended = ({ type }: Message) => type === 'Z'

async function session() {
  const me = await logIn({ port: door.port, parameters: { user: 'me', database: 'shop' }, password: 'token-me' })
  const ask = (...parts: Uint8Array[]) => {
    me.send(...parts, say.sync())
    return me.until(ended)
  }
  const refused = async (sql: string) => fieldsOf((await me.query(sql)).find(({ type }) => type === 'E')!)['C']
  return { ...me, ask, refused, seen: async (sql: string) => rows(await me.query(sql)) }
}

test.each([
  ['select id, name, email, ssn from people where id = 1', ['1', 'n1', '***@example.com', '***']],
  ['select * from people where id = 1', ['1', 'n1', '***@example.com', '***']],
  ['select mail, id from addresses where id = 1', ['***@example.com', '1']],
  ['select loud from addresses where id = 1', [null]],
  [`select 'to ' || email, length(name) from people where id = 1`, [null, '2']],
  ['select email from people union all select name from people limit 1', ['***@example.com']],
  ['select name, (select email from people p where p.id = people.id) from people where id = 1', ['n1', '***@example.com']],
  [`select name from people where email = 'user1@example.com'`, ['n1']],
  ['update people set name = name where id = 1 returning name, email', ['n1', '***@example.com']],
  ['with w as (select id, email as e from people) select e, id from w where id = 1', ['***@example.com', '1']],
  ['select count(*), max(id) from people', ['3', '3']],
])('%s', async (sql, expected) => {
  const me = await session()
  expect(await me.seen(sql)).toEqual([expected])
  expect(rows(await me.ask(say.parse('', sql), say.bind('', ''), say.execute()))).toEqual([expected])
  await me.ask(say.parse('', `prepare p as ${sql}`), say.bind('', ''), say.execute())
  expect(await me.seen('execute p')).toEqual([expected])
  expect(rows(await me.ask(say.bind('', 'p'), say.execute()))).toEqual([expected])
  me.socket.destroy()
})

test.runIf(has18)('old and new rows of RETURNING are masked', async () => {
  const me = await session()
  const sql = `update people set name = name where id = 1 returning old.email, new.ssn, new.name, upper(old.email)`
  expect(await me.seen(sql)).toEqual([['***@example.com', '***', 'n1', null]])
  me.socket.destroy()
})

test('a cursor shows what its query would', async () => {
  const me = await session()
  await me.query(
    'begin; declare c cursor for select email, name from people order by id; declare b binary cursor for select ssn from people',
  )
  expect(await me.seen('fetch c; fetch b; move c')).toEqual([['***@example.com', 'n1'], ['***']])
  me.socket.destroy()
})

test('a portal shows what it was opened over, whatever its text would mean by now', async () => {
  const me = await session()
  const united = `select email from people union all select ''`
  await me.query(`begin; declare c cursor with hold for ${united}`)
  await me.ask(say.parse('', united), say.bind('p', ''), say.execute('p', 1))
  await me.query('set search_path = other')
  expect(rows(await me.ask(say.execute('p', 1)))).toEqual([['***@example.com']])
  expect(await me.seen('fetch from c')).toEqual([['***@example.com']])
  expect(await me.seen('fetch from p')).toEqual([['***@example.com']])
  await me.query('commit')
  expect(rows(await me.ask(say.execute('c', 1)))).toEqual([['***@example.com']])
  expect(door.warnings).toEqual([])
  me.socket.destroy()
})

test('a prepared statement shows what it was prepared over, where the server does not see that its names mean others by now', async () => {
  const me = await session()
  const united = `select email from people union all select ''`
  await me.ask(say.parse('s', united))
  await me.query(`prepare p as ${united}`)
  await me.ask(say.bind('', 's'), say.execute('', 1))
  await me.query('create table app_scram.people (email text)')
  const told = [...(await me.ask(say.bind('', 's'), say.execute('', 1))), ...(await me.query('execute p'))]
  await me.query('drop table app_scram.people')
  expect(rows(told).length).toBeGreaterThan(1)
  expect(JSON.stringify(rows(told))).not.toMatch(/user/)
  me.socket.destroy()
})

test('uses that no policy opens are refused before anything runs', async () => {
  const me = await session()
  for (const sql of [
    `select id from people where email like 'a%'`,
    'select id from people order by email',
    'select upper(ssn) from people',
  ])
    expect([sql, await me.refused(sql)]).toEqual([sql, '42501'])
  me.socket.destroy()
})

test('COPY sends what is known to be clean, and EXPLAIN what decides by no masked column', async () => {
  const me = await session()
  const types = (messages: readonly Message[]) => messages.map(({ type }) => type).join('')
  expect(types(await me.query('copy (select id, name from people) to stdout'))).toBe('HdddcCZ')
  expect(await me.refused('copy (select id, email from people) to stdout')).toBe('42501')
  for (const sql of ['copy (select id, ssn from people) to stdout', 'explain (analyze) select id from people']) {
    await me.ask(say.parse('s', sql), say.bind('p', 's'), say.close('S', 's'), say.parse('s', sql))
    expect([sql, await me.refused('execute s')]).toEqual([sql, '42501'])
    await me.query('begin')
    await me.ask(say.bind('p', 's'))
    expect([sql, await me.refused('fetch p')]).toEqual([sql, '42501'])
    await me.query('rollback')
    await me.ask(say.close('S', 's'))
  }
  expect((await me.seen('explain select email from people where id = 1')).join()).toContain('Index')
  expect((await me.seen(`explain select id from people where email = 'a'`)).join()).not.toContain('email')
  me.socket.destroy()
})

test('nothing that is known raises an alert', () => {
  expect(door.warnings).toEqual([])
})
