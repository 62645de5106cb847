import { setTimeout as sleep } from 'node:timers/promises'
import { Client } from 'pg'
import { tokenOf, type Ready } from '../world.js'

/** Who logs in, and where. */
export interface Login {
  readonly ready: Ready
  readonly home: string
  readonly as?: string
  readonly resource?: string
  /** Absent: a token of the demo's issuer. */
  readonly password?: string
}

/** A client of node-postgres that has logged in over TLS. Losing its connection is for its caller to see, never an uncaught error. */
export async function logIn({ ready, home, as = 'billing-agent', resource = 'shop', password }: Login): Promise<Client> {
  const client = new Client({
    host: '127.0.0.1',
    port: ready.postgres.port,
    user: as,
    database: resource,
    password: password ?? (await tokenOf(as, home)),
    ssl: { rejectUnauthorized: false },
  })
  client.on('error', () => undefined)
  await client.connect()
  return client
}

/** Milliseconds from the first byte of a login to the answer of its first statement, `times` in turn. */
export async function timeLogins(login: Login, times: number): Promise<readonly number[]> {
  const taken: number[] = []
  for (let i = 0; i < times; i++) {
    const begun = performance.now()
    const client = await logIn(login)
    await client.query('select 1')
    taken.push(performance.now() - begun)
    await client.end()
  }
  return taken.toSorted((a, b) => a - b)
}

/** The middle one of sorted values. */
export const middle = (sorted: readonly number[]): number => sorted[Math.floor(sorted.length / 2)] ?? Number.NaN

/** A configuration takes a moment to reach an agent: resolves when the login works, and throws what it said last. */
export async function untilServed(login: Login): Promise<void> {
  for (const end = Date.now() + 10_000; ;) {
    try {
      await (await logIn(login)).end()
      return
    } catch (error) {
      if (Date.now() > end) throw error
      await sleep(100)
    }
  }
}
