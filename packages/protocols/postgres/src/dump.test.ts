import { expect, test } from 'vitest'
import { policyOf } from '@sallyport/testkit'
import { openDoor, run } from '../test/door.js'
import { password, startTarget } from '../test/target.js'

const effects = ['read', 'write', 'lock', 'tx', 'session_ok', 'name_resolution', 'unsafe_setting', 'prepare', 'bulk_export']
const dumpers = policyOf({
  kind: 'policy',
  name: 'dumpers',
  subjects: { groups: ['agents'] },
  resources: { names: ['shop'] },
  rules: [{ id: 'all', match: { effects: { only: [...effects, 'introspect_values', 'introspect_settings'] } }, action: 'allow' }],
})

test('pg_dump gives the same bytes as without a gateway', async () => {
  const server = await startTarget()
  await server.sql(
    'create table things (a int primary key, b text)',
    `insert into things select i, 'x' || i from generate_series(1, 100) i`,
    'grant all on things to app_scram',
  )
  const door = await openDoor(server, { policies: [dumpers] })
  const args = ['-t', 'public.things', '--no-owner', '--restrict-key=same']
  const through = await run('pg_dump', [`host=127.0.0.1 port=${door.port} user=me dbname=shop sslmode=require`, ...args], {
    PGPASSWORD: 'token-me',
  })
  const direct = await run('pg_dump', [`host=127.0.0.1 port=${server.port} user=app_scram dbname=postgres sslmode=disable`, ...args], {
    PGPASSWORD: password,
  })
  expect(through).toEqual(direct)
  expect(through.out).toMatch(/^100\tx100$/m)
  await door.stop()
  await server.stop()
})
