import { createPostgresBackend, withBackend } from 'bullmq'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { newId } from '../ids.js'
import { startWorld, type World } from '../testing/world.js'
import { startJobs } from './index.js'
import { jobs } from './jobs.js'

let world: World
beforeAll(async () => {
  world = await startWorld()
})
afterAll(() => world.close())

const lock = (expiresAt: Date | null) =>
  world.db.lock.create({ data: { id: newId('lck'), kind: 'group', name: 'g', message: 'm', createdBy: 'system', expiresAt } })

it('locks that ran out are removed and told, others stay, and a second run tells nothing twice', async () => {
  const [over, later, never] = [await lock(new Date(Date.now() - 1_000)), await lock(new Date(Date.now() + 60_000)), await lock(null)]
  await Promise.all([jobs['expire-locks']!.run(world.context), jobs['expire-locks']!.run(world.context)])
  expect((await world.db.lock.findMany({ select: { id: true } })).map(({ id }) => id).sort()).toEqual([later.id, never.id].sort())
  expect(await world.db.adminEvent.count({ where: { action: 'lock.expire', targetId: over.id } })).toBe(1)
})

it('answers that were kept for a day are forgotten', async () => {
  const row = { request: 'x', createdAt: new Date() }
  await world.db.idempotencyKey.create({ data: { id: 'old', ...row, expiresAt: new Date(Date.now() - 1) } })
  await world.db.idempotencyKey.create({ data: { id: 'new', ...row, expiresAt: new Date(Date.now() + 60_000) } })
  await jobs['forget-idempotency-keys']!.run(world.context)
  expect((await world.db.idempotencyKey.findMany()).map(({ id }) => id)).toEqual(['new'])
})

it('keys are fetched anew when they are old, and not before', async () => {
  const before = world.issuer.fetches()
  await jobs['refresh-keys']!.run(world.context)
  expect(world.issuer.fetches()).toBe(before)
  await world.db.providerKeys.updateMany({ data: { attemptedAt: new Date(Date.now() - 600_000) } })
  await jobs['refresh-keys']!.run(world.context)
  expect(world.issuer.fetches()).toBe(before + 1)
})

it('run on the PostgreSQL queue by their schedule', async () => {
  const over = await lock(new Date(Date.now() - 1_000))
  const running = await startJobs({ ...world.context, databaseUrl: world.databaseUrl })
  const backend = withBackend(createPostgresBackend)
  const queue = new backend.Queue('sallyport', { connection: { connectionString: world.databaseUrl, schema: 'bullmq', max: 1 } })
  expect((await queue.getJobSchedulers()).map(({ key }) => key).sort()).toEqual(Object.keys(jobs).sort())
  await expect.poll(() => world.db.lock.count({ where: { id: over.id } }), { timeout: 10_000 }).toBe(0)
  await queue.close()
  await running.close()
})
