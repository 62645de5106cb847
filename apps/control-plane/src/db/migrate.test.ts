import { cp, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { agentTransitions, pairs, sessionTransitions } from '@sallyport/core'
import { Client } from 'pg'
import { beforeEach, describe, expect, it } from 'vitest'
import { roles } from '../permissions.js'
import { createTestDatabase } from '../testing/database.js'
import { createDatabase } from './database.js'
import { migrate, MigrationError, migrationsFolder } from './migrate.js'

let folder: string
let url: string

async function query<T extends object>(sql: string, target = url): Promise<T[]> {
  const client = new Client({ connectionString: target })
  await client.connect()
  try {
    return (await client.query<T>(sql)).rows
  } finally {
    await client.end()
  }
}

beforeEach(async () => {
  const database = await createTestDatabase({ empty: true })
  url = database.url
  folder = await mkdtemp(join(tmpdir(), 'sallyport-migrations-'))
  await cp(migrationsFolder, folder, { recursive: true })
  return async () => {
    await rm(folder, { recursive: true, force: true })
    await database.drop()
  }
})

async function addMigration(name: string, sql: string): Promise<void> {
  await mkdir(join(folder, name))
  await writeFile(join(folder, name, 'migration.sql'), sql)
}

describe('migrations at start', () => {
  it('are applied once, also by replicas that start together', async () => {
    const results = await Promise.all([migrate(url, folder), migrate(url, folder), migrate(url, folder)])
    const applied = results.flatMap((result) => result.applied)
    expect(applied.length).toBe(results[0]!.total)
    expect(new Set(applied).size).toBe(applied.length)
    expect((await migrate(url, folder)).applied).toEqual([])
  })

  it('leave the table that prisma migrate writes', async () => {
    await migrate(url, folder)
    const rows = await query<{ checksum: string; steps: number }>(
      'SELECT checksum, applied_steps_count AS steps FROM _prisma_migrations WHERE finished_at IS NOT NULL',
    )
    expect(rows.length).toBeGreaterThan(0)
    expect(rows.every(({ checksum, steps }) => /^[0-9a-f]{64}$/.test(checksum) && steps === 1)).toBe(true)
  })

  it('refuse a database with an edited migration, and change nothing', async () => {
    await migrate(url, folder)
    await addMigration('29990101000000_more', 'CREATE TABLE more (id int)')
    await query("UPDATE _prisma_migrations SET checksum = repeat('0', 64)")
    await expect(migrate(url, folder)).rejects.toThrow(/was edited after it was applied/)
    expect(await query("SELECT 1 FROM pg_tables WHERE tablename = 'more'")).toEqual([])
  })

  it('refuse a database of a newer build', async () => {
    await addMigration('29990101000000_more', 'CREATE TABLE more (id int)')
    await migrate(url, folder)
    await rm(join(folder, '29990101000000_more'), { recursive: true })
    await expect(migrate(url, folder)).rejects.toThrow(/unknown to this build/)
  })

  it('refuse a database in which one failed half-way', async () => {
    await migrate(url, folder)
    await query('UPDATE _prisma_migrations SET finished_at = NULL')
    await expect(migrate(url, folder)).rejects.toThrow(MigrationError)
  })

  it('are atomic: one that fails leaves no trace, and the next start tries it again', async () => {
    await addMigration('29990101000000_broken', 'CREATE TABLE half (id int); SELECT 1 / 0;')
    await expect(migrate(url, folder)).rejects.toThrow(/29990101000000_broken could not be applied/)
    expect(await query("SELECT 1 FROM pg_tables WHERE tablename = 'half'")).toEqual([])
    await writeFile(join(folder, '29990101000000_broken', 'migration.sql'), 'CREATE TABLE half (id int)')
    expect((await migrate(url, folder)).applied).toEqual(['29990101000000_broken'])
  })
})

describe('the schema', () => {
  it('knows the roles and transitions that the code knows', async () => {
    await migrate(url, folder)
    const source = await query<{ text: string }>(
      "SELECT pg_get_constraintdef(oid) AS text FROM pg_constraint UNION ALL SELECT prosrc FROM pg_proc WHERE proname LIKE 'sallyport%'",
    )
    const text = source.map((row) => row.text).join('\n')
    for (const role of roles) expect(text).toContain(`'${role}'`)
    for (const [from, to] of [...pairs(agentTransitions), ...pairs(sessionTransitions)]) expect(text).toContain(`('${from}', '${to}')`)
  })

  it('keeps administrative events for good', async () => {
    await migrate(url, folder)
    const db = createDatabase(url)
    await db.adminEvent.create({ data: { id: `adm_${'0'.repeat(26)}`, actor: 'system', actorFacts: {}, action: 'a', targetKind: 'k' } })
    await expect(query('DELETE FROM admin_event')).rejects.toThrow(/append-only/)
    await expect(query("UPDATE admin_event SET actor = 'nobody'")).rejects.toThrow(/append-only/)
    await expect(query('TRUNCATE admin_event')).rejects.toThrow(/append-only/)
    await db.$disconnect()
  })

  it('refuses ids, names and audiences that the code would refuse', async () => {
    await migrate(url, folder)
    const insert = (sql: string) => expect(query(sql)).rejects.toThrow(/check constraint/)
    await insert(`INSERT INTO resource (id, name, protocol, target) VALUES ('res_x', 'a', 'p', '{}')`)
    await insert(`INSERT INTO resource (id, name, protocol, target) VALUES ('res_${'0'.repeat(26)}', 'A B', 'p', '{}')`)
    await insert(`INSERT INTO role (id, name, role) VALUES ('rol_${'0'.repeat(26)}', 'a', 'viewer')`)
    await insert(
      `INSERT INTO trust_provider (id, name, issuer, subject, audiences, api_audiences) VALUES ('tpr_${'0'.repeat(26)}', 'a', 'i', 's', '{x,y}', '{y}')`,
    )
  })
})
