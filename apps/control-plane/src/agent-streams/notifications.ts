import { Client } from 'pg'
import { inUtc } from '../db/index.js'
import type { StreamsLog } from './options.js'

/**
 * "Look again" from PostgreSQL, as often as something changed and not more often than a look takes. A caller must look
 * from time to time without being told, too: a notification may be lost with its connection.
 */

/** Runs never overlap; a call during a run makes one more. */
export function coalesced(run: () => Promise<void>, outage: Outage): () => void {
  let running = false
  let again = false
  const start = (): void => {
    if (running) {
      again = true
      return
    }
    running = true
    again = false
    run()
      .then(outage.over, outage.told)
      .finally(() => {
        running = false
        if (again) start()
      })
  }
  return start
}

export interface Outage {
  readonly told: (error: unknown) => void
  readonly over: () => void
}

/** Says once that something does not work, not at every try. */
export function outages(log: StreamsLog, message: string): Outage {
  let known = false
  return {
    told: (error) => {
      if (!known) log.warn({ reason: error instanceof Error ? error.message : String(error) }, message)
      known = true
    },
    over: () => {
      known = false
    },
  }
}

export interface Listening {
  /** Dials again where the connection was lost. */
  keepAlive(): void
  close(): Promise<void>
}

export interface ListeningOptions {
  readonly databaseUrl: string
  readonly channel: string
  readonly notified: () => void
  readonly outage: Outage
}

/** A lost connection may have lost notifications: every new one begins with a call of `notified`. */
export function listenTo({ databaseUrl, channel, notified, outage }: ListeningOptions): Listening {
  let client: Client | undefined
  let dialling = false
  let closed = false
  const drop = (lost: Client, error: unknown): void => {
    if (client === lost) client = undefined
    void lost.end().catch(() => {})
    if (!closed) outage.told(error)
  }
  const dial = async (): Promise<void> => {
    const next = new Client({ connectionString: inUtc(databaseUrl), connectionTimeoutMillis: 5_000, application_name: 'sallyport-agents' })
    next.on('error', (error) => drop(next, error))
    next.on('notification', notified)
    try {
      await next.connect()
      await next.query(`LISTEN ${channel}`)
      if (closed) return await next.end()
      client = next
      outage.over()
      notified()
    } catch (error) {
      drop(next, error)
    }
  }
  const keepAlive = (): void => {
    if (closed || dialling || client !== undefined) return
    dialling = true
    void dial().finally(() => {
      dialling = false
    })
  }
  keepAlive()
  return {
    keepAlive,
    close: async () => {
      closed = true
      await client?.end().catch(() => {})
    },
  }
}
