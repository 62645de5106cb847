import { PrismaPg } from '@prisma/adapter-pg'
import { Prisma, PrismaClient } from '../generated/client.js'

/**
 * The only door to PostgreSQL for records. A caller must not keep a `Transaction` beyond the callback that got it, and
 * must map what Prisma throws with `databaseProblem` before anyone outside reads it.
 */
export type Database = PrismaClient
export type Transaction = Prisma.TransactionClient
/** Where a read does not care whether a transaction is open. */
export type Reader = Database | Transaction

export { Prisma }

export interface DatabaseOptions {
  /** Connections at most; 10 by default. */
  readonly poolSize?: number
  readonly onError?: (error: Error) => void
}

export function createDatabase(url: string, options: DatabaseOptions = {}): Database {
  const onError = options.onError ?? (() => {})
  const adapter = new PrismaPg(
    { connectionString: inUtc(url), max: options.poolSize ?? 10, connectionTimeoutMillis: 10_000, application_name: 'sallyport' },
    { onPoolError: onError, onConnectionError: onError },
  )
  return new PrismaClient({ adapter, errorFormat: 'minimal', transactionOptions: { maxWait: 10_000, timeout: 15_000 } })
}

/** The adapter drops the offset of `timestamptz` and sends times without one, which is right only in sessions that speak UTC. */
export function inUtc(url: string): string {
  const changed = new URL(url)
  const options = changed.searchParams.get('options')
  changed.searchParams.set('options', [options, '-c TimeZone=UTC'].filter(Boolean).join(' '))
  return changed.href
}
