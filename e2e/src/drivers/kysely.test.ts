import { type Generated, Kysely, type Migration, Migrator, NO_MIGRATIONS, PostgresDialect, sql } from 'kysely'
import pg from 'pg'
import { describe } from 'vitest'
import type { Address } from './ground.js'
import { compareDriver, type Driver, refusalOf } from './matrix.js'

interface Tables {
  items: { id: number; name: string; price: string | null; parent: number | null; mood: Generated<'sad' | 'ok' | 'happy'> }
}

const using =
  (work: (db: Kysely<Tables>) => Promise<unknown>) =>
  async (at: Address): Promise<unknown> => {
    const pool = new pg.Pool({ ...at, ssl: at.tls ? { rejectUnauthorized: false } : false, max: 2 })
    // Also told by the query that fails.
    pool.on('error', () => {})
    const db = new Kysely<Tables>({ dialect: new PostgresDialect({ pool }) })
    try {
      return await work(db)
    } finally {
      await db.destroy()
    }
  }

const stateOf = (error: unknown) => (error as { code?: string }).code

const refused = (work: () => Promise<unknown>) => refusalOf({ stateOf }, work)

const ids = (db: Kysely<Tables>) => db.selectFrom('items').select('id').orderBy('id').execute()

const insert = (db: Kysely<Tables>, id: number) =>
  db
    .insertInto('items')
    .values({ id, name: `item ${id}` })
    .returning(['id', 'mood'])
    .execute()

const migrations: Readonly<Record<string, Migration>> = {
  '1_make': {
    async up(db) {
      await db.schema
        .createTable('moved')
        .addColumn('id', 'integer', (column) => column.primaryKey())
        .addColumn('name', 'text')
        .execute()
      await db.schema.createIndex('moved_by_name').on('moved').column('name').execute()
      await sql`insert into moved values (1, 'one')`.execute(db)
    },
    async down(db) {
      await db.schema.dropTable('moved').execute()
    },
  },
  '2_change': {
    async up(db) {
      await db.schema
        .alterTable('moved')
        .addColumn('extra', 'integer', (column) => column.defaultTo(7))
        .execute()
    },
    async down(db) {
      await db.schema.alterTable('moved').dropColumn('extra').execute()
    },
  },
}

async function migrate(db: Kysely<Tables>): Promise<unknown> {
  const migrator = new Migrator({ db, provider: { getMigrations: async () => migrations } })
  try {
    const up = await migrator.migrateToLatest()
    const seen = [up.error, up.results, (await sql`select * from moved`.execute(db)).rows, await db.introspection.getTables()]
    const down = await migrator.migrateTo(NO_MIGRATIONS)
    return [...seen, down.error, down.results]
  } finally {
    for (const table of ['kysely_migration', 'kysely_migration_lock']) await db.schema.dropTable(table).ifExists().execute()
  }
}

const driver: Driver = {
  stateOf,
  query: (at, statement) => using(async (db) => (await sql.raw(statement).execute(db)).rows)(at),
  habits: {
    parameters: using((db) =>
      db
        .selectFrom('items')
        .leftJoin('items as above', 'above.id', 'items.parent')
        .select([
          'items.id',
          'above.name',
          sql<Date>`${new Date(1_700_000_000_123)}::timestamptz`.as('at'),
          sql`${[1, null]}::int[]`.as('list'),
        ])
        .where((is) => is.or([is('items.name', 'in', ['leg', "O'Neil\\ é"]), is('items.price', '>', '40')]))
        .orderBy('items.id')
        .execute(),
    ),
    'prepared statements': null,
    'large result in parts': null,
    'commit and rollback': using(async (db) => {
      const undone = db.transaction().execute(async (tx) => {
        await insert(tx, 10)
        throw new Error('changed my mind')
      })
      const seen: unknown[] = [await undone.catch((error: Error) => error.message), await ids(db)]
      await db
        .transaction()
        .setIsolationLevel('repeatable read')
        .execute((tx) => insert(tx, 10))
      return [...seen, await ids(db), String((await db.deleteFrom('items').where('id', '=', 10).executeTakeFirst()).numDeletedRows)]
    }),
    savepoint: using(async (db) => {
      const tx = await db.startTransaction().execute()
      const point = await tx.savepoint('one').execute()
      const seen: unknown[] = [await refused(() => sql`select 1/0`.execute(point))]
      const again = await point.rollbackToSavepoint('one').execute()
      await insert(again, 11)
      seen.push(await ids(again))
      await again.rollback().execute()
      return [...seen, await ids(db)]
    }),
    'failed transaction': using(async (db) => {
      const tx = await db.startTransaction().execute()
      const seen = [await refused(() => sql`select 1/0`.execute(tx)), await refused(() => ids(tx))]
      await tx.rollback().execute()
      return [...seen, await ids(db)]
    }),
    pipeline: null,
    cancellation: null,
    'copy out': null,
    'copy in': null,
    notifications: null,
    notice: null,
    'pool reset': null,
    // As its pool has it: node-postgres.
    'lost connection': null,
    migration: using(migrate),
  },
}

describe('Kysely', () => {
  compareDriver(driver)
})
