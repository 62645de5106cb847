import { afterAll, beforeAll, expect, test } from 'vitest'
import { fieldsOf, logIn, policyOf, rowOf } from '@sallyport/testkit'
import { type Door, openDoor } from '../test/door.js'
import { say as words } from '../test/play/words.js'
import { startTarget, type TestTarget } from '../test/target.js'

const pooled = policyOf({
  kind: 'policy',
  name: 'pooled',
  subjects: { groups: ['agents'] },
  resources: { names: ['shop'] },
  rules: [
    {
      id: 'all',
      match: { effects: { only: ['read', 'tx', 'session_ok', 'name_resolution', 'prepare', 'ddl', 'cursor', 'introspect_settings'] } },
      action: 'allow',
    },
  ],
})

let server: TestTarget
let door: Door
beforeAll(async () => {
  server = await startTarget()
  await server.sql(
    'create schema other',
    'create table things (a int)',
    'grant select on things to app_scram',
    'insert into things values (1)',
  )
  const imposed = { statement_timeout: '7s', read_only: true, search_path: ['public'] }
  door = await openDoor(server, { policies: [pooled], target: { imposed } })
})
afterAll(async () => {
  await door.stop()
  await server.stop()
})

const say = (...statements: readonly string[]) => door.say(statements, { PGTZ: 'Asia/Tokyo', PGAPPNAME: 'pooler' })

const kept = `select concat_ws('|', ${['statement_timeout', 'default_transaction_read_only', 'search_path', 'TimeZone', 'standard_conforming_strings', 'client_encoding', 'application_name'].map((name) => `current_setting('${name}')`).join(', ')})`
const expected = expect.stringMatching(/^7s\|on\|"?public"?\|Asia\/Tokyo\|on\|UTF8\|sallyport\/ses_.* pooler$/)

test.each(['discard all', 'reset all'])('%s goes back to what the session began with, imposed settings and label too', async (reset) => {
  const { out, err } = await say(
    `set timezone = 'UTC'`,
    'set statement_timeout = 1000',
    'set search_path = other',
    `set application_name = 'mine'`,
    reset,
    kept,
    'select a from things',
  )
  expect(err).toEqual([])
  expect(out.slice(-3)).toEqual([reset.toUpperCase().replace('RESET ALL', 'RESET'), expected, '1'])
})

test('DISCARD ALL forgets what was prepared, and cannot be part of a transaction', async () => {
  const { out, err } = await say(
    'prepare p as select 1',
    'discard all',
    'execute p',
    'begin',
    'discard all',
    'rollback',
    'select a from things',
  )
  expect(out).toEqual(['PREPARE', 'DISCARD ALL', 'BEGIN', 'ROLLBACK', '1'])
  expect(err).toEqual([expect.stringMatching(/"p" does not exist/), expect.stringMatching(/cannot run inside a transaction block/)])
})

test('DISCARD ALL does the same by Parse, Bind and Execute', async () => {
  const client = await logIn({ port: door.port, parameters: { user: 'me', database: 'shop' }, password: 'token-me' })
  await client.query('set search_path = other')
  client.send(words.parse('kept', 'select 1'), words.parse('', 'discard all'), words.bind('', ''), words.execute(), words.sync())
  const told = await client.until(({ type }) => type === 'Z')
  expect(told.filter(({ type }) => type === 'C').map(({ body }) => body.toString())).toEqual(['DISCARD ALL\0'])
  expect((await client.query('select a from things')).filter(({ type }) => type === 'D').map(rowOf)).toEqual([['1']])
  client.send(words.bind('', 'kept'), words.sync())
  const [error] = await client.until(({ type }) => type === 'Z')
  expect(fieldsOf(error!)).toMatchObject({ C: '26000' })
  client.socket.destroy()
})

test('what follows a reset in the same text is not judged by the path before it', async () => {
  expect((await say('set search_path = other', 'reset all; select a from things')).err).toHaveLength(1)
  expect((await say('set search_path = other', 'reset search_path', 'select a from things')).out).toEqual(['SET', 'RESET', '1'])
})

test('going back to oneself changes nobody', async () => {
  const { out, err } = await say('set session authorization default', 'reset session authorization', 'reset role', 'select current_user')
  expect([out, err]).toEqual([['SET', 'RESET', 'app_scram'], [expect.stringMatching(/nobody changes who acts/)]])
})

test('what a client calls itself goes behind our label, and it is told its own name', async () => {
  const shown = `select current_setting('application_name')`
  const { out, err } = await say(
    `set application_name = 'it''s mine'`,
    shown,
    'begin',
    `set application_name = 'two'`,
    shown,
    'rollback',
    shown,
  )
  const label = (name: string) => expect.stringMatching(new RegExp(`^sallyport/ses_[0-9a-z]{26}/me ${name}$`))
  expect([out, err]).toEqual([['SET', label(`it's mine`), 'BEGIN', 'SET', label('two'), 'ROLLBACK', label(`it's mine`)], []])
})
