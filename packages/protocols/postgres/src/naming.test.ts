import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { fieldsOf, logIn, policyOf } from '@sallyport/testkit'
import { type Door, openDoor } from '../test/door.js'
import { say as words } from '../test/play/words.js'
import { has18, startTarget, type TestTarget } from '../test/target.js'

const effects = ['read', 'write', 'insert', 'update', 'delete', 'tx', 'session_ok', 'name_resolution', 'ddl', 'cursor', 'prepare']
const movers = policyOf({
  kind: 'policy',
  name: 'movers',
  subjects: { groups: ['agents'] },
  resources: { names: ['shop'] },
  rules: [
    { id: 'all', match: { effects: { only: effects } }, action: 'allow' },
    { id: 'secret', match: { touches: [{ kind: 'relation', name: 'hidden.*' }] }, action: 'deny' },
  ],
})

// PostgreSQL 18 reports the search path; older ones are asked for it.
describe.each(has18 ? ([15, 18] as const) : ([15] as const))('at PostgreSQL %s', (major) => {
  let server: TestTarget
  let door: Door
  beforeAll(async () => {
    server = await startTarget({}, major)
    await server.sql(
      'create schema hidden',
      'create schema closed',
      'create table public.things (a int)',
      'create table hidden.things (a int)',
      'create table closed.things (a int)',
      `insert into public.things values (1)`,
      `insert into hidden.things values (2)`,
      'grant usage on schema hidden to app_scram',
      'grant select on public.things, hidden.things, closed.things to app_scram',
    )
    door = await openDoor(server, { policies: [movers] })
  })
  afterAll(async () => {
    await door.stop()
    await server.stop()
  })

  const say = (...statements: readonly string[]) => door.say(statements)

  const secret = [expect.stringMatching(/rule secret/)]

  test('names resolve by the search path that a SET left, and back again', async () => {
    expect(await say('set search_path = hidden', 'select a from things')).toEqual({ out: ['SET'], err: secret })
    expect(await say('set search_path = hidden', 'reset search_path', 'select a from things')).toEqual({
      out: ['SET', 'RESET', '1'],
      err: [],
    })
    expect((await say('set search_path = closed, public', 'select a from things')).out).toEqual(['SET', '1'])
  })

  test('pg_dump’s empty path leaves qualified names', async () => {
    const { out, err } = await say(
      `select pg_catalog.set_config('search_path', '', false)`,
      'select a from public.things',
      'select a from things',
    )
    expect(out).toEqual(['1'])
    expect(err).toEqual([expect.stringMatching(/things/)])
  })

  test.each([
    ['a rollback', ['begin', 'set search_path = hidden', 'rollback']],
    ['the end of SET LOCAL', ['begin', 'set local search_path = hidden', 'commit']],
    ['a rollback to a savepoint', ['begin', 'savepoint s', 'set search_path = hidden', 'rollback to s']],
    ['a failure', ['begin', 'set search_path = hidden', 'select 1/0', 'commit']],
  ])('%s undoes a path, also for names', async (_, [first = '', ...before]) => {
    expect((await say(first, ...before, 'select a from things')).out.at(-1)).toBe('1')
  })

  test('inside the transaction the new path counts', async () => {
    expect((await say('begin', 'set local search_path = hidden', 'select a from things', 'rollback')).err).toEqual(secret)
  })

  test('a question of ours takes no snapshot that the client could miss', async () => {
    const { out, err } = await say(
      'begin',
      'set local search_path = public',
      'set local datestyle = german',
      'set transaction isolation level repeatable read',
      'show transaction_isolation',
      'select a from things',
      'commit',
    )
    expect([out, err]).toEqual([['BEGIN', 'SET', 'SET', 'SET', 'repeatable read', '1', 'COMMIT'], []])
  })

  test('a question of ours leaves the unnamed statement and portal alone, and the client hears nothing of it', async () => {
    const client = await logIn({ port: door.port, parameters: { user: 'me', database: 'shop' }, password: 'token-me' })
    const said = async (...frames: readonly Uint8Array[]) => {
      client.send(...frames, words.sync())
      return (await client.until(({ type }) => type === 'Z'))
        .filter(({ type }) => type !== 'S')
        .map(({ type, body }) => (type === 'E' ? fieldsOf({ type, body })['C'] : type))
        .join(' ')
    }
    const doubt = () => said(words.parse('move', 'set search_path = public, hidden'), words.bind('move', 'move'), words.execute('move'))
    await client.query('begin')
    expect(await said(words.parse('', 'select a from things union all select a from things'))).toBe('1 Z')
    expect(await doubt()).toBe('1 2 C Z')
    expect(await said(words.bind('', ''), words.execute('', 1))).toBe('2 D s Z')
    expect(await said(words.close('S', 'move'), words.close('P', 'move'))).toBe('3 3 Z')
    expect(await doubt()).toBe('1 2 C Z')
    expect(await said(words.execute('', 1))).toBe('D s Z')
    client.socket.destroy()
  })

  test('the path goes to the trail with what was judged by it', async () => {
    await say('set search_path = public, closed', 'select a from things')
    const units = door.world.journal.ofType('statement.decided').filter(({ context }) => context['search_path'] !== undefined)
    expect(units.at(-1)?.context).toMatchObject({ search_path: 'public', TimeZone: expect.any(String), role: 'app_scram' })
  })
})
