import { fieldsOf, requestCancel } from '@sallyport/testkit'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type Door, openDoor } from '../test/door.js'
import { approve, enter, type Held, holding, startShop, turns, words } from '../test/holding.js'
import { joined, say } from '../test/play/words.js'
import type { TestTarget } from '../test/target.js'

/** Nothing runs for somebody who is not there any more, however they went and whenever the approval comes. */
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

const update = (id: number) => `update orders set n = n + 1 where id = ${id}`
/** Behind what is held, in messages that do nothing. */
const behind = (bytes: number) =>
  Buffer.concat(Array.from({ length: Math.ceil(bytes / 20_000) }, () => say.query(`-- ${'x'.repeat(20_000)}`)))
const withdrawn = () => door.world.approvals.withdrawn
const gone = async (count: number) => {
  while (withdrawn().length < count) await turns()
}

type Leave = (held: Held) => unknown
const ways: readonly (readonly [string, Leave])[] = [
  ['the connection breaks', ({ client }) => client.socket.destroy()],
  ['it is closed', ({ client }) => client.socket.end()],
  ['Terminate comes and the connection stays', ({ client }) => client.send(say.end())],
  ['Terminate comes behind something else', ({ client }) => client.send(joined(say.query('select 1'), say.end()))],
  [
    'it breaks with 200 kB unread',
    async ({ client }) => {
      client.send(behind(200_000))
      await turns()
      client.socket.destroy()
    },
  ],
  [
    'it breaks with more unread than is read ahead',
    async ({ client }) => {
      client.send(behind(600_000))
      await turns()
      client.socket.destroy()
    },
  ],
  ['it cancels', ({ client }) => requestCancel({ port: door.port }, client.key)],
  ['its session is ended', () => door.world.config.terminate(door.world.approvals.requests.at(-1)!.session.id, 'enough')],
]

const shapes: readonly (readonly [string, (id: number) => Uint8Array])[] = [
  ['a query', (id) => say.query(update(id))],
  ['a batch', (id) => joined(say.run(update(id)), say.sync())],
  [
    'a batch of which a part was flushed',
    (id) => joined(say.parse('', update(id)), say.flush(), say.bind('', ''), say.execute(), say.sync()),
  ],
]

let id = 500
for (const [how, leave] of ways) {
  // The watch over what is not read lasts seconds.
  const [some, patience] = how.includes('more unread') ? [shapes.slice(0, 1), 20_000] : [shapes.slice(0, 2), 10_000]
  test.each(some)(`${how}: %s that waits is withdrawn and never runs`, { timeout: patience }, async (_shape, bytes) => {
    const mine = ++id
    const before = withdrawn().length
    const held = await enter(door)
    await held.hold(bytes(mine))
    await leave(held)
    await gone(before + 1)
    approve(door)
    await turns()
    expect([await runs(mine), door.world.approvals.used]).toEqual([0, []])
    held.client.socket.destroy()
  })
}

test('what is flushed holds a transaction open: it is not waited there, the address comes at once', async () => {
  const { client, ready } = await enter(door)
  client.send(shapes[2]![1](490))
  expect(words(await ready())).toBe('1 E:42501 Z:I')
  expect([door.world.approvals.requests.at(-1)!.waiting, await runs(490)]).toEqual([false, 0])
  client.socket.destroy()
})

test('Terminate in the same packet as what is held withdraws it', async () => {
  const before = withdrawn().length
  const { client } = await enter(door)
  client.send(joined(say.query(update(491)), say.end()))
  await gone(before + 1)
  approve(door)
  await client.closed
  expect([await runs(491), door.world.approvals.used]).toEqual([0, []])
})

test('who cancelled, or sent more than is read ahead, is told and goes on', { timeout: 20_000 }, async () => {
  const { client, hold, ready } = await enter(door)
  await hold(say.query(update(492)))
  await requestCancel({ port: door.port }, client.key)
  const told = await ready()
  expect([words(told), fieldsOf(told[0]!)['M']]).toEqual(['E:57014 Z:I', 'canceling statement due to user request'])
  expect(words(await client.query('select 1'))).toBe('T D C Z:I')
  await hold(joined(say.query(update(492)), behind(600_000)))
  expect(words(await ready())).toBe('E:57014 Z:I')
  for (let i = 0; i < 30; i++) await ready()
  expect(words(await client.query('select 1'))).toBe('T D C Z:I')
  expect(await runs(492)).toBe(0)
  client.socket.destroy()
})

test('a lock on whoever asks, and a policy that lets it connect no more, end what waits', async () => {
  const lock = { id: 'lck_1', target: { kind: 'principal', name: 'me' }, message: 'enough' } as const
  const none = { locks: [], policies: [holding] }
  for (const [i, change] of [{ locks: [lock] }, { policies: [] }].entries()) {
    const { client, hold } = await enter(door)
    const before = withdrawn().length
    await hold(say.query(update(493 + i)))
    door.world.config.apply(change)
    await gone(before + 1)
    expect(words(await client.closed)).toBe('E:57P01')
    door.world.config.apply(none)
    approve(door)
    await turns()
    expect([await runs(493 + i), door.world.approvals.used]).toEqual([0, []])
  }
})
