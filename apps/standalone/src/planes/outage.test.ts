import { readdir, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { decodeRecord } from '@sallyport/audit'
import type { Action, Unit } from '@sallyport/core'
import { createGate, type GatedSession } from '@sallyport/gate'
import { createFakeAuthenticator, createVirtualClock, identityOf } from '@sallyport/testkit'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { newId } from '../../../agent/src/clock.js'
import { declarePolicy, declareProvider, declareResource, readOnly } from '../../test/declared.js'
import { eventually, startPlanes } from '../../test/planes.js'
import type { Planes, RunningAgent } from '../../test/planes.js'

const minute = 60_000
const hour = 60 * minute
/** Of a configuration; the outage is half of it. */
const lifetime = 2 * hour
const perMinute = 20

const server = startPlanes()
let planes: Planes
let agent: RunningAgent
let replica: Awaited<ReturnType<Planes['replica']>>
const clock = createVirtualClock(Date.now())

beforeAll(async () => {
  planes = await server.open()
  replica = await planes.replica({ snapshotTtl: lifetime })
  await declareProvider(planes, 'corp')
  await declareResource(planes, { name: 'shop' })
  await declarePolicy(planes, { name: 'reading', resources: { names: ['shop'] }, rules: [readOnly], record: 'strict' })
  const { token } = await replica.createJoinToken({ labels: {}, ttl: minute, createdBy: 'system' })
  agent = await planes.agent({ port: replica.port, dataDir: await planes.folder(), joinToken: token })
  await agent.plane.ready(AbortSignal.timeout(10_000))
  await eventually(() => agent.plane.current()?.policies.length === 1)
})
afterAll(() => server.stop())

function unit(effect: 'read' | 'delete', text: string): Unit {
  const action: Action = { verb: effect, effects: [effect], touches: [], facts: {}, certainty: 'exact' }
  return { actions: [action], exact: [Buffer.from(text)], context: {} }
}

async function spoolBytes(): Promise<number> {
  const folder = join(agent.dataDir, 'spool')
  const sizes = await Promise.all((await readdir(folder)).map(async (name) => (await stat(join(folder, name))).size))
  return sizes.reduce((sum, size) => sum + size, 0)
}

/** Asks for something allowed and for something that is not; both must be answered as if nothing had happened. */
async function work(session: GatedSession, round: number): Promise<void> {
  for (let i = 0; i < perMinute; i++) {
    const permit = await session.judge(unit('read', `select ${round}.${i}`))
    expect(permit.kind).toBe('permit')
    if (permit.kind === 'permit') permit.done({ status: 'ok', rows: 1 })
  }
  expect(await session.judge(unit('delete', 'delete'))).toMatchObject({ kind: 'deny', code: 'not_allowed' })
}

describe('while the control plane is away', () => {
  it('for an hour the agent goes on deciding and recording, and all of it arrives afterwards, once', async () => {
    const alice = identityOf('alice', { provider: 'corp', kind: 'human' })
    const gate = createGate(
      {
        clock,
        config: agent.plane,
        journal: agent.spool.journal,
        authenticator: createFakeAuthenticator({ alice }),
        dialer: { dial: () => Promise.reject(new Error('nobody dials here')) },
        agent: agent.plane.agentId,
        newId,
      },
      { obligations: () => ({}) as never },
    )
    const open = () => gate.open(alice, { resource: 'shop', facts: { protocol: 'postgres', client: { address: '127.0.0.1' } } })
    let session = await open()
    await work(session, 0)
    await eventually(() => agent.plane.state().acknowledged === agent.spool.reader.durable())
    const known = agent.plane.current()!
    const { port } = replica
    await replica.close()

    const sizes = [await spoolBytes()]
    for (let round = 1; round <= 60; round++) {
      clock.advance(minute)
      await work(session, round)
      if (round % 10 !== 0) continue
      await session.close({ code: 'client_closed', message: 'the client left' })
      session = await open()
      sizes.push(await spoolBytes())
    }
    const grown = sizes.slice(1).map((size, i) => size - sizes[i]!)
    // As much for each ten minutes as for the ten before: nothing is written twice while nobody takes it.
    expect(Math.max(...grown)).toBeLessThan(1.5 * Math.min(...grown) + 4096)

    replica = await planes.replica({ grpcPort: port, snapshotTtl: lifetime })
    await eventually(() => agent.plane.state().acknowledged === agent.spool.reader.durable())
    const rows = await planes.db.auditEvent.findMany({ where: { agentId: agent.plane.agentId }, orderBy: { sequence: 'asc' } })
    expect(rows.map(({ sequence }) => Number(sequence))).toEqual(rows.map((_, i) => i + 1))
    const events = rows.map(({ record }) => decodeRecord(record).event)
    const decided = events.flatMap((event) => (event.type === 'statement.decided' ? [event.texts?.[0]?.text] : []))
    const asked = Array.from({ length: 61 }, (_, round) => Array.from({ length: perMinute }, (__, i) => `select ${round}.${i}`))
    expect(decided.filter((text) => text !== 'delete')).toEqual(asked.flat())
    expect(events.filter(({ type }) => type === 'statement.ended')).toHaveLength(61 * perMinute)

    // It has a newer configuration again, which runs out while nobody renews it.
    await eventually(() => (agent.plane.current()?.expiresAt ?? 0) > known.expiresAt)
    await replica.close()
    const { expiresAt } = agent.plane.current()!
    clock.advance(expiresAt - clock.now() - 1)
    await work(session, 61)
    clock.advance(1)
    expect(session.signal.aborted).toBe(true)
    expect(await session.judge(unit('read', 'too late'))).toMatchObject({ kind: 'deny' })
    await expect(open()).rejects.toMatchObject({ code: 'stale' })
  })
})
