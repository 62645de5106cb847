import { fieldsOf, type Key, logIn, type LoggedIn, message, requestCancel, rowOf, type Transport } from '@sallyport/testkit'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type Door, openDoor } from '../test/door.js'
import { has18, startTarget, type TestTarget } from '../test/target.js'
import { createClassifiers } from './classifier.js'

/** What a client that cancels, or is no longer there, does to what it asked for; against a real PostgreSQL. */
let server: TestTarget
let door: Door
beforeAll(async () => {
  server = await startTarget()
  await server.sql('grant create on schema public to app_scram', 'create table kept (a int)', 'grant all on kept to app_scram')
  door = await openDoor(server, { plaintextAllowed: true })
})
afterAll(async () => {
  await door.stop()
  await server.stop()
})

const enter = (options: { to?: Door; minor?: number; transport?: Transport } = {}): Promise<LoggedIn> =>
  logIn({
    port: (options.to ?? door).port,
    minor: options.minor ?? 2,
    transport: options.transport ?? 'tls',
    parameters: { user: 'me', database: 'shop' },
    password: 'token-me',
  })

/** Statements of that text that run at the target, as the superuser sees them beside the gateway. */
async function running(what: string): Promise<number> {
  const side = await server.side()
  const rows = await side.query(
    `select count(*) from pg_stat_activity where query like '%${what}%' and pid <> pg_backend_pid() and state = 'active'`,
  )
  side.close()
  return Number(rows[0]![0])
}

const runs = (what: string, count = 1) => expect.poll(() => running(what), { timeout: 10_000 }).toBe(count)
const codes = (messages: Awaited<ReturnType<LoggedIn['query']>>) => messages.filter(({ type }) => type === 'E').map((m) => fieldsOf(m)['C'])
const lastOutcome = () => door.world.journal.ofType('statement.ended').at(-1)?.outcome

test.each([
  [0, 0, 4],
  [1, 1, 4],
  [2, 2, 32],
  [3, 2, 32],
  [9999, 2, 32],
])('a client that asks for 3.%i speaks 3.%i and gets a key of %i bytes', async (asked, minor, length) => {
  const client = await enter({ minor: asked })
  expect([client.minor, client.key.secret.length, client.key.pid >>> 16]).toEqual([minor, length, 3])
  expect(rowOf((await client.query('select 1'))[1]!)).toEqual(['1'])
  client.socket.destroy()
})

test.each(['plain', 'tls', 'direct'] as const)('the long key cancels exactly its own statement, sent %s', async (transport) => {
  const to = await openDoor(server, { plaintextAllowed: true })
  const [mine, other] = [await enter({ to, transport }), await enter({ to })]
  const [ours, theirs] = [mine.query(`select pg_sleep(20), 'mine'`), other.query(`select pg_sleep(20), 'theirs'`)]
  await runs('mine')
  await runs('theirs')
  const { pid, secret } = mine.key
  const flipped = Buffer.from(secret)
  flipped[31]! ^= 1
  const wrong: readonly Key[] = [
    { pid, secret: flipped },
    { pid, secret: secret.subarray(0, 4) },
    { pid, secret: secret.subarray(0, 31) },
    { pid, secret: Buffer.concat([secret, Buffer.of(0)]) },
    { pid: other.key.pid, secret },
  ]
  for (const key of wrong) expect(await requestCancel({ port: to.port, transport }, key)).toEqual([])
  expect([await running('mine'), await running('theirs')]).toEqual([1, 1])
  expect(await requestCancel({ port: to.port, transport }, mine.key)).toEqual([])
  expect(codes(await ours)).toEqual(['57014'])
  expect(await running('theirs')).toBe(1)
  expect(await requestCancel({ port: to.port }, other.key)).toEqual([])
  expect(codes(await theirs)).toEqual(['57014'])
  mine.socket.destroy()
  other.socket.destroy()
  await to.stop()
})

test('a cancel when nothing runs is ignored, and hits nothing later', async () => {
  const client = await enter()
  await client.query('select 1')
  await requestCancel({ port: door.port }, client.key)
  expect(codes(await client.query('select pg_sleep(0.2)'))).toEqual([])
  client.socket.destroy()
})

test('a cancel that comes as a statement ends never hits the next one', async () => {
  const client = await enter()
  for (let round = 0; round < 25; round++) {
    const first = client.query('select pg_sleep(0.01)')
    const cancelled = requestCancel({ port: door.port, transport: 'plain' }, client.key)
    await first
    expect(codes(await client.query('select 1, pg_sleep(0.02)'))).toEqual([])
    await cancelled
  }
  client.socket.destroy()
})

test('a statement that is cancelled while it is still being judged never reaches the target', async () => {
  const real = createClassifiers()
  let goOn = () => {}
  const slow = new Promise<void>((resolve) => (goOn = resolve))
  const own = await openDoor(server, {
    classifiers: {
      open: (options) => {
        const classifier = real.open(options)
        return { classify: (text) => (text.includes('insert') ? slow.then(() => classifier.classify(text)) : classifier.classify(text)) }
      },
    },
  })
  const client = await enter({ to: own })
  const answer = client.query('insert into kept values (1)')
  await expect.poll(() => own.world.journal.ofType('session.opened').length).toBe(1)
  await requestCancel({ port: own.port }, client.key)
  goOn()
  const told = await answer
  expect(codes(told)).toEqual(['57014'])
  expect(told.at(-1)!.body.toString()).toBe('I')
  expect(own.world.journal.ofType('statement.ended').at(-1)?.outcome).toEqual({ status: 'cancelled', code: '57014' })
  expect(rowOf((await client.query('select count(*) from kept'))[1]!)).toEqual(['0'])
  client.socket.destroy()
  await own.stop()
})

test.each([
  ['closes only its own half', (client: LoggedIn) => void client.socket.end()],
  ['resets the connection', (client: LoggedIn) => void client.socket.destroy()],
])('a client that %s while its statement runs has it cancelled, and how it ended is in the trail', async (_how, leave) => {
  const client = await enter()
  client.query(`insert into kept select 1 from pg_sleep(20)`).catch(() => undefined)
  await runs('insert into kept')
  leave(client)
  await runs('insert into kept', 0)
  await expect.poll(lastOutcome).toMatchObject({ status: 'cancelled', code: '57014' })
  await expect.poll(() => door.world.journal.ofType('session.ended').at(-1)?.reason.code).toBe('client_closed')
  await expect.poll(() => door.connections()).toBe(0)
})

test('a client that stopped reading and vanishes does not keep the target from saying how it ended', async () => {
  const client = await enter()
  client.socket.pause()
  client.send(message('Q', `select repeat('unread', 1000) from generate_series(1, 1000000)\0`))
  const side = await server.side()
  const stuck = () => side.query(`select wait_event from pg_stat_activity where query like '%unread%' and pid <> pg_backend_pid()`)
  await expect.poll(stuck, { timeout: 10_000 }).toEqual([['ClientWrite']])
  side.close()
  client.socket.destroy()
  await expect.poll(lastOutcome, { timeout: 5000 }).toMatchObject({ status: 'cancelled', code: '57014' })
  await runs('unread', 0)
})

test('a client that vanishes while it copies in leaves no row behind', async () => {
  const client = await enter()
  client.send(message('Q', 'copy kept from stdin\0'))
  await client.until(({ type }) => type === 'G')
  client.send(message('d', '1\n2\n'))
  client.socket.end()
  await expect.poll(lastOutcome).toMatchObject({ status: 'cancelled', code: '57014' })
  await runs('copy kept', 0)
  const side = await server.side()
  expect(await side.query('select count(*) from kept')).toEqual([['0']])
  side.close()
})

test('a client that says goodbye while its statement runs lets it finish, as at a server', async () => {
  const client = await enter()
  client.query('insert into kept select 7 from pg_sleep(0.5)').catch(() => undefined)
  await runs('select 7')
  client.send(message('X'))
  client.socket.end()
  await expect.poll(lastOutcome).toMatchObject({ status: 'ok', rows: 1 })
  const side = await server.side()
  expect(await side.query('delete from kept where a = 7 returning a')).toEqual([['7']])
  side.close()
})

test('a statement that does not hear its cancel is left alone after a moment, as outcome unknown', async () => {
  const client = await enter()
  client.query(`select pg_sleep(20), 'deaf'`).catch(() => undefined)
  await runs('deaf')
  const side = await server.side()
  const [[pid]] = (await side.query(
    `select pid from pg_stat_activity where query like '%deaf%' and state = 'active' and pid <> pg_backend_pid()`,
  )) as [[string]]
  process.kill(Number(pid), 'SIGSTOP')
  client.socket.destroy()
  await expect.poll(lastOutcome, { timeout: 5000 }).toMatchObject({ status: 'unknown' })
  process.kill(Number(pid), 'SIGCONT')
  await runs('deaf', 0)
  side.close()
})

test('what the target says when it ends a session reaches the client as it came', async () => {
  const client = await enter()
  const answer = client.query(`select pg_sleep(20), 'ended'`).catch(() => undefined)
  const told = client.closed
  await runs('ended')
  const side = await server.side()
  await side.query(
    `select pg_terminate_backend(pid) from pg_stat_activity where query like '%ended%' and state = 'active' and pid <> pg_backend_pid()`,
  )
  const error = (await told).find(({ type }) => type === 'E')!
  expect(fieldsOf(error)).toMatchObject({ S: 'FATAL', C: '57P01', M: 'terminating connection due to administrator command' })
  await answer
  side.close()
})

test.runIf(has18)('with PostgreSQL 18 a long key cancels too, and a transaction ends when the resource says so', async () => {
  const newer = await startTarget({}, 18)
  const own = await openDoor(newer, { target: { imposed: { transaction_timeout: '1s' } } })
  const client = await enter({ to: own })
  const side = await newer.side()
  const answer = client.query('select pg_sleep(20)')
  await expect.poll(() => side.query(`select count(*) from pg_stat_activity where wait_event = 'PgSleep'`)).toEqual([['1']])
  await requestCancel({ port: own.port }, client.key)
  expect(codes(await answer)).toEqual(['57014'])
  client.send(message('Q', 'begin\0'))
  await client.until(({ type }) => type === 'Z')
  expect(codes(await client.closed)).toEqual(['25P04'])
  side.close()
  await own.stop()
  await newer.stop()
})
