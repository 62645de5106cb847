import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { asc, eq, gt, inArray, or, sql } from 'drizzle-orm'
import { drizzle, type NodePgDatabase } from 'drizzle-orm/node-postgres'
import { migrate } from 'drizzle-orm/node-postgres/migrator'
import { alias, integer, numeric, pgEnum, pgTable, text } from 'drizzle-orm/pg-core'
import pg from 'pg'
import { afterAll, beforeAll, describe } from 'vitest'
import type { Address } from './ground.js'
import { compareDriver, type Driver, refusalOf } from './matrix.js'

const items = pgTable('items', {
  id: integer('id').primaryKey(),
  name: text('name').notNull(),
  price: numeric('price', { precision: 12, scale: 2 }),
  parent: integer('parent'),
  mood: pgEnum('mood', ['sad', 'ok', 'happy'])('mood').notNull().default('ok'),
})

type Database = Pick<NodePgDatabase, 'select' | 'insert' | 'delete' | 'execute'>

const using =
  (work: (db: NodePgDatabase) => Promise<unknown>) =>
  async (at: Address): Promise<unknown> => {
    const pool = new pg.Pool({ ...at, ssl: at.tls ? { rejectUnauthorized: false } : false, max: 2 })
    // Also told by the query that fails.
    pool.on('error', () => {})
    try {
      return await work(drizzle(pool))
    } finally {
      await pool.end()
    }
  }

const stateOf = (error: unknown) => (error as { cause?: { code?: string } }).cause?.code

const refused = (work: () => Promise<unknown>) => refusalOf({ stateOf }, work)

const ids = (db: Database) => db.select({ id: items.id }).from(items).orderBy(asc(items.id))

const insert = (db: Database, id: number) =>
  db
    .insert(items)
    .values({ id, name: `item ${id}` })
    .returning({ id: items.id, mood: items.mood })

/** As drizzle-kit writes them. */
const folder = mkdtempSync(join(tmpdir(), 'sallyport drizzle '))
beforeAll(() => {
  mkdirSync(join(folder, 'meta'))
  const entry = { idx: 0, version: '7', when: 1_700_000_000_000, tag: '0000_make', breakpoints: true }
  writeFileSync(join(folder, 'meta', '_journal.json'), JSON.stringify({ version: '7', dialect: 'postgresql', entries: [entry] }))
  const statements = [
    'CREATE TABLE "moved" ("id" integer PRIMARY KEY NOT NULL, "name" text NOT NULL);',
    'CREATE INDEX "moved_by_name" ON "moved" USING btree ("name");',
    `INSERT INTO "moved" VALUES (1, 'one');`,
    'ALTER TABLE "moved" ADD COLUMN "extra" integer DEFAULT 7;',
  ]
  writeFileSync(join(folder, '0000_make.sql'), statements.join('\n--> statement-breakpoint\n'))
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const driver: Driver = {
  stateOf,
  query: (at, statement) => using(async (db) => (await db.execute(sql.raw(statement))).rows)(at),
  habits: {
    parameters: using((db) => {
      const above = alias(items, 'above')
      return db
        .select({
          id: items.id,
          above: above.name,
          list: sql`${sql.param([1, null])}::int[]`,
          at: sql`${new Date(1_700_000_000_123)}::timestamptz`,
        })
        .from(items)
        .leftJoin(above, eq(above.id, items.parent))
        .where(or(inArray(items.name, ['leg', "O'Neil\\ é"]), gt(items.price, '40')))
        .orderBy(asc(items.id))
    }),
    'prepared statements': using(async (db) => {
      const byId = db
        .select()
        .from(items)
        .where(eq(items.id, sql.placeholder('id')))
        .prepare('by_id')
      const seen: unknown[] = []
      for (const id of [1, 2, 3, 1]) seen.push(await byId.execute({ id }))
      return seen
    }),
    'large result in parts': null,
    'commit and rollback': using(async (db) => {
      const undone = db.transaction(async (tx) => {
        await insert(tx, 10)
        return tx.rollback()
      })
      const seen: unknown[] = [await undone.catch((error: Error) => error.message), await ids(db)]
      await db.transaction((tx) => insert(tx, 10), { isolationLevel: 'repeatable read' })
      return [...seen, await ids(db), (await db.delete(items).where(eq(items.id, 10))).rowCount]
    }),
    savepoint: using(async (db) => {
      const seen: unknown[] = []
      const undone = db.transaction(async (tx) => {
        seen.push(await refused(() => tx.transaction((inner) => inner.execute(sql`select 1/0`))))
        await insert(tx, 11)
        seen.push(await ids(tx))
        return tx.rollback()
      })
      return [await undone.catch((error: Error) => error.message), seen, await ids(db)]
    }),
    'failed transaction': using(async (db) => {
      const failed = db.transaction(async (tx) => {
        await refused(async () => tx.execute(sql`select 1/0`))
        await ids(tx)
      })
      return [await failed.catch(stateOf), await ids(db)]
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
    migration: using(async (db) => {
      // Its own journal lies in a schema that the migrator makes.
      const own = { migrationsFolder: folder, migrationsSchema: 'public', migrationsTable: 'drizzle_migrations' }
      await migrate(db, own)
      await migrate(db, own)
      const seen = [(await db.execute(sql`select * from moved`)).rows, (await db.execute(sql`select hash from drizzle_migrations`)).rows]
      await db.execute(sql`drop table moved, drizzle_migrations`)
      return seen
    }),
  },
}

describe('Drizzle', () => {
  compareDriver(driver)
})
