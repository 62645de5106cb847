import type { Identity, Refusal, Unit } from '@sallyport/core'
import { createGate } from '@sallyport/gate'
import type { Permit } from '@sallyport/gate'
import { identityOf } from '@sallyport/testkit'
import { afterAll, beforeEach, describe, expect, it } from 'vitest'
import { newId, systemClock } from '../../../agent/src/clock.js'
import { decide, expireDue, revokeGrant } from '../../../control-plane/src/approvals/index.js'
import { systemActor } from '../../../control-plane/src/trail/index.js'
import { declarePolicy, declareProvider, declareResource } from '../../test/declared.js'
import { eventually, startPlanes } from '../../test/planes.js'
import type { Planes, RunningAgent } from '../../test/planes.js'

/** A gate of its own over a real agent's link, spool and configuration: what is held is asked of a real control plane. */
const server = startPlanes()
let planes: Planes

beforeEach(async () => {
  planes = await server.open()
  await declareProvider(planes, 'demo')
  await declareResource(planes, { name: 'shop' })
  const match = { effects: { only: ['delete'] } }
  const held = { id: 'held', match, action: 'hold', approvers: [{ groups: ['dba'], count: 1 }] }
  await declarePolicy(planes, { name: 'on-shop', subjects: { groups: ['ai-agents'] }, resources: { names: ['shop'] }, rules: [held] })
})
afterAll(() => server.stop())

type Replica = Awaited<ReturnType<Planes['replica']>>

const ana = identityOf('ana', { groups: ['ai-agents'] })
const dana = identityOf('dana', { groups: ['dba'], kind: 'human' })

async function joined(replica: Replica, labels: Readonly<Record<string, string>> = {}): Promise<RunningAgent> {
  const { token } = await replica.createJoinToken({ labels, ttl: 60_000, createdBy: 'system' })
  const agent = await planes.agent({ port: replica.port, dataDir: await planes.folder(), joinToken: token })
  await agent.plane.ready(AbortSignal.timeout(10_000))
  return agent
}

const unitOf = (text: string): Unit => ({
  actions: [{ verb: 'delete', effects: ['delete'], touches: [], facts: {}, certainty: 'exact' }],
  exact: [Buffer.from(text)],
  context: { database: 'shop' },
})

/** Opens a session there and asks for things in it. */
async function client({ plane, spool }: RunningAgent, who: Identity = ana) {
  const ports = { clock: systemClock, config: plane, journal: spool.journal, approvals: plane.approvals, newId, agent: plane.agentId }
  const unused = () => Promise.reject(new Error('nobody is asked for it here'))
  const gate = createGate(
    { ...ports, authenticator: { authenticate: unused }, dialer: { dial: unused } },
    { obligations: () => ({ mask: 'refused', record: 'honoured', max_rows: 'refused', hold: 'honoured' }) },
  )
  const session = await gate.open(who, { resource: 'shop', facts: { protocol: 'postgres', client: { address: '::1' } } })
  return {
    ask: (text: string) => {
      const gone = new AbortController()
      const told: string[] = []
      const presenter = {
        signal: () => gone.signal,
        held: (_: unknown, { id, url }: { id: string; url: string }) => void told.push(id, url),
      }
      const verdict = Promise.resolve(session.judge(unitOf(text), presenter))
      let settled: Permit | Refusal | undefined
      void verdict.then((now) => (settled = now))
      return { verdict, settled: () => settled, filed: () => eventually(() => told[0]), told, leave: () => gone.abort() }
    },
  }
}

async function say(id: string, decision: 'approve' | 'deny' = 'approve', reason = 'fine'): Promise<void> {
  const { digest } = await planes.db.approval.findUniqueOrThrow({ where: { id } })
  await decide(planes.db, id, { by: dana, actor: systemActor, said: { decision, digest, reason }, now: Date.now() })
}

const stateOf = async (id: string) => (await planes.db.approval.findUniqueOrThrow({ where: { id } })).state

describe('what is held', () => {
  it('waits for people, and goes on once when they say yes', async () => {
    const { ask } = await client(await joined(await planes.replica()))
    const asked = ask('delete 7')
    const id = await asked.filed()
    expect(asked.told).toEqual([id, `https://sallyport.test/approvals/${id}`])
    expect(asked.settled()).toBeUndefined()
    await say(id)
    expect(await asked.verdict).toMatchObject({ kind: 'permit' })
    expect(await stateOf(id)).toBe('used')
    const again = ask('delete 7')
    const other = await again.filed()
    expect(other).not.toBe(id)
    again.leave()
    await eventually(async () => (await stateOf(other)) === 'withdrawn')
    expect(await again.verdict).toMatchObject({ kind: 'deny', code: 'withdrawn' })
    await expect(say(other)).rejects.toMatchObject({ code: 'conflict' })
  })

  it('is refused with what was said, also when somebody else than the agent knows says it', async () => {
    const [one] = [await planes.replica(), await planes.replica()]
    const { ask } = await client(await joined(one))
    const [denied, late] = [ask('delete 7'), ask('delete 8')]
    const [first, second] = [await denied.filed(), await late.filed()]
    await say(first, 'deny', 'not this customer')
    expect(await denied.verdict).toMatchObject({ kind: 'deny', code: 'denied', message: expect.stringContaining('not this customer') })
    await expireDue(planes.db, Date.now() + 3_600_000)
    expect(await late.verdict).toMatchObject({ kind: 'deny', message: expect.stringContaining('nobody decided in time') })
    expect(await stateOf(second)).toBe('expired')
    await eventually(async () => (await planes.db.approvalFiling.count({ where: { owed: true } })) === 0)
  })

  it('by several at once, at two agents of two replicas, is one request and one of them goes on', async () => {
    const [one, two] = [await planes.replica(), await planes.replica()]
    const clients = await Promise.all([joined(one), joined(two)].map(async (agent) => client(await agent)))
    const asked = [...clients, ...clients].map(({ ask }) => ask('delete 7'))
    const ids = await Promise.all(asked.map(({ filed }) => filed()))
    expect(new Set(ids).size).toBe(1)
    await say(ids[0]!)
    await eventually(() => asked.some(({ settled }) => settled()?.kind === 'permit'))
    // The others have asked again, and wait.
    await eventually(async () => (await planes.db.approvalFiling.count({ where: { approval: { state: 'requested' } } })) === 3)
    expect(asked.filter(({ settled }) => settled() !== undefined)).toHaveLength(1)
    expect(await planes.db.grantUse.count()).toBe(1)
    for (const { leave } of asked) leave()
    await eventually(async () => (await planes.db.approval.count({ where: { state: 'requested' } })) === 0)
  })

  it('outlasts a control plane that goes and comes back, whatever was said meanwhile', async () => {
    const replica = await planes.replica()
    const { ask } = await client(await joined(replica))
    const asked = [ask('delete 7'), ask('delete 8'), ask('delete 9')] as const
    const ids = await Promise.all(asked.map(({ filed }) => filed()))
    await replica.close()
    await say(ids[0]!)
    await say(ids[1]!, 'deny', 'no')
    asked[2].leave()
    expect(asked[0].settled()).toBeUndefined()
    await planes.replica({ grpcPort: replica.port })
    expect(await asked[0].verdict).toMatchObject({ kind: 'permit' })
    expect(await asked[1].verdict).toMatchObject({ kind: 'deny', code: 'denied' })
    await eventually(async () => (await stateOf(ids[2]!)) === 'withdrawn')
  })
})

describe('a grant', () => {
  it('is used once, whatever becomes of the agent before and after', async () => {
    const replica = await planes.replica()
    const before = await joined(replica)
    const asked = (await client(before)).ask('delete 7')
    const id = await asked.filed()
    // Whoever waited is gone with the agent, which had no time to say so.
    await before.stop()
    await say(id)
    const after = await planes.agent({ port: replica.port, dataDir: before.dataDir })
    await eventually(() => after.plane.current()?.grants?.some(({ approval }) => approval === id))
    expect(await (await client(after)).ask('delete 7').verdict).toMatchObject({ kind: 'permit' })
    await after.stop()
    const again = await planes.agent({ port: replica.port, dataDir: before.dataDir })
    const next = (await client(again)).ask('delete 7')
    expect(await next.filed()).not.toBe(id)
    expect(await planes.db.grantUse.count()).toBe(1)
    next.leave()
  })

  it('reaches who may serve it, and nobody else may file, use or withdraw', async () => {
    const replica = await planes.replica()
    const [served, other] = [await joined(replica), await joined(replica, { zone: 'red' })]
    const asked = (await client(served)).ask('delete 7')
    const id = await asked.filed()
    const { request } = await planes.db.approval.findUniqueOrThrow({ where: { id } })
    const filed = JSON.parse(Buffer.from(request).toString())
    await expect(other.plane.approvals.file({ ...filed, identity: ana })).rejects.toMatchObject({ code: 'not_found' })
    other.plane.approvals.withdraw(id, 'not mine', filed.statement)
    asked.leave()
    await eventually(async () => (await stateOf(id)) === 'withdrawn')
    const next = (await client(served)).ask('delete 8')
    await say(await next.filed())
    await next.verdict
    const grant = await planes.db.grant.findFirstOrThrow()
    const { id: grantId, approvalId: approval, digest, policies } = grant
    const stolen = { id: grantId, approval, digest, policies, uses: 1, expiresAt: grant.expiresAt.getTime() }
    await expect(other.plane.approvals.use(stolen, newId('stm'))).rejects.toMatchObject({ code: 'not_found' })
    expect(other.plane.current()?.grants ?? []).toEqual([])
  })

  it('that is taken back opens nothing, also where it is still known', async () => {
    const replica = await planes.replica()
    const agent = await joined(replica)
    const { ask } = await client(agent)
    const asked = ask('delete 7')
    const id = await asked.filed()
    await agent.stop()
    await say(id)
    const after = await planes.agent({ port: replica.port, dataDir: agent.dataDir })
    const known = await eventually(() => after.plane.current()?.grants?.find(({ approval }) => approval === id))
    await revokeGrant(planes.db, known.id, { actor: systemActor, now: Date.now() })
    await expect(after.plane.approvals.use(known, newId('stm'))).rejects.toMatchObject({ code: 'conflict' })
    const next = (await client(after)).ask('delete 7')
    expect(await next.filed()).not.toBe(id)
    next.leave()
  })
})
