import { spawn } from 'node:child_process'
import net from 'node:net'
import tls from 'node:tls'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { policyOf } from '@sallyport/testkit'
import { type Door, openDoor, run } from '../test/door.js'
import { startTarget, type TestTarget } from '../test/target.js'

let server: TestTarget
let door: Door
beforeAll(async () => {
  server = await startTarget()
  await server.sql('grant create on schema public to app_scram')
  door = await openDoor(server)
})
afterAll(async () => {
  await door.stop()
  await server.stop()
})

const readersOnly = policyOf({
  kind: 'policy',
  name: 'readers',
  subjects: { groups: ['agents'] },
  resources: { names: ['shop'] },
  rules: [
    { id: 'read', match: { effects: { only: ['read', 'tx', 'session_ok'] } }, action: 'allow' },
    { id: 'everything-but-writes', match: { effects: { any: ['write'] } }, action: 'deny' },
  ],
})

/** Rows as the superuser sees them, beside the gateway. */
async function beside(sql: string): Promise<readonly (readonly (string | null)[])[]> {
  const side = await server.side()
  try {
    return await side.query(sql)
  } finally {
    side.close()
  }
}

const running = (what: string) =>
  beside(`select count(*) from pg_stat_activity where query like '%${what}%' and pid <> pg_backend_pid() and state = 'active'`)

test('psql gets its answer, and what it is refused leaves the session alive', async () => {
  const { code, out, err } = await door.psql('select 40 + 2', { args: ['-c', 'drop table nothing', '-c', 'select current_user'] })
  expect(out).toBe('42\napp_scram')
  expect(err).toMatch(/ERROR/)
  expect(code).toBe(0)
})

test('DDL that went through is known to its own session at once, and to others soon', async () => {
  const other = await logIn(door)
  other.secure.write(query('select 1'))
  const { out, err } = await door.psql('create table made_here (a int)', {
    args: [
      '-c',
      'insert into made_here values (1), (2)',
      '-c',
      'alter table made_here add column b int',
      '-c',
      'select a, b from made_here where b is null',
    ],
  })
  expect([out.split('\n'), err]).toEqual([['CREATE TABLE', 'INSERT 0 2', 'ALTER TABLE', '1|', '2|'], ''])
  other.secure.write(query('select count(b), 77 from made_here'))
  await expect.poll(() => other.heard().includes('77'), { timeout: 5000 }).toBe(true)
  other.secure.destroy()
})

test('a table that was made beside us is looked for before it is called unknown', async () => {
  const { secure, heard } = await logIn(door)
  secure.write(query('select 1'))
  await expect.poll(() => heard().includes('SELECT 1'), { timeout: 5000 }).toBe(true)
  await server.sql('create table made_beside (a int)', 'grant select on made_beside to app_scram', 'insert into made_beside values (4711)')
  await expect
    .poll(
      () => {
        secure.write(query('select a from made_beside'))
        return heard().includes('4711')
      },
      { timeout: 5000, interval: 500 },
    )
    .toBe(true)
  secure.destroy()
})

test('a refusal inside a transaction fails the transaction, and COMMIT answers ROLLBACK', async () => {
  const readers = await openDoor(server, { policies: [readersOnly] })
  await server.sql('create table if not exists kept (a int)', 'grant all on kept to app_scram')
  const { out, err } = await readers.psql('begin', { args: ['-c', 'insert into kept values (1)', '-c', 'select 1', '-c', 'commit'] })
  expect(err).toMatch(/everything-but-writes/)
  expect(err).toMatch(/current transaction is aborted/)
  expect(out.split('\n')).toEqual(['BEGIN', 'ROLLBACK'])
  expect(await beside('select count(*) from kept')).toEqual([['0']])
  await readers.stop()
})

test('the target sees whose session it is, and the client sees its own name', async () => {
  const { out } = await door.psql(`select current_setting('application_name')`, { env: { PGAPPNAME: 'report' } })
  expect(out).toMatch(/^sallyport\/ses_[0-9a-z]{26}\/me report$/)
  const told = await door.psql(`\\conninfo`, { args: ['-c', `select 1`] })
  expect(told.code).toBe(0)
  const opened = door.world.journal.ofType('session.opened').at(-1)
  expect(opened).toMatchObject({
    identity: { principal: { name: 'me' } },
    facts: { protocol: 'postgres', client: { application: 'psql' } },
  })
})

test('start-up settings of the client reach the target', async () => {
  const env = { PGTZ: 'Asia/Tokyo', PGDATESTYLE: 'German', PGOPTIONS: '-c statement_timeout=1234 -c jit=off' }
  const { out } = await door.psql(
    `select current_setting('TimeZone'), current_setting('DateStyle'), current_setting('statement_timeout')`,
    { env },
  )
  expect(out).toBe('Asia/Tokyo|German, DMY|1234ms')
})

test('what the target document imposes wins over what the client asks for', async () => {
  const imposed = { read_only: true, statement_timeout: '2s', search_path: ['pg_catalog'] }
  const strict = await openDoor(server, { target: { imposed } })
  const shown = `select current_setting('default_transaction_read_only'), current_setting('statement_timeout'), current_setting('search_path')`
  expect((await strict.psql(shown, { env: { PGOPTIONS: '-c statement_timeout=0' } })).out).toBe('on|2s|"pg_catalog"')
  expect((await strict.psql(shown, { env: { PGOPTIONS: '-c statement_timeout=1s' } })).out).toBe('on|1s|"pg_catalog"')
  await strict.stop()
})

test('a transaction that a client leaves open on a lock ends when the resource says so, and the client cannot put it off', async () => {
  await server.sql('create table locked (a int)', 'grant all on locked to app_scram')
  const timeouts = { idle_in_transaction_session_timeout: '300ms', lock_timeout: '1s', idle_session_timeout: '1h' }
  const strict = await openDoor(server, { target: { imposed: timeouts } })
  const names = Object.keys(timeouts).map((name) => `current_setting('${name}')`)
  const env = { PGOPTIONS: '-c idle_in_transaction_session_timeout=0 -c lock_timeout=250ms -c idle_session_timeout=2h' }
  expect((await strict.psql(`select ${names.join(', ')}`, { env })).out).toBe('300ms|250ms|1h')
  for (const more of ['set idle_in_transaction_session_timeout = 0', `set lock_timeout = '1h'`]) {
    expect((await strict.psql(more)).err).toMatch(/ERROR/)
  }
  const holder = await logIn(strict)
  holder.secure.write(query('begin; insert into locked values (1)'))
  await expect.poll(() => holder.heard().includes('25P03'), { timeout: 5000 }).toBe(true)
  await expect.poll(() => beside('select count(*) from locked')).toEqual([['0']])
  holder.secure.destroy()
  await strict.stop()
})

test.each([
  ['statement_timeout', '1234', { statement_timeout: 1234 }],
  ['search_path', '"public"', {}],
])('%s does not arrive, for a pooler swallows it: nobody is let in', async (name, value, imposed) => {
  // Another setting whose name is as long, so that the packet stays whole.
  const swallow = (chunk: Buffer) => chunk.toString('latin1').replace(`\0${name}\0`, `\0my.${'x'.repeat(name.length - 3)}\0`)
  const pooler = net.createServer((client) => {
    const upstream = net.connect(server.port, '127.0.0.1')
    for (const end of [client, upstream]) end.on('error', () => undefined)
    upstream.pipe(client)
    client.on('data', (chunk) => upstream.write(Buffer.from(swallow(chunk), 'latin1')))
    client.on('close', () => upstream.destroy())
  })
  await new Promise<void>((resolve) => pooler.listen(0, '127.0.0.1', resolve))
  const { port } = pooler.address() as net.AddressInfo
  const other = await openDoor(server, { target: { port, sslmode: 'disable', imposed } })
  expect((await other.psql('select 1')).err).toContain(`the target did not take ${name} = ${value}, without which it cannot be served`)
  await other.stop()
  pooler.close()
})

test.each(['"$user", public', 'public', 'PUBLIC'])('search_path = %s at the login is what every session has', async (path) => {
  const { out } = await door.psql(`select current_setting('search_path')`, {
    env: { PGOPTIONS: `-csearch_path=${path.replaceAll(' ', '\\ ')}` },
  })
  expect(out).toBe('"public"')
})

test('another search_path at the login is refused, and what is', async () => {
  const { err } = await door.psql('select 1', { env: { PGOPTIONS: '-csearch_path=pg_catalog' } })
  expect(err).toMatch(/FATAL: {2}search_path cannot be chosen at the login: sessions of this resource have "public"/)
})

test('a setting that this target does not have yet is refused in the target’s words', async () => {
  const { err } = await door.psql('select 1', { env: { PGOPTIONS: '-ctransaction_timeout=5s' } })
  expect(err).toMatch(/unrecognized configuration parameter "transaction_timeout"/)
})

test.each(['app_md5', 'app_clear', 'app_trust', 'app_tls'])('the agent logs in as %s behind the client’s token', async (user) => {
  const other = await openDoor(server, { target: { user, sslmode: 'prefer' } })
  expect(await other.psql('select current_user')).toMatchObject({ code: 0, out: user })
  await other.stop()
})

test('a caller chooses among the databases of a resource, and each is judged by what it holds', async () => {
  await server.sql('create database second')
  const beyond = await server.side('second')
  await beyond.query('create table only_there (a int)')
  await beyond.query('grant select on only_there to app_scram')
  beyond.close()
  const several = await openDoor(server, { target: { databases: ['second'] } })
  const where = 'select current_database()'
  expect((await several.psql(where)).out).toBe('postgres')
  expect((await several.psql(where, { database: 'shop/postgres' })).out).toBe('postgres')
  const there = await several.psql(where, { database: 'shop/second', args: ['-c', 'select count(*) from only_there'] })
  expect([there.out, there.err]).toEqual(['second\n0', ''])
  expect((await several.psql('select count(*) from only_there')).err).toMatch(/only_there/)
  expect(several.world.journal.ofType('session.opened').map(({ facts }) => [facts.database, facts.role])).toEqual([
    ['postgres', 'app_scram'],
    ['postgres', 'app_scram'],
    ['second', 'app_scram'],
    ['postgres', 'app_scram'],
  ])
  for (const database of ['shop/template1', 'shop/']) {
    const { err } = await several.psql(where, { database })
    expect(err).toMatch(/cannot be chosen: resource shop has the databases postgres, second/)
  }
  expect(several.world.journal.ofType('session.refused')).toHaveLength(2)
  await several.stop()
})

test('a database that is not UTF-8 is refused', async () => {
  await server.sql(`create database latin encoding 'LATIN1' locale 'C' template template0`)
  const other = await openDoor(server, { target: { database: 'latin' } })
  expect((await other.psql('select 1')).err).toMatch(/server_encoding = LATIN1, only UTF8 can be served/)
  await other.stop()
})

test('plaintext is served where the listener allows it', async () => {
  const open = await openDoor(server, { plaintextAllowed: true })
  expect(await open.psql('select 1', { sslmode: 'disable' })).toMatchObject({ code: 0, out: '1' })
  expect(await open.psql('select 1', { sslmode: 'prefer' })).toMatchObject({ code: 0, out: '1' })
  await open.stop()
})

test.each(['simple', 'extended', 'prepared'])('pgbench runs with %s queries', async (mode) => {
  const { pathname } = new URL(`file:///tmp/sallyport-bench-${process.pid}.sql`)
  const { writeFile, rm } = await import('node:fs/promises')
  await writeFile(pathname, `\\set n random(1, 100)\nselect :n + 1;\n`)
  const args = ['-n', '-M', mode, '-c', '4', '-t', '50', '-f', pathname, '-h', '127.0.0.1', '-p', String(door.port), '-U', 'me', 'shop']
  const { code, out } = await run('pgbench', args, { PGPASSWORD: 'token-me', PGSSLMODE: 'require' })
  await rm(pathname)
  expect(out).toMatch(/number of transactions actually processed: 200\/200/)
  expect(code).toBe(0)
})

test('Ctrl-C in psql cancels what runs, and the session goes on', async () => {
  const conninfo = `host=127.0.0.1 port=${door.port} user=me dbname=shop sslmode=require`
  const child = spawn('psql', [conninfo, '-XAt', '-c', `select pg_sleep(30), 'cancel-me'`, '-c', 'select 7'], {
    env: { PATH: process.env['PATH'] ?? '', PGPASSWORD: 'token-me' },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let said = ''
  child.stdout.on('data', (chunk: Buffer) => (said += chunk.toString()))
  child.stderr.on('data', (chunk: Buffer) => (said += chunk.toString()))
  await expect.poll(() => running('cancel-me'), { timeout: 10_000 }).toEqual([['1']])
  child.kill('SIGINT')
  await new Promise((resolve) => child.on('close', resolve))
  expect(said).toMatch(/canceling statement due to user request/)
  expect(await running('cancel-me')).toEqual([['0']])
  expect(door.world.journal.ofType('statement.ended').at(-2)?.outcome).toMatchObject({ status: 'cancelled', code: '57014' })
})

/** A client of our own: TLS, login, and the key it was given. */
async function logIn(to: Door): Promise<{ secure: tls.TLSSocket; heard: () => Buffer; pid: number; secret: Buffer }> {
  const { socket, until } = await to.raw()
  socket.write(Buffer.from([0, 0, 0, 8, 4, 210, 22, 47]))
  await until((heard) => heard.length > 0)
  socket.removeAllListeners('data')
  const secure = tls.connect({ socket, rejectUnauthorized: false })
  let heard = Buffer.alloc(0)
  secure.on('data', (chunk: Buffer) => (heard = Buffer.concat([heard, chunk])))
  secure.on('error', () => undefined)
  const body = Buffer.from('user\0me\0database\0shop\0\0')
  const head = Buffer.alloc(8)
  head.writeInt32BE(body.length + 8)
  head.writeInt32BE(3 << 16, 4)
  secure.write(Buffer.concat([head, body]))
  secure.write(Buffer.from('p\0\0\0\x0dtoken-me\0'))
  await expect.poll(() => heard.includes('Z\0\0\0\x05I'), { timeout: 10_000 }).toBe(true)
  const at = heard.indexOf('K\0\0\0\x0c')
  return { secure, heard: () => heard, pid: heard.readInt32BE(at + 5), secret: heard.subarray(at + 9, at + 13) }
}

function query(sql: string): Buffer {
  const body = Buffer.from(`${sql}\0`)
  const head = Buffer.from('Q\0\0\0\0')
  head.writeInt32BE(body.length + 4, 1)
  return Buffer.concat([head, body])
}

async function requestCancel(pid: number, secret: Uint8Array): Promise<void> {
  const { socket, closed } = await door.raw()
  const packet = Buffer.alloc(16)
  packet.writeInt32BE(16)
  packet.writeInt32BE(80877102, 4)
  packet.writeInt32BE(pid, 8)
  packet.set(secret, 12)
  socket.write(packet)
  expect(await closed).toHaveLength(0)
}

test('a cancel key is ours, carries the instance, and works only as a whole and only while its own client’s statement runs', async () => {
  const { secure, heard, pid, secret } = await logIn(door)
  expect(pid >>> 16).toBe(3)
  await requestCancel(pid, secret)
  secure.write(query(`select pg_sleep(20), 'whole-key'`))
  await expect.poll(() => running('whole-key'), { timeout: 10_000 }).toEqual([['1']])
  const wrong = Buffer.from(secret)
  wrong[3]! ^= 1
  await requestCancel(pid, wrong)
  await requestCancel(pid + 1, secret)
  expect(await running('whole-key')).toEqual([['1']])
  await requestCancel(pid, secret)
  await expect.poll(() => heard().includes('57014'), { timeout: 10_000 }).toBe(true)
  secure.write(query('select 11'))
  await expect.poll(() => heard().includes('SELECT 1'), { timeout: 10_000 }).toBe(true)
  secure.destroy()
})

test('a client that hangs up leaves nothing running at the target', async () => {
  const { secure } = await logIn(door)
  secure.write(query(`select pg_sleep(30), 'hung-up'`))
  await expect.poll(() => running('hung-up'), { timeout: 10_000 }).toEqual([['1']])
  secure.destroy()
  await expect.poll(() => running('hung-up'), { timeout: 5_000 }).toEqual([['0']])
  await expect.poll(() => door.world.journal.ofType('session.ended').at(-1)?.reason.code).toBe('client_closed')
})

test('a session that lost its policy is cut with its statement, and told why', async () => {
  const own = await openDoor(server)
  const { secure, heard } = await logIn(own)
  secure.write(query(`select pg_sleep(30), 'revoked'`))
  await expect.poll(() => running('revoked'), { timeout: 10_000 }).toEqual([['1']])
  own.world.config.apply({ policies: [] })
  await expect.poll(() => heard().includes('57P01'), { timeout: 2_000 }).toBe(true)
  await expect.poll(() => running('revoked'), { timeout: 5_000 }).toEqual([['0']])
  await expect.poll(() => own.connections()).toBe(0)
  await own.stop()
})

test('large results pass whole', async () => {
  const { out } = await door.psql(`select sum(length(x)) from (select repeat('x', 1000) as x from generate_series(1, 50000)) s`)
  expect(out).toBe('50000000')
  const rows = await door.psql(`select repeat('y', 1000) from generate_series(1, 20000)`)
  expect(rows.out.length).toBe(20_000 * 1001 - 1)
})
