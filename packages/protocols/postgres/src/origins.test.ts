import { fieldsOf, logIn, type Message, policyOf, rowOf } from '@sallyport/testkit'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type Door, everything, openDoor } from '../test/door.js'
import { say } from '../test/play/words.js'
import type { Lineage } from '@sallyport/sql'
import { startTarget, type TestTarget } from '../test/target.js'
import { type Classifiers, createClassifiers } from './classifier.js'

const masks = policyOf({
  kind: 'policy',
  name: 'masks',
  subjects: { groups: ['agents'] },
  resources: { names: ['shop'] },
  rules: [{ id: 'path', match: { effects: { only: ['name_resolution', 'session_ok', 'tx', 'read', 'bulk_export'] } }, action: 'allow' }],
  masks: [
    { id: 'email', columns: ['public.people.email', 'private.people.name', 'public.late.email'], as: 'nullify' },
    { id: 'id', columns: ['public.people.ssn'], as: 'redact' },
  ],
})

/** The reading of statements taken away: it says that it knows the columns, and tells of none, or lies. What is masked is so by origin alone. */
function blind(outputs?: readonly Lineage[]): Classifiers {
  const classifiers = createClassifiers()
  return {
    open(options) {
      const real = classifiers.open(options)
      const see = async (text: string) => {
        const { readable, statements } = await real.classify(text)
        return {
          readable,
          statements: statements.map((one) => {
            const control = one.control.kind === 'prepare' ? { ...one.control, inner: listed(one.control.inner) } : one.control
            return { text: one.text, control, action: listed(one.action), ...(outputs && { outputs }) }
          }),
        }
      }
      return { classify: see }
    },
  }
}

const listed = <A extends { facts: object; touches: readonly { kind: string }[] }>(action: A): A => ({
  ...action,
  facts: { ...action.facts, columns_listed: true },
  touches: action.touches.filter(({ kind }) => kind !== 'column'),
})

let target: TestTarget
let door: Door

beforeAll(async () => {
  target = await startTarget()
  await target.sql(
    'create schema private',
    'create table people (id int primary key, name text, email text unique, ssn text)',
    `insert into people select i, 'n' || i, 'user' || i || '@example.com', '000-' || i from generate_series(1, 3) i`,
    'create table private.people (id int primary key, name text, email text)',
    `insert into private.people values (1, 'secret', 'public')`,
    'create table late (email text unique deferrable initially deferred)',
    `insert into late values ('late@example.com')`,
    'create view addresses as select id, email as mail, upper(email) as loud from people',
    'grant usage on schema private to app_scram',
    'grant all on people, private.people, addresses, late to app_scram',
  )
  door = await openDoor(target, { policies: [everything, masks], classifiers: blind() })
}, 60_000)

afterAll(async () => {
  await door.stop()
  await target.stop()
})

const client = () => logIn({ port: door.port, parameters: { user: 'me', database: 'shop' }, password: 'token-me' })
const rows = (messages: readonly Message[]) => messages.filter(({ type }) => type === 'D').map(rowOf)
const types = (messages: readonly Message[]) => messages.map(({ type }) => type).join('')
const ended = ({ type }: Message) => type === 'Z'

/** One session: what it answers to a simple query, and to messages up to Sync. */
async function session() {
  const me = await client()
  const ask = (...parts: Uint8Array[]) => {
    me.send(...parts, say.sync())
    return me.until(ended)
  }
  return { ...me, ask, seen: async (sql: string) => rows(await me.query(sql)) }
}

test('columns are masked by where they come from, whatever they are called', async () => {
  const me = await session()
  const told = await me.query('select id, email as name, name as email, ctid from people order by people.id')
  expect(rows(told)).toEqual([1, 2, 3].map((i) => [`${i}`, null, `n${i}`, `(0,${i})`]))
  expect(types(told)).toBe('TDDDCZ')
  const several = 'update people set name = name where id = 3 returning email, name; select 1; select email from people'
  // What RETURNING tells is the column that was written: without lineage nothing of it is known.
  expect(await me.seen(several)).toEqual([[null, null], ['1'], [null], [null], [null]])
  expect(await me.seen('with a as (select * from people) select a.email, b.ssn from a join people b using (id) limit 1')).toEqual([
    [null, '***'],
  ])
  me.socket.destroy()
})

test('what comes from nowhere that is known is NULL, where the statement touches what may be hidden', async () => {
  const me = await session()
  expect(await me.seen('select upper(email), id + 1, people from people where id = 1')).toEqual([[null, null, null]])
  expect(await me.seen('select email from people union all select name from people limit 1')).toEqual([[null]])
  expect(await me.seen(`select upper('a'), 1 + 1, now() is null`)).toEqual([['A', '2', 'f']])
  expect(await me.seen('show server_encoding')).toEqual([['UTF8']])
  me.socket.destroy()
})

test('portals are described before they run, and the client hears of it only what it asked', async () => {
  const me = await session()
  const first = await me.ask(say.parse('s', 'select email, name from people order by id'), say.bind('', 's'), say.execute())
  expect([types(first), rows(first)]).toEqual(['12DDDCZ', [1, 2, 3].map((i) => [null, `n${i}`])])
  expect(types(await me.ask(say.bind('', 's'), say.describe('P'), say.execute()))).toBe('2TDDDCZ')
  const twice = [say.describe('P', 'p'), say.describe('P', 'p'), say.execute('p', 1), say.execute('p', 1)]
  const suspended = await me.ask(say.bind('p', 's'), ...twice)
  expect([types(suspended), rows(suspended)]).toEqual([
    '2TTDsDsZ',
    [
      [null, 'n1'],
      [null, 'n2'],
    ],
  ])
  me.socket.destroy()
})

test('a portal that is executed later is masked as it was bound', async () => {
  const me = await session()
  await me.query('begin')
  await me.ask(say.parse('', 'select email, name from people order by id'), say.bind('p', ''), say.execute('p', 1))
  expect(rows(await me.ask(say.execute('p', 1)))).toEqual([[null, 'n2']])
  expect(await me.seen('fetch 1 from p')).toEqual([[null, 'n3']])
  await me.query('commit')
  me.send(say.parse('', 'select email from people order by id'), say.bind('', ''), say.flush())
  await me.until(({ type }) => type === '2')
  me.send(say.execute('', 1), say.flush())
  expect(rows(await me.until(({ type }) => type === 's'))).toEqual([[null]])
  expect(rows(await me.ask(say.execute('', 1), say.execute()))).toEqual([[null], [null]])
  me.socket.destroy()
})

test('cursors, binary ones too, and prepared statements show what they read masked', async () => {
  const me = await session()
  await me.query(
    'begin; declare c cursor for select id, ssn, email from people order by id; declare b binary cursor with hold for select id, ssn from people',
  )
  expect(await me.seen('fetch 2 from c')).toEqual([
    ['1', '***', null],
    ['2', '***', null],
  ])
  expect(rows(await me.ask(say.execute('c')))).toEqual([['3', '***', null]])
  await me.query('commit')
  expect(await me.seen('fetch 1 from b')).toEqual([['\0\0\0\x01', '***']])
  await me.query('prepare p as select ssn, name from people where id = $1')
  expect(await me.seen('execute p(2)')).toEqual([['***', 'n2']])
  expect(rows(await me.ask(say.bind('', 'p', ['3']), say.execute()))).toEqual([['***', 'n3']])
  expect(rows(await me.ask(say.parse('', 'execute p(1)'), say.bind('', ''), say.execute()))).toEqual([['***', 'n1']])
  me.socket.destroy()
})

test('what a name stood for when it was described does not decide how its rows are shown', async () => {
  const me = await session()
  await me.ask(say.parse('s', 'select name from people limit 1'), say.describe('S', 's'))
  expect(rows(await me.ask(say.bind('', 's'), say.execute()))).toEqual([['n1']])
  await me.query('set search_path = private')
  expect(rows(await me.ask(say.bind('', 's'), say.execute()))).toEqual([[null]])
  await me.query('set search_path = public')
  expect(rows(await me.ask(say.bind('', 's'), say.execute()))).toEqual([['n1']])
  me.socket.destroy()
})

test('units of a pipeline are masked each by its own description', async () => {
  const me = await session()
  const one = (sql: string) => [say.parse('', sql), say.bind('', ''), say.execute()]
  me.send(...one('select ssn from people limit 1'), ...one('select name from people limit 1'), say.sync())
  me.send(...one('select name, ssn from people limit 1'), say.sync(), say.query('select ssn, name from people limit 1'))
  const told = [...(await me.until(ended)), ...(await me.until(ended)), ...(await me.until(ended))]
  expect(rows(told)).toEqual([['***'], ['n1'], ['n1', '***'], ['***', 'n1']])
  me.socket.destroy()
})

test('errors and notices about masked columns say what kind they are and nothing more', async () => {
  const me = await session()
  const error = async (sql: string) => fieldsOf((await me.query(sql)).find(({ type }) => type === 'E')!)
  const scrubbed = (code: string) => ({ S: 'ERROR', V: 'ERROR', C: code, M: expect.stringMatching(/withheld/) })
  expect(await error('select email::int from people')).toEqual(scrubbed('22P02'))
  expect(await error(`insert into people values (9, 'n', 'user1@example.com', '')`)).toEqual(scrubbed('23505'))
  expect(await error(`insert into people values (null, 'n', 'x', '')`)).toEqual(scrubbed('23502'))
  expect(await error(`select id + 'x' from people`)).toMatchObject({ C: '22P02', M: 'invalid input syntax for type integer: "x"', P: '13' })
  expect(await error(`select 'x'::text::int`)).toMatchObject({ C: '22P02', M: 'invalid input syntax for type integer: "x"' })
  await me.query(`begin; insert into late values ('late@example.com')`)
  expect(await error('select 1/0')).toEqual(scrubbed('22012'))
  await me.query(`rollback; begin; insert into late values ('late@example.com')`)
  expect(await error('commit')).toEqual(scrubbed('23505'))
  expect(await error('select 1/0')).toMatchObject({ C: '22012', M: 'division by zero' })
  const [bound] = (await me.ask(say.parse('', 'select id from people where id = $1'), say.bind('', '', ['x']), say.execute())).filter(
    ({ type }) => type === 'E',
  )
  expect(fieldsOf(bound!)).toEqual(scrubbed('22P02'))
  me.socket.destroy()
})

test('what detectors find is masked in what is shown as it is, and in what the server says', async () => {
  const detect = [{ id: 'mail', detect: ['email'], as: 'redact' }]
  const finding = policyOf({
    kind: 'policy',
    name: 'find',
    subjects: { groups: ['agents'] },
    resources: { names: ['shop'] },
    rules: [],
    masks: detect,
  })
  const found = await openDoor(target, { policies: [everything, finding] })
  const { out, err } = await found.psql(`select 'write to ' || email, name from people where id = 1`, {
    args: ['-c', 'select email::int from people'],
  })
  expect(out).toBe('write to ***|n1')
  expect(err.split('\n')[0]).toBe('ERROR:  invalid input syntax for type integer: "***"')
  await found.stop()
})

test('EXPLAIN tells the plan and no more', async () => {
  const me = await session()
  expect(types(await me.query('explain (costs off) select id from people'))).toMatch(/^TD+CZ$/)
  for (const option of ['analyze', 'verbose', 'buffers', 'settings']) {
    const told = await me.query(`explain (${option}) select id from people`)
    expect([option, types(told)]).toEqual([option, 'EZ'])
  }
  me.socket.destroy()
})

test('COPY is refused where what it shows is not known to be clean', async () => {
  const me = await session()
  expect(types(await me.query('copy people to stdout'))).toBe('EZ')
  expect(types(await me.query('copy (select 1) to stdout'))).toBe('HdcCZ')
  me.socket.destroy()
})

test('a column that the model does not know yet is masked, and known to the next statement', async () => {
  const me = await session()
  await me.seen('select id from people')
  await target.sql('alter table people add column born date', `update people set born = '1980-01-01'`)
  expect(await me.seen('select * from people limit 1')).toEqual([['1', 'n1', null, '***', null]])
  expect(await me.seen('select * from people limit 1')).toEqual([['1', 'n1', null, '***', '1980-01-01']])
  me.socket.destroy()
})

test('a statement that was read as showing nothing masked raises an alert where it does', async () => {
  const lying = await openDoor(target, { policies: [everything, masks], classifiers: blind([{ bare: [], derived: [] }]) })
  const told = await lying.psql('select ssn from people limit 1')
  expect(told).toMatchObject({ out: '***', err: '' })
  expect(lying.warnings.join()).toMatch(/public\.people\.ssn/)
  const alerts = lying.world.journal.events.flatMap((event) => (event.type === 'statement.ended' ? [event.outcome.alert] : []))
  expect(alerts).toEqual([expect.stringMatching(/public\.people\.ssn$/)])
  expect((await lying.psql('select name from people limit 1')).out).toBe('n1')
  await lying.stop()
})
