import { afterAll, beforeAll, expect, it } from 'vitest'
import { newId } from '../ids.js'
import { createTestDatabase, type TestDatabase } from '../testing/database.js'
import { watchConfig, type ConfigChanges } from './changes.js'
import { createDatabase, type Database } from './database.js'

let database: TestDatabase
let db: Database

beforeAll(async () => {
  database = await createTestDatabase()
  db = createDatabase(database.url)
})
afterAll(async () => {
  await db.$disconnect()
  await database.drop()
})

const addLock = (): Promise<unknown> =>
  db.lock.create({ data: { id: newId('lck'), kind: 'group', name: 'g', message: 'm', createdBy: 'system' } })

function nextRevision(changes: ConfigChanges): Promise<bigint> {
  return new Promise((resolve) => {
    const stop = changes.onChange((revision) => {
      stop()
      resolve(revision)
    })
  })
}

it('tells a change by notification, long before the poll', async () => {
  const changes = await watchConfig({ url: database.url, pollMs: 3_600_000 })
  const before = changes.revision()
  const seen = nextRevision(changes)
  await addLock()
  expect(await seen).toBeGreaterThan(before)
  await changes.close()
})

it('is found again by the poll after its connection was cut', async () => {
  const errors: Error[] = []
  const changes = await watchConfig({ url: database.url, pollMs: 50, onError: (error) => errors.push(error) })
  await db.$executeRaw`SELECT pg_terminate_backend(pid) FROM pg_stat_activity
    WHERE application_name = 'sallyport-watch' AND datname = current_database()`
  const seen = nextRevision(changes)
  await addLock()
  await seen
  expect(errors.length).toBeGreaterThan(0)
  await changes.close()
})

it('does not count what changes nothing an agent is configured by', async () => {
  const id = newId('tpr')
  await db.trustProvider.create({ data: { id, name: 'p', issuer: 'https://i', subject: 'sub', audiences: ['a'], apiAudiences: ['b'] } })
  await db.providerKeys.create({ data: { providerId: id, jwks: { keys: [] } } })
  const before = await db.configRevision.findUniqueOrThrow({ where: { id: 1 } })
  await db.providerKeys.update({ where: { providerId: id }, data: { attemptedAt: new Date(), jwks: { keys: [] } } })
  expect(await db.configRevision.findUniqueOrThrow({ where: { id: 1 } })).toEqual(before)
  await db.providerKeys.update({ where: { providerId: id }, data: { jwks: { keys: [{ kid: 'new' }] } } })
  expect((await db.configRevision.findUniqueOrThrow({ where: { id: 1 } })).revision).toBe(before.revision + 1n)
})

it('numbers changes in the order of their commits, whatever the order of their statements', async () => {
  const revisionAtCommit = async (delay: number) => {
    await db.$transaction(async (tx) => {
      await tx.lock.create({ data: { id: newId('lck'), kind: 'group', name: 'g', message: 'm', createdBy: 'system' } })
      await new Promise((resolve) => setTimeout(resolve, delay))
    })
    return (await db.configRevision.findUniqueOrThrow({ where: { id: 1 } })).revision
  }
  const [slow, fast] = await Promise.all([revisionAtCommit(300), revisionAtCommit(0)])
  expect(slow).toBeGreaterThan(fast)
})

it('keeps times as they are, whatever the time zone of the server', async () => {
  await db.$executeRawUnsafe(`ALTER DATABASE ${new URL(database.url).pathname.slice(1)} SET TimeZone = 'Asia/Tokyo'`)
  const other = createDatabase(database.url)
  const expiresAt = new Date('2031-01-01T12:00:00.000Z')
  const { id } = await other.lock.create({
    data: { id: newId('lck'), kind: 'group', name: 'g', message: 'm', createdBy: 'system', expiresAt },
  })
  expect((await db.lock.findUniqueOrThrow({ where: { id } })).expiresAt).toEqual(expiresAt)
  const [row] = await other.$queryRaw<
    { utc: string }[]
  >`SELECT to_char(expires_at AT TIME ZONE 'UTC', 'HH24:MI') AS utc FROM lock WHERE id = ${id}`
  expect(row!.utc).toBe('12:00')
  await other.$disconnect()
})
