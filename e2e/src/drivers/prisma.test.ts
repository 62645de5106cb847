import { join } from 'node:path'
import { PrismaPg } from '@prisma/adapter-pg'
import { beforeAll, describe } from 'vitest'
import { root, run } from '../world.js'
import type { Address } from './ground.js'
import { compareDriver, type Driver, refusalOf } from './matrix.js'

/** What is used of the client that Prisma makes of `prisma/schema.prisma`. */
interface Client {
  readonly item: {
    findMany(asked: object): Promise<readonly object[]>
    create(asked: object): Promise<object>
    createMany(asked: object): Promise<{ count: number }>
    update(asked: object): Promise<object>
    deleteMany(asked: object): Promise<{ count: number }>
    groupBy(asked: object): Promise<readonly object[]>
  }
  $queryRawUnsafe(text: string, ...params: unknown[]): Promise<readonly object[]>
  $executeRawUnsafe(text: string): Promise<number>
  $transaction<T>(work: (tx: Client) => Promise<T>, options?: object): Promise<T>
  $transaction(work: readonly Promise<unknown>[]): Promise<unknown>
  $disconnect(): Promise<void>
}

let makeClient: new (options: { adapter: PrismaPg }) => Client

// Its command line starts no engine for this, and reaches no network.
beforeAll(async () => {
  const schema = join(import.meta.dirname, 'prisma', 'schema.prisma')
  const args = ['generate', '--config', join(root, 'prisma.config.ts'), '--schema', schema]
  const { code, stderr } = await run(join(root, 'node_modules', '.bin', 'prisma'), args)
  if (code !== 0) throw new Error(`prisma generate ended with ${code}: ${stderr}`)
  const made = (await import(join(root, 'e2e', '.build', 'prisma', 'client.ts'))) as { PrismaClient: typeof makeClient }
  makeClient = made.PrismaClient
})

const using =
  (work: (prisma: Client) => Promise<unknown>) =>
  async ({ host, port, database, user, password, tls }: Address): Promise<unknown> => {
    const ssl = tls ? { rejectUnauthorized: false } : false
    const adapter = new PrismaPg(
      { host, port, database, user, password, ssl, max: 3 },
      { onPoolError: () => {}, onConnectionError: () => {} },
    )
    const prisma = new makeClient({ adapter })
    try {
      return await work(prisma)
    } finally {
      await prisma.$disconnect()
    }
  }

const stateOf = (error: unknown) => {
  const { code, meta } = error as { code?: string; meta?: { driverAdapterError?: { cause?: { originalCode?: string } } } }
  return meta?.driverAdapterError?.cause?.originalCode ?? code
}

const refused = (work: () => Promise<unknown>) => refusalOf({ stateOf }, work)

const ids = (prisma: Pick<Client, 'item'>) => prisma.item.findMany({ select: { id: true }, orderBy: { id: 'asc' } })

const insert = (prisma: Pick<Client, 'item'>, id: number) => prisma.item.create({ data: { id, name: `item ${id}` } })

const driver: Driver = {
  stateOf,
  cannotShow: ['intervals', 'arrays', 'ranges'],
  query: (at, statement) => using((prisma) => prisma.$queryRawUnsafe(statement))(at),
  habits: {
    parameters: using(async (prisma) => [
      await prisma.item.findMany({
        where: { OR: [{ name: { in: ['leg', "O'Neil\\ é"] } }, { price: { gt: 40 } }, { mood: { equals: 'sad' } }] },
        include: { above: true, parts: true },
        orderBy: { id: 'asc' },
      }),
      await prisma.item.groupBy({ by: ['mood'], _count: true, _sum: { price: true }, orderBy: { mood: 'asc' } }),
      await prisma.$queryRawUnsafe('select $1::int, $2::text, $3::timestamptz', 41, "O'Neil\\ é", new Date(1_700_000_000_123)),
    ]),
    'prepared statements': null,
    'large result in parts': using(async (prisma) => {
      const rows = await prisma.$queryRawUnsafe("select g, repeat('y', 500) as pad from generate_series(1, 20000) g")
      return [rows.length, rows.at(-1)]
    }),
    'commit and rollback': using(async (prisma) => {
      const undone = prisma.$transaction(async (tx) => {
        await tx.item.createMany({ data: [10, 11, 12].map((id) => ({ id, name: `many ${id}` })) })
        await tx.item.update({ where: { id: 10 }, data: { price: '1.25', above: { connect: { id: 1 } } } })
        throw new Error(JSON.stringify(await ids(tx)))
      })
      const seen: unknown[] = [await undone.catch((error: Error) => error.message), await ids(prisma)]
      await prisma.$transaction((tx) => insert(tx, 10), { isolationLevel: 'RepeatableRead' })
      return [...seen, await ids(prisma), await prisma.item.deleteMany({ where: { id: { gte: 10 } } })]
    }),
    savepoint: null,
    'failed transaction': using(async (prisma) => {
      const failed = prisma.$transaction(async (tx) => {
        await refused(() => tx.$queryRawUnsafe('select 1/0'))
        await tx.$queryRawUnsafe('select 1')
      })
      return [await failed.catch(stateOf), await refused(() => insert(prisma, 1)), await ids(prisma)]
    }),
    pipeline: using((prisma) => prisma.$transaction([ids(prisma), prisma.item.findMany({ where: { id: 1 } })])),
    cancellation: null,
    'copy out': null,
    'copy in': null,
    notifications: null,
    notice: null,
    'pool reset': null,
    // As its pool has it: node-postgres.
    'lost connection': null,
    migration: using(async (prisma) => {
      const undone = prisma.$transaction(async (tx) => {
        await tx.$executeRawUnsafe('create table moved (id int primary key, name text not null)')
        await tx.$executeRawUnsafe("insert into moved values (1, 'one')")
        await tx.$executeRawUnsafe('alter table moved add column extra int default 7')
        throw new Error(JSON.stringify(await tx.$queryRawUnsafe('select * from moved')))
      })
      return [
        await undone.catch((error: Error) => error.message),
        await prisma.$queryRawUnsafe("select to_regclass('moved')::text as there"),
      ]
    }),
  },
}

describe('Prisma', () => {
  compareDriver(driver)
})
