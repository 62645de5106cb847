import { createHash, randomUUID } from 'node:crypto'
import { readdir, readFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { Client } from 'pg'
import { inUtc } from './database.js'

/**
 * Brings a database to the schema of this build: the same table, checksums and advisory lock as `prisma migrate deploy`,
 * without its command line. A caller must not serve before it resolves. It refuses a database that was migrated
 * otherwise (an edited, failed or unknown migration) and changes nothing then.
 */
export interface MigrationResult {
  readonly applied: readonly string[]
  readonly total: number
}

interface Migration {
  readonly name: string
  readonly sql: string
  readonly checksum: string
}

interface AppliedRow {
  readonly migration_name: string
  readonly checksum: string
  readonly finished_at: Date | null
  readonly rolled_back_at: Date | null
}

export class MigrationError extends Error {
  override readonly name = 'MigrationError'
}

/** Prisma's own key: a `prisma migrate deploy` at the same time waits for us, and we for it. */
const advisoryLock = 72707369
/** Statements that PostgreSQL refuses inside a transaction need this as the first line of their script. */
const noTransaction = '-- sallyport: no transaction'

/** As Prisma creates it. */
const createTable = `CREATE TABLE IF NOT EXISTS _prisma_migrations (
    id                  VARCHAR(36) PRIMARY KEY NOT NULL,
    checksum            VARCHAR(64) NOT NULL,
    finished_at         TIMESTAMPTZ,
    migration_name      VARCHAR(255) NOT NULL,
    logs                TEXT,
    rolled_back_at      TIMESTAMPTZ,
    started_at          TIMESTAMPTZ NOT NULL DEFAULT now(),
    applied_steps_count INTEGER NOT NULL DEFAULT 0
)`

export const migrationsFolder = fileURLToPath(new URL('../../../../prisma/migrations', import.meta.url))

export async function migrate(url: string, folder: string = migrationsFolder): Promise<MigrationResult> {
  const wanted = await readMigrations(folder)
  const client = new Client({ connectionString: inUtc(url), connectionTimeoutMillis: 10_000, application_name: 'sallyport-migrate' })
  client.on('error', () => {})
  await client.connect()
  try {
    await client.query('SELECT pg_advisory_lock($1)', [advisoryLock])
    await client.query(createTable)
    const { rows } = await client.query<AppliedRow>(
      'SELECT migration_name, checksum, finished_at, rolled_back_at FROM _prisma_migrations ORDER BY started_at',
    )
    const pending = compare(wanted, rows)
    for (const migration of pending) await apply(client, migration)
    return { applied: pending.map(({ name }) => name), total: wanted.length }
  } finally {
    // Ends the session, and with it the lock.
    await client.end()
  }
}

async function readMigrations(folder: string): Promise<readonly Migration[]> {
  const entries = await readdir(folder, { withFileTypes: true })
  const names = entries
    .filter((entry) => entry.isDirectory())
    .map((entry) => entry.name)
    .sort()
  return Promise.all(
    names.map(async (name) => {
      const sql = await readFile(`${folder}/${name}/migration.sql`, 'utf8')
      return { name, sql, checksum: createHash('sha256').update(sql).digest('hex') }
    }),
  )
}

/** What is still to do, in order; throws where the history of the database is not a part of ours. */
function compare(wanted: readonly Migration[], rows: readonly AppliedRow[]): readonly Migration[] {
  const known = new Map(wanted.map((migration) => [migration.name, migration]))
  const done = new Set<string>()
  const problems: string[] = []
  for (const row of rows.filter(({ rolled_back_at }) => rolled_back_at === null)) {
    const migration = known.get(row.migration_name)
    if (row.finished_at === null)
      problems.push(`migration ${row.migration_name} failed half-way; repair the database, then mark it with prisma migrate resolve`)
    else if (migration === undefined)
      problems.push(`migration ${row.migration_name} is unknown to this build: the database belongs to a newer one`)
    else if (migration.checksum !== row.checksum) problems.push(`migration ${row.migration_name} was edited after it was applied`)
    else done.add(row.migration_name)
  }
  if (problems.length > 0) throw new MigrationError(problems.join('; '))
  return wanted.filter(({ name }) => !done.has(name))
}

async function apply(client: Client, { name, sql, checksum }: Migration): Promise<void> {
  const record = (): Promise<unknown> =>
    client.query(
      'INSERT INTO _prisma_migrations (id, checksum, migration_name, started_at, finished_at, applied_steps_count) VALUES ($1, $2, $3, clock_timestamp(), clock_timestamp(), 1)',
      [randomUUID(), checksum, name],
    )
  try {
    if (sql.startsWith(noTransaction)) {
      await client.query(sql)
      await record()
      return
    }
    await client.query('BEGIN')
    await client.query(sql)
    await record()
    await client.query('COMMIT')
  } catch (error) {
    await client.query('ROLLBACK').catch(() => {})
    throw new MigrationError(`migration ${name} could not be applied: ${error instanceof Error ? error.message : String(error)}`)
  }
}
