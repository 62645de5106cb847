import { Pool } from 'pg'
import type { PoolClient } from 'pg'
import { inUtc } from './database.js'

/**
 * PostgreSQL without Prisma, for the trail alone: thousands of rows a second in statements of fixed text. Everybody else
 * goes through `Database`. A caller must not keep a `Connection` beyond the callback that got it.
 */
export interface DirectDatabase {
  /** Commits when `work` resolves, undoes everything when it rejects. */
  transaction<T>(work: (tx: Connection) => Promise<T>): Promise<T>
  /** Waits for transactions that run. */
  close(): Promise<void>
}

/** Values are bound, never spelled into the text; a name keeps the plan. Answers what PostgreSQL returns, `bigint` as text. */
export type Connection = Pick<PoolClient, 'query'>

export interface DirectDatabaseOptions {
  /** Connections at most; 4 by default: a spool has one writer, and more of them than processors only wait for each other. */
  readonly poolSize?: number
  readonly onError?: (error: Error) => void
}

/** What holds a lock for longer has lost its way; milliseconds. */
const longest = 60_000

export function createDirectDatabase(url: string, { poolSize = 4, onError = () => {} }: DirectDatabaseOptions = {}): DirectDatabase {
  const pool = new Pool({
    connectionString: inUtc(url),
    max: poolSize,
    connectionTimeoutMillis: 10_000,
    query_timeout: longest,
    idle_in_transaction_session_timeout: longest,
    application_name: 'sallyport-trail',
  })
  pool.on('error', onError)

  async function transaction<T>(work: (tx: Connection) => Promise<T>): Promise<T> {
    const client = await pool.connect()
    let broken: Error | undefined
    try {
      await client.query('BEGIN')
      const answer = await work(client)
      await client.query('COMMIT')
      return answer
    } catch (error) {
      // A connection on which not even this can be done is closed, which undoes it too.
      await client.query('ROLLBACK').catch((reason: Error) => {
        broken = reason
      })
      throw error
    } finally {
      client.release(broken)
    }
  }
  return { transaction, close: () => pool.end() }
}

/** The name of the unique constraint that a statement ran against; undefined for any other error. */
export function violatedKey(error: unknown): string | undefined {
  const { code, constraint } = error as { readonly code?: unknown; readonly constraint?: unknown }
  return code === '23505' && typeof constraint === 'string' ? constraint : undefined
}
