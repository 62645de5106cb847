import { afterAll, beforeAll, expect, it } from 'vitest'
import { ensureHashKey, openHashKey } from '../../secrets/index.js'
import { startWorld, type World } from '../../testing/world.js'

let world: World
let operator: string
beforeAll(async () => {
  world = await startWorld()
  operator = await world.as('operator')
})
afterAll(() => world.close())

const list = (query = '') => world.ask('GET', `/v1/masking/keys${query}`, { token: operator })
const rotate = (headers = {}) => world.ask('POST', '/v1/masking/keys', { token: operator, headers })
const epochs = ({ body }: Awaited<ReturnType<typeof list>>) => body.items.map(({ epoch, newest }) => [epoch, newest])

it('there is none until one is needed, and then one, however many replicas need it', async () => {
  expect((await list()).body.items).toEqual([])
  await Promise.all(Array.from({ length: 4 }, () => ensureHashKey(world.db, world.context.secrets)))
  const answer = await list()
  expect(epochs(answer)).toEqual([[1, true]])
  expect(answer.body.items[0]).toMatchObject({ created_by: 'system', id: expect.stringMatching(/^hky_/) })
})

it('a rotation begins the next epoch, keeps the old ones, and tells agents and the trail', async () => {
  const before = await world.db.configRevision.findUniqueOrThrow({ where: { id: 1 } })
  const made = await rotate()
  expect([made.status, made.body['epoch'], made.body['newest']]).toEqual([201, 2, true])
  const both = await Promise.all([rotate(), rotate()])
  expect(both.map(({ status }) => status)).toEqual([201, 201])
  expect(epochs(await list())).toEqual([
    [4, true],
    [3, false],
    [2, false],
    [1, false],
  ])
  const after = await world.db.configRevision.findUniqueOrThrow({ where: { id: 1 } })
  expect(after.revision).toBe(before.revision + 3n)
  const acts = await world.db.adminEvent.findMany({ where: { action: 'masking_key.create' }, orderBy: { id: 'asc' } })
  expect(acts.map(({ actor, detail }) => [actor.split('/')[0], detail])).toEqual([
    ['system', { epoch: 1 }],
    ['test', { epoch: 2 }],
    ['test', { epoch: 3 }],
    ['test', { epoch: 4 }],
  ])
})

it('the same rotation sent twice is one', async () => {
  const key = { 'idempotency-key': 'one-rotation' }
  const [first, again] = [await rotate(key), await rotate(key)]
  expect([first.status, again.status, again.body.id]).toEqual([201, 201, first.body.id])
})

it('is listed in pages, the newest first', async () => {
  const page = await list('?limit=1')
  expect(epochs(page)).toEqual([[5, true]])
  const next = await list(`?limit=1&cursor=${page.body.next_cursor}`)
  expect(epochs(next)).toEqual([[4, false]])
})

it('no key is ever shown, logged or recorded, nor lies open in the database, nor can be changed there', async () => {
  const rows = await world.db.hashKey.findMany()
  const opened = await Promise.all(rows.map((row) => openHashKey(world.db, world.context.secrets, row)))
  expect(new Set(opened.map((key) => key.toString('hex'))).size).toBe(5)
  const events = JSON.stringify(await world.db.adminEvent.findMany())
  const told = [(await list()).text, events, ...world.logged].join('\n')
  for (const key of opened) {
    expect(key).toHaveLength(32)
    for (const spelling of ['hex', 'base64', 'base64url'] as const) expect(told).not.toContain(key.toString(spelling))
    expect(rows.some(({ sealed }) => Buffer.from(sealed).includes(key))).toBe(false)
  }
  await expect(world.db.hashKey.deleteMany({})).rejects.toThrow(/violated/)
  await expect(world.db.hashKey.updateMany({ data: { createdBy: 'somebody' } })).rejects.toThrow(/violated/)
  expect(await world.db.hashKey.findMany()).toEqual(rows)
})
