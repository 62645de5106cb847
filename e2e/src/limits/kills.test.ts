import { setTimeout as sleep } from 'node:timers/promises'
import { decodeRecord, genesis, hashRecord, verifySession } from '@sallyport/audit'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { size } from '../sizes.js'
import { tell } from '../soak-report.js'
import { eventually } from '../world.js'
import { type OwnAgent, spoolDepth, startAgent } from './agent.js'
import { logIn } from './clients.js'
import { direct, register, shop } from './estate.js'

/** Milliseconds of load before each kill: seeded, so that a run that fails can be run again. */
const pauses = [310, 40, 730, 150, 520, 90, 260, 610, 15, 420]
const writers = 4

let agent: OwnAgent
let forget: () => Promise<void>

beforeAll(async () => {
  const database = await direct('shop')
  await database.query('CREATE TABLE written (id text PRIMARY KEY); GRANT SELECT, INSERT ON written TO shop_gateway')
  await database.end()
  agent = await startAgent({ name: 'kills' })
  forget = await register({ name: 'kills', target: shop(), selector: agent.selector, allowed: ['read', 'write', 'insert', 'session_ok'] })
})

afterAll(async () => {
  await forget?.()
  await agent?.stop()
  const database = await direct('shop')
  await database.query('DROP TABLE IF EXISTS written')
  await database.end()
})

/** Writes a row of its own name after the other until told to end; what it was told is done is in `acknowledged`. */
async function write(writer: number, over: AbortSignal, acknowledged: Set<string>): Promise<void> {
  let count = 0
  while (!over.aborted) {
    try {
      const client = await logIn({ ...agent.world, resource: 'kills' })
      try {
        while (!over.aborted) {
          const id = `w${writer}-${count++}`
          await client.query(`insert into written values ('${id}')`)
          acknowledged.add(id)
        }
      } finally {
        await client.end().catch(() => undefined)
      }
    } catch {
      await sleep(20)
    }
  }
}

interface Told {
  readonly events: number
  /** How often each row's statement was decided, and how often its outcome was told. */
  readonly decided: ReadonlyMap<string, number>
  readonly ended: ReadonlyMap<string, number>
  readonly statements: ReadonlyMap<string, string>
  readonly unknown: number
}

/** Reads the whole trail of the agent as the control plane keeps it, and verifies its chains on the way. */
async function readTrail(): Promise<Told> {
  const database = await direct('sallyport')
  const [decided, ended, statements] = [new Map<string, number>(), new Map<string, number>(), new Map<string, string>()]
  const sessions = new Map<string, Uint8Array[]>()
  const add = (map: Map<string, number>, key: string) => map.set(key, (map.get(key) ?? 0) + 1)
  let [previous, events, unknown] = [genesis, 0, 0]
  for (;;) {
    const { rows } = await database.query<{ record: Buffer; hash: string }>(
      'SELECT record, hash FROM audit_event WHERE agent_id = $1 AND sequence > $2 ORDER BY sequence LIMIT 5000',
      [agent.id, events],
    )
    if (rows.length === 0) break
    for (const { record: bytes, hash } of rows) {
      const record = decodeRecord(bytes)
      events += 1
      expect(record).toMatchObject({ sequence: events, previous })
      expect(hashRecord(bytes)).toBe(hash)
      previous = hash
      const { event } = record
      if (event.session !== undefined) {
        const records = sessions.get(event.session) ?? []
        records.push(bytes)
        sessions.set(event.session, records)
      }
      if (event.type === 'statement.decided') {
        const id = /values \('(w\d+-\d+)'\)/.exec(event.texts?.[0]?.text ?? '')?.[1]
        if (id === undefined || event.decision !== 'allow') continue
        add(decided, id)
        statements.set(event.statement, id)
      } else if (event.type === 'statement.ended') {
        add(ended, statements.get(event.statement) ?? 'other')
        if (event.outcome.status === 'unknown') unknown += 1
      }
    }
  }
  await database.end()
  for (const [id, records] of sessions) expect(verifySession(id, records)).toMatchObject({ ok: true, complete: true })
  return { events, decided, ended, statements, unknown }
}

describe('an agent killed under load', () => {
  it('loses no write from the trail, and tells none twice', async () => {
    const over = new AbortController()
    const acknowledged = new Set<string>()
    const all = Array.from({ length: writers }, (_, i) => write(i, over.signal, acknowledged))
    const kills = size('kills')
    for (let i = 0; i < kills; i++) {
      const before = acknowledged.size
      await eventually(
        async () => acknowledged.size,
        (now) => now > before + 5,
        30_000,
      )
      await sleep(pauses[i % pauses.length])
      await agent.kill()
      await agent.again()
    }
    over.abort()
    await Promise.all(all)
    await eventually(
      () => spoolDepth(agent.admin),
      (depth) => depth === 0,
      60_000,
    )
    const database = await direct('shop')
    const { rows } = await database.query<{ id: string }>('SELECT id FROM written')
    await database.end()
    const { events, decided, ended, unknown } = await readTrail()
    const executed = rows.map(({ id }) => id)
    const there = new Set(executed)
    const unrecorded = executed.filter((id) => !decided.has(id))
    const lost = [...acknowledged].filter((id) => !there.has(id) || !decided.has(id))
    const doubled = [...decided].filter(([id, times]) => times !== 1 || ended.get(id) !== 1)
    expect({ unrecorded, lost, doubled }).toEqual({ unrecorded: [], lost: [], doubled: [] })
    expect(acknowledged.size).toBeGreaterThan(kills * 5)
    tell('kills', `An agent killed with SIGKILL ${kills} times while ${writers} clients write`, [
      { what: 'rows written', value: executed.length },
      { what: 'of those, acknowledged to the client', value: acknowledged.size },
      { what: 'rows whose decision is not in the trail', value: unrecorded.length },
      { what: 'acknowledged and lost', value: lost.length },
      { what: 'writes decided or ended more or less than once', value: doubled.length },
      { what: 'decided and then cut, told with outcome unknown', value: unknown },
      { what: 'events in the verified chain', value: events },
    ])
  })
})
