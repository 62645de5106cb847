import { startTemporaryPostgres } from '@sallyport/embedded-postgres'
import { Client } from 'pg'
import type { TestProject } from 'vitest/node'
import { migrate } from '../db/index.js'

/** One PostgreSQL for all tests of a run, and in it a database that is migrated already: theirs are copies of it. */
export default async function startCluster(project: TestProject): Promise<() => Promise<void>> {
  // Every file has pools of its own, and as many files run at once as there are processors.
  const postgres = await startTemporaryPostgres({ extraConfig: { max_connections: '500' } })
  const template = 'migrated'
  const client = new Client({ connectionString: postgres.url })
  await client.connect()
  await client.query(`CREATE DATABASE ${template}`)
  await client.end()
  await migrate(databaseAt(postgres.url, template))
  project.provide('cluster', { url: postgres.url, template })
  return () => postgres.stop()
}

/** The same server and user, another database. */
export function databaseAt(serverUrl: string, name: string): string {
  const url = new URL(serverUrl)
  url.pathname = `/${name}`
  return url.href
}
