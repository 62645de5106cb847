import { Client } from 'pg'
import { inUtc } from './database.js'

/**
 * Tells of changes to what agents are configured by, whichever replica made them: NOTIFY for speed, a poll of the
 * revision for certainty. A caller must treat a call as "look again", never as a list of what changed; calls never overlap.
 */
export interface ConfigChanges {
  /** The last revision seen; it grows in the order of commits. */
  revision(): bigint
  /** Called with each newer revision. Returns how to unsubscribe. */
  onChange(listener: (revision: bigint) => void): () => void
  close(): Promise<void>
}

export interface ConfigChangesOptions {
  readonly url: string
  /** Milliseconds between polls; 500 by default, half of what a change may take to be enforced. */
  readonly pollMs?: number
  readonly onError?: (error: Error) => void
}

export const configChannel = 'sallyport_config'

/** Resolves after the first revision was read. A lost connection is dialled again every `pollMs`. */
export async function watchConfig({ url, pollMs = 500, onError = () => {} }: ConfigChangesOptions): Promise<ConfigChanges> {
  const listeners = new Set<(revision: bigint) => void>()
  let seen = -1n
  let client: Client | undefined
  let closed = false
  let reading: Promise<void> | undefined
  let again = false

  const drop = (reason: unknown): void => {
    void client?.end().catch(() => {})
    client = undefined
    if (!closed) onError(reason instanceof Error ? reason : new Error(String(reason)))
  }
  const connect = async (): Promise<Client> => {
    const next = new Client({
      connectionString: inUtc(url),
      connectionTimeoutMillis: 5_000,
      query_timeout: 5_000,
      application_name: 'sallyport-watch',
    })
    next.on('error', (error) => {
      if (client === next) drop(error)
    })
    next.on('notification', look)
    await next.connect()
    client = next
    await next.query(`LISTEN ${configChannel}`)
    return next
  }
  const read = async (): Promise<void> => {
    const live = client ?? (await connect())
    const { rows } = await live.query<{ revision: string }>('SELECT revision FROM config_revision WHERE id = 1')
    const revision = BigInt(rows[0]?.revision ?? 0)
    // A smaller number is a database restored from a backup: what it holds has changed all the same.
    if (revision === seen) return
    seen = revision
    for (const listener of listeners) listener(revision)
  }
  function look(): void {
    if (closed) return
    if (reading !== undefined) {
      again = true
      return
    }
    again = false
    reading = read()
      .catch(drop)
      .finally(() => {
        reading = undefined
        if (again) look()
      })
  }

  await read()
  const timer = setInterval(look, pollMs).unref()
  return {
    revision: () => seen,
    onChange: (listener) => {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
    close: async () => {
      closed = true
      clearInterval(timer)
      await reading
      await client?.end().catch(() => {})
    },
  }
}
