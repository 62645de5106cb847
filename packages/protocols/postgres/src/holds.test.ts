import { fieldsOf } from '@sallyport/testkit'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type Door, openDoor } from '../test/door.js'
import { approve, enter, holding, holdingPolicy, startShop, turns, words } from '../test/holding.js'
import { joined, say } from '../test/play/words.js'
import type { TestTarget } from '../test/target.js'

let server: TestTarget
let door: Door
beforeAll(async () => {
  server = await startShop()
  door = await openDoor(server, { policies: [holding] })
})
afterAll(async () => {
  await door.stop()
  await server.stop()
})

async function runs(id: number): Promise<number> {
  const side = await server.side()
  const [row] = await side.query(`select n from orders where id = ${id}`)
  side.close()
  return Number(row![0])
}

const update = (id: number | string) => `update orders set n = n + 1 where id = ${id}`
const requests = () => door.world.approvals.requests
const asked = async (count: number) => {
  while (requests().length < count) await turns()
}

test('psql waits, is told for whom and where, and runs once when it is approved; a second run asks again', async () => {
  const before = requests().length
  const first = door.psql(update(7))
  await asked(before + 1)
  await turns()
  expect(await runs(7)).toBe(0)
  expect(requests().at(-1)).toMatchObject({
    texts: [{ text: update(7) }],
    waiting: true,
    context: { role: 'app_scram', DateStyle: 'ISO, MDY' },
  })
  approve(door)
  const { out, err } = await first
  expect([out, await runs(7)]).toEqual(['UPDATE 1', 1])
  expect(err).toMatch(/NOTICE: {2}held by policy agents, rule change: waiting for approval apr_\d+ by .*dba/)
  expect(err).toMatch(/DETAIL: {2}approval apr_\d+: https:\/\/sallyport\.test\/approvals\/apr_\d+/)
  const again = door.psql(update(7))
  await asked(before + 2)
  expect(requests().at(-1)!.digest).toBe(requests().at(-2)!.digest)
  expect(await runs(7)).toBe(1)
  approve(door)
  await again
  expect(await runs(7)).toBe(2)
})

test('preparing passes and runs nothing; each parameter is asked about, and shown as people read it', async () => {
  const { client, hold, ready } = await enter(door)
  client.send(joined(say.parse('up', update('$1'), [23]), say.describe('S', 'up'), say.sync()))
  expect(words(await ready())).toBe('1 t n Z:I')
  const bound = Buffer.concat([Buffer.from([0]), Buffer.from('up\0'), Buffer.from([0, 1, 0, 1, 0, 1, 0, 0, 0, 4, 0, 0, 0, 8, 0, 0])])
  const bind = Buffer.concat([Buffer.from('B'), Buffer.from([0, 0, 0, bound.length + 4]), bound])
  await hold(joined(bind, say.execute(), say.sync()))
  expect(requests().at(-1)!.params).toEqual([{ type: 'int4', format: 'text', value: '8' }])
  approve(door)
  expect(words(await ready())).toBe('2 C Z:I')
  const before = requests().length
  await hold(joined(say.bind('', 'up', ['9']), say.execute(), say.sync()))
  expect([requests().length, await runs(8), await runs(9)]).toEqual([before + 1, 1, 0])
  approve(door)
  expect(words(await ready())).toBe('2 C Z:I')
  expect(await runs(9)).toBe(1)
  client.socket.destroy()
})

test('SQL PREPARE of what is held passes, EXECUTE of it is held; what is denied may not even be prepared', async () => {
  const { client, hold, ready } = await enter(door)
  expect(words(await client.query(`prepare up(int) as ${update('$1')}`))).toBe('C Z:I')
  expect(words(await client.query('prepare gone(int) as delete from orders where id = $1'))).toBe('E:42501 Z:I')
  client.send(joined(say.parse('', 'delete from orders'), say.sync()))
  expect(words(await ready())).toBe('E:42501 Z:I')
  await hold(say.query('execute up(10)'))
  expect(await runs(10)).toBe(0)
  approve(door)
  expect(words(await ready())).toBe('C Z:I')
  expect(await runs(10)).toBe(1)
  client.socket.destroy()
})

test('a held part in the middle of a pipeline stops what comes behind it, and nothing before it', async () => {
  const { client, ready } = await enter(door)
  const one = (sql: string) => joined(say.run(sql), say.sync())
  client.send(joined(one(`insert into log values ('a')`), one(update(11)), one('select n from orders where id = 11')))
  expect(words((await ready()).filter(({ type }) => type !== 'N'))).toBe('1 2 n C Z:I')
  await turns()
  expect(await runs(11)).toBe(0)
  approve(door)
  expect(words(await ready())).toBe('1 2 n C Z:I')
  expect((await ready()).find(({ type }) => type === 'D')!.body.toString()).toContain('1')
  client.socket.destroy()
})

test('in a transaction that did something the address comes at once, and the rerun passes once', async () => {
  const { client } = await enter(door)
  const attempt = async () => {
    await client.query('begin')
    await client.query(`insert into log values ('b')`)
    const told = await client.query(update(12))
    await client.query('commit')
    return told
  }
  const first = await attempt()
  expect(words(first)).toBe('E:42501 Z:E')
  const { D, H, M } = fieldsOf(first[0]!)
  expect([D, H]).toEqual([
    expect.stringMatching(/^approval apr_\d+: https:/),
    expect.stringMatching(/run the same .*; approval apr_\d+: https:/),
  ])
  expect(M).toMatch(/rule change/)
  expect(requests().at(-1)!.waiting).toBe(false)
  approve(door)
  expect(words(await attempt())).toBe('C Z:T')
  expect(await runs(12)).toBe(1)
  expect(words(await attempt())).toBe('E:42501 Z:E')
  expect(await runs(12)).toBe(1)
  client.socket.destroy()
})

test('a transaction in which only BEGIN and SET ran waits as if there were none', async () => {
  const { client, hold, ready } = await enter(door)
  await client.query('begin')
  await client.query(`set local statement_timeout = '1min'`)
  await hold(say.query(update(13)))
  expect(requests().at(-1)!.waiting).toBe(true)
  approve(door)
  expect(words(await ready())).toBe('C Z:T')
  expect(words(await client.query('commit'))).toBe('C Z:I')
  // As drivers do it: BEGIN travels with the first statement.
  await hold(joined(say.run('begin'), say.run(update(13)), say.sync()))
  approve(door)
  expect(words(await ready())).toBe('1 2 n C 1 2 n C Z:T')
  // BEGIN is on its way, and so is something behind it.
  client.send(say.query('commit'))
  await ready()
  client.send(joined(say.query('begin'), say.query(`insert into log values ('c')`), say.query(update(13))))
  expect([words(await ready()), words(await ready()), words(await ready())]).toEqual(['C Z:T', 'C Z:T', 'E:42501 Z:E'])
  expect(await runs(13)).toBe(2)
  client.socket.destroy()
})

test('an approval is for the isolation that it was asked under', async () => {
  const { client, hold, ready } = await enter(door)
  await client.query('begin isolation level serializable')
  await hold(say.query(update(17)))
  expect(requests().at(-1)!.context['isolation']).toBe('begin isolation level serializable')
  await turns()
  approve(door)
  expect(words(await ready())).toBe('C Z:T')
  await client.query('rollback')
  await hold(say.query(update(17)))
  expect(requests().at(-1)!.digest).not.toBe(requests().at(-2)!.digest)
  client.socket.destroy()
})

test('statement_timeout of the session turns waiting into asking again, and the rerun passes in another connection', async () => {
  const { client, hold, ready } = await enter(door)
  await client.query(`set statement_timeout = '2s'`)
  await hold(say.query(update(14)))
  door.world.clock.advance(2000)
  const told = await ready()
  expect([words(told), fieldsOf(told[0]!)['M']]).toEqual(['E:42501 Z:I', expect.stringMatching(/it was put before them/)])
  expect(door.world.approvals.withdrawn).not.toContain(/apr_\d+/.exec(fieldsOf(told[0]!)['D']!)![0])
  approve(door)
  expect((await door.psql(update(14))).out).toBe('UPDATE 1')
  expect(await runs(14)).toBe(1)
  client.socket.destroy()
})

test('what a name stands for changes while it waits: the approval is not for that, and nothing runs', async () => {
  const { client, hold, ready } = await enter(door)
  await door.psql('create table mine (id int, n int)', { args: ['-c', 'insert into mine values (1, 0)'] })
  await client.query('select 1')
  await hold(say.query('update mine set n = n + 1'))
  const { err } = await door.psql('alter table mine add column extra text')
  expect(err).toBe('')
  approve(door)
  const told = await ready()
  expect([words(told), fieldsOf(told[0]!)['M']]).toEqual(['E:42501 Z:I', expect.stringMatching(/has changed since/)])
  expect((await door.psql('select n from mine')).out).toBe('0')
  client.socket.destroy()
})

test('COPY FROM STDIN that is held is refused, for nobody sees its data, and nobody is asked', async () => {
  const { client, ready } = await enter(door)
  const before = requests().length
  const told = await client.query('copy log from stdin')
  expect([words(told), fieldsOf(told[0]!)['M']]).toEqual([
    'E:42501 Z:I',
    expect.stringMatching(/the data of COPY FROM STDIN comes only after/),
  ])
  client.send(joined(say.run('copy log from stdin'), say.sync()))
  expect(words(await ready())).toBe('E:42501 Z:I')
  expect(requests().length).toBe(before)
  client.socket.destroy()
})

test('a bound on rows that cannot be kept is refused', async () => {
  const bounded = await openDoor(server, { policies: [holdingPolicy({ max_rows: 5 })] })
  expect((await bounded.psql(update(15))).err).toMatch(/at most 5 rows: not in this build/)
  expect(bounded.world.approvals.requests).toEqual([])
  await bounded.stop()
})

test('with notices off the client waits without a word', async () => {
  const quiet = await openDoor(server, { policies: [holding], target: { notices: 'off' } })
  const waiting = quiet.psql(update(16))
  while (quiet.world.approvals.requests.length === 0) await turns()
  approve(quiet)
  expect(await waiting).toEqual({ code: 0, out: 'UPDATE 1', err: '' })
  await quiet.stop()
})

test('200 statements are held at once while others run, and each runs once when it is approved', async () => {
  const before = requests().length
  const clients = await Promise.all(Array.from({ length: 200 }, () => enter(door)))
  await Promise.all(clients.map(({ hold }, i) => hold(say.query(update(100 + i)))))
  expect(requests().length).toBe(before + 200)
  const { client } = await enter(door)
  for (let i = 0; i < 50; i++) expect(words(await client.query('select 1'))).toBe('T D C Z:I')
  const grants = requests()
    .slice(-200)
    .map((request, i) => door.world.approvals.grantOf(request, { id: `gra_many_${i}` }))
  door.world.config.apply({ grants })
  const told = await Promise.all(clients.map(({ ready }) => ready()))
  expect(new Set(told.map(words))).toEqual(new Set(['C Z:I']))
  const side = await server.side()
  expect(await side.query('select min(n), max(n), count(*) from orders where id between 100 and 299')).toEqual([['1', '1', '200']])
  side.close()
  for (const { client: one } of clients) one.socket.destroy()
  client.socket.destroy()
})
