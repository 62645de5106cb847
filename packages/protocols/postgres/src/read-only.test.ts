import { afterAll, beforeAll, expect, test } from 'vitest'
import { policyOf } from '@sallyport/testkit'
import { type Door, openDoor } from '../test/door.js'
import { startTarget, type TestTarget } from '../test/target.js'

const effects = [
  'read',
  'write',
  'insert',
  'tx',
  'tx_read_write',
  'session_ok',
  'unsafe_setting',
  'prepare',
  'name_resolution',
  'lexing',
  'impersonate',
]
const loose = policyOf({
  kind: 'policy',
  name: 'loose',
  subjects: { groups: ['agents'] },
  resources: { names: ['shop'] },
  rules: [{ id: 'all', match: { effects: { only: effects } }, action: 'allow' }],
})

let server: TestTarget
let door: Door
beforeAll(async () => {
  server = await startTarget()
  await server.sql('create table kept (a int)', 'grant insert on kept to app_scram')
  door = await openDoor(server, { policies: [loose], target: { imposed: { read_only: true } } })
})
afterAll(async () => {
  await door.stop()
  await server.stop()
})

test.each([
  'begin read write',
  'begin; set transaction read write; insert into kept values (1); commit',
  'set session characteristics as transaction read write',
  'set default_transaction_read_only = off',
  'set transaction_read_only = off',
  'reset transaction_read_only',
  `select set_config('transaction_read_only', 'off', false)`,
  `select set_config('default_transaction_read_only', 'off', false)`,
])('a read-only resource stays so whatever its policies allow: %s', async (sql) => {
  expect((await door.psql(sql, { args: ['-c', 'insert into kept values (1)'] })).err).toMatch(/ERROR/)
  const side = await server.side()
  expect(await side.query('select count(*) from kept')).toEqual([['0']])
  side.close()
})

test('other settings are the policies’ matter', async () => {
  expect((await door.psql('set plan_cache_mode = force_custom_plan', { args: ['-c', 'select 1'] })).out).toBe('SET\n1')
})
