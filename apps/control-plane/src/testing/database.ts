import { randomBytes } from 'node:crypto'
import { Client } from 'pg'
import { inject } from 'vitest'
import { databaseAt } from './cluster.js'

/**
 * A database of its own in the cluster that the run shares. A caller must not touch what the databases of a cluster have
 * in common: roles, settings of the server, connections of others.
 */
export interface TestDatabase {
  /** `postgres://` URL of the superuser. */
  readonly url: string
  /** Cuts whoever is still connected. */
  drop(): Promise<void>
}

export interface Cluster {
  readonly url: string
  /** Name of a database at the schema of this build. */
  readonly template: string
}

declare module 'vitest' {
  interface ProvidedContext {
    cluster: Cluster
  }
}

/** At the schema of this build and without data, or with nothing in it at all. */
export async function createTestDatabase({ empty = false } = {}): Promise<TestDatabase> {
  const { url, template } = inject('cluster')
  const name = `test_${randomBytes(8).toString('hex')}`
  await ask(url, `CREATE DATABASE ${name} TEMPLATE ${empty ? 'template0' : template}`)
  return { url: databaseAt(url, name), drop: () => ask(url, `DROP DATABASE ${name} WITH (FORCE)`) }
}

async function ask(url: string, sql: string): Promise<void> {
  const client = new Client({ connectionString: url })
  await client.connect()
  try {
    await client.query(sql)
  } finally {
    await client.end()
  }
}
