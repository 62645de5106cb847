import { logIn, policyOf } from '@sallyport/testkit'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type Door, openDoor } from '../test/door.js'
import { say as words } from '../test/play/words.js'
import { startTarget, type TestTarget } from '../test/target.js'

const effects = ['read', 'write', 'insert', 'update', 'delete', 'tx', 'session_ok', 'prepare', 'indirect', 'cursor', 'lock_rows', 'ddl']
const agents = (name: string, parts: object) =>
  policyOf({ kind: 'policy', name, subjects: { groups: ['agents'] }, resources: { names: ['shop'] }, ...parts })
const everything = { id: 'all', match: { effects: { only: effects } }, action: 'allow' }
const small = agents('small', {
  rules: [
    everything,
    {
      id: 'large',
      match: { verbs: ['select', 'update', 'delete', 'prepare', 'execute', 'declare'] },
      when: 'action.facts.rows_estimate > 500',
      action: 'deny',
    },
    { id: 'closed', match: { touches: [{ kind: 'relation', name: 'public.closed' }] }, action: 'deny' },
  ],
})

let server: TestTarget
let door: Door
beforeAll(async () => {
  server = await startTarget({ log_statement: 'all', logging_collector: 'on', log_directory: 'log', log_filename: 'statements' })
  await server.sql(
    'create table things (id int primary key, name text)',
    `insert into things select i, 'n' || i from generate_series(1, 2000) i`,
    'create table closed (id int)',
    'create domain picky as int check (value > 0)',
    'create table domained (id picky)',
    `create function shout(text) returns text language plpgsql immutable as 'begin raise log ''shouted''; return upper($1); end'`,
    'analyze things',
    'grant select, insert, update, delete on things, closed, domained to app_scram',
  )
  const functions = { 'public.shout(text)': { effects: ['read'], reads: [] } }
  door = await openDoor(server, { policies: [small], target: { functions } })
})
afterAll(async () => {
  await door.stop()
  await server.stop()
})

/** What of the server's log tells of our questions. */
async function asked(): Promise<readonly string[]> {
  const side = await server.side()
  const [row] = await side.query(`select pg_read_file('log/statements')`)
  side.close()
  return (row?.[0] ?? '').split('\n').filter((line) => line.includes('explain (format json)') && !line.includes('pg_read_file'))
}

const say = (...statements: readonly string[]) => door.say(statements)
const large = expect.stringMatching(/rule large/) as string

test('what the target expects to be large is refused, and what it expects to be small runs', async () => {
  expect(await say('select count(*) from things')).toEqual({ out: ['2000'], err: [] })
  expect(await say('select id from things where id = 7')).toEqual({ out: ['7'], err: [] })
  expect((await say('select id from things')).err).toEqual([large])
  expect((await say(`update things set name = 'x' where id > 0`)).err).toEqual([large])
  expect((await say(`update things set name = 'x' where id = 1`)).out).toEqual(['UPDATE 1'])
  expect((await say('with gone as (delete from things where id > 0 returning 1) select 1')).err).toEqual([large])
  expect((await say('select 1; select id from things')).err).toEqual([large])
})

test('inside a transaction it leaves nothing behind, and in one that failed nothing is asked', async () => {
  const { out, err } = await say(
    'begin',
    'show statement_timeout',
    'select id from things where id = 7',
    'show statement_timeout',
    'savepoint mine',
    'select id from things',
    'select id from things where id = 8',
    'rollback to mine',
    'select id from things where id = 9',
    'commit',
  )
  expect(out).toEqual(['BEGIN', '0', '7', '0', 'SAVEPOINT', 'ROLLBACK', '9', 'COMMIT'])
  expect(err).toEqual([large, expect.stringMatching(/rule large/)])
})

test('what is prepared is judged when it runs, by SQL or by the protocol, with its parameters', async () => {
  const prepared = await say('prepare few(int) as select id from things where id <= $1', 'execute few(3)', 'execute few(1900)')
  expect([prepared.out, prepared.err]).toEqual([['PREPARE', '1', '2', '3'], [large]])
})

test('a batch of the extended protocol is judged with what is bound to it, and preparing alone reads nothing', async () => {
  const client = await logIn({ port: door.port, parameters: { user: 'me', database: 'shop' }, password: 'token-me' })
  const ask = (...messages: readonly Uint8Array[]) => {
    client.send(Buffer.concat([...messages, words.sync()]))
    return client.until(({ type }) => type === 'Z').then((told) => told.map(({ type }) => type).join(''))
  }
  const text = 'select id from things where id <= $1'
  const run = (value: string) => [words.bind('', 'few', [value]), words.execute()]
  expect(await ask(words.parse('few', text))).toBe('1Z')
  expect(await ask(...run('2'))).toBe('2DDCZ')
  expect(await ask(...run('1900'))).toBe('EZ')
  expect(await ask(words.parse('', text, [23]), words.bind('', '', ['1']), words.describe('P'), words.execute())).toBe('12TDCZ')
  // The type of the column is the domain: its check would run on the value.
  expect(await ask(words.parse('', 'select id from domained where id = $1'), words.bind('', '', ['1']), words.execute())).toBe('EZ')
  // One after the other without waiting: the second waits until the first has ended.
  client.send(Buffer.concat([...run('1'), words.sync(), ...run('2'), words.sync(), ...run('1900'), words.sync()]))
  const all: string[] = []
  for (let ends = 0; ends < 3; ends++) all.push(...(await client.until(({ type }) => type === 'Z')).map(({ type }) => type))
  expect(all.join('')).toBe('2DCZ2DDCZEZ')
  client.socket.destroy()
})

test('of what is denied anyway, and of what calls code of users, the target is asked nothing', async () => {
  const before = (await asked()).length
  expect((await say('select id from closed')).err).toEqual([expect.stringMatching(/rule closed/)])
  expect((await say(`select shout('x')`)).err).toEqual([large])
  expect((await say('select id from things where pg_sleep(0) is null')).err).toHaveLength(1)
  expect((await asked()).length).toBe(before)
  await say('select id from things where id = 1')
  expect((await asked()).length).toBeGreaterThan(before)
})

test('what the target does not answer in time, or answers with an error, is not known', async () => {
  const side = await server.side()
  await side.query('begin')
  await side.query('lock table things in access exclusive mode')
  expect((await say('begin', 'select id from things where id = 1', 'rollback')).err).toEqual([large])
  side.close()
  expect((await say('select id from things where id = 1')).out).toEqual(['1'])
})
