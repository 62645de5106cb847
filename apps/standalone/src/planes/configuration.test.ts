import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeEach, describe, expect, it } from 'vitest'
import { beginGeneration, rotateSigner } from '../../../control-plane/src/agent-streams/index.js'
import { declareLock, declarePolicy, declareProvider, declareResource, readOnly } from '../../test/declared.js'
import { eventually, startPlanes } from '../../test/planes.js'
import type { Planes, RunningAgent } from '../../test/planes.js'

const server = startPlanes()
let planes: Planes

beforeEach(async () => {
  planes = await server.open()
})
afterAll(() => server.stop())

type Replica = Awaited<ReturnType<Planes['replica']>>

async function joined(replica: Replica, labels: Readonly<Record<string, string>> = {}): Promise<RunningAgent> {
  const { token } = await replica.createJoinToken({ labels, ttl: 60_000, createdBy: 'system' })
  const agent = await planes.agent({ port: replica.port, dataDir: await planes.folder(), joinToken: token })
  await agent.plane.ready(AbortSignal.timeout(10_000))
  return agent
}

const names = ({ plane }: RunningAgent): readonly string[] => [...(plane.current()?.resources.keys() ?? [])].sort()

/** What the control plane knows of the agent's configuration. */
async function acknowledged(agent: RunningAgent): Promise<{ readonly version: bigint; readonly lastError: string | null }> {
  const { configVersion: version, lastError } = await planes.db.agentInstance.findFirstOrThrow({ where: { agentId: agent.plane.agentId } })
  return { version, lastError }
}

async function revision(): Promise<bigint> {
  return (await planes.db.configRevision.findUniqueOrThrow({ where: { id: 1 } })).revision
}

describe('the configuration of an agent', () => {
  it('follows what is declared, and the control plane knows that it did', async () => {
    const agent = await joined(await planes.replica())
    await declareResource(planes, { name: 'shop', password: 'a secret of the shop' })
    await declarePolicy(planes, { name: 'reading', resources: { names: ['shop'] }, rules: [readOnly] })
    await declareProvider(planes, 'corp', [{ kty: 'EC', crv: 'P-256', kid: 'one', x: 'x', y: 'y' }])
    const lock = await declareLock(planes, 'mallory')
    const snapshot = await eventually(() => {
      const current = agent.plane.current()
      return current?.locks.length === 1 && current.providers.has('corp') ? current : undefined
    })
    expect(names(agent)).toEqual(['shop'])
    expect(snapshot.resources.get('shop')?.secrets).toEqual({ password: 'a secret of the shop' })
    expect(snapshot.policies.map(({ name }) => name)).toEqual(['reading'])
    expect(snapshot.locks[0]).toEqual({ id: lock, target: { kind: 'principal', name: 'mallory' }, message: 'locked by a test' })
    expect(agent.plane.providers().map(({ issuer }) => issuer)).toEqual(['https://corp.example'])
    expect(await agent.plane.keys('corp', 'one')).toHaveLength(1)
    const expected = await revision()
    await eventually(async () => (await acknowledged(agent)).version === expected)

    await planes.db.lock.delete({ where: { id: lock } })
    await eventually(() => agent.plane.current()?.locks.length === 0)
    expect(names(agent)).toEqual(['shop'])
  })

  it('reaches agents of every replica, whichever one was told', async () => {
    const [one, two] = [await planes.replica(), await planes.replica()]
    const agents = [await joined(one), await joined(two)]
    await declareResource(planes, { name: 'shop' })
    for (const agent of agents) await eventually(() => names(agent).includes('shop'))
    await declareLock(planes, 'mallory')
    for (const agent of agents) await eventually(() => agent.plane.current()?.locks.length === 1)
  })

  it('holds only what is assigned to the agent, and what concerns that', async () => {
    const replica = await planes.replica()
    const [pool, labelled] = [await joined(replica), await joined(replica, { zone: 'blue', tier: 'one' })]
    await declareResource(planes, { name: 'for-the-pool', labels: { kind: 'a' } })
    await declareResource(planes, { name: 'for-blue', selector: { zone: 'blue' }, labels: { kind: 'b' } })
    await declareResource(planes, { name: 'for-red', selector: { zone: 'red' } })
    await declarePolicy(planes, { name: 'on-a', resources: { labels: { kind: 'a' } }, rules: [readOnly] })
    await declarePolicy(planes, { name: 'on-b', resources: { names: ['for-b*'] }, rules: [readOnly] })
    const policies = ({ plane }: RunningAgent) => plane.current()?.policies.map(({ name }) => name)
    await eventually(() => policies(pool)?.length === 1 && policies(labelled)?.length === 1)
    expect([names(pool), names(labelled)]).toEqual([['for-the-pool'], ['for-blue']])
    expect([policies(pool), policies(labelled)]).toEqual([['on-a'], ['on-b']])

    await planes.db.agent.update({ where: { id: pool.plane.agentId }, data: { labels: { zone: 'red' } } })
    await eventually(() => names(pool).join() === 'for-red')
  })

  it('lies on disk with its secrets sealed', async () => {
    const agent = await joined(await planes.replica())
    await declareResource(planes, { name: 'shop', password: 'canary-of-the-shop' })
    await eventually(() => names(agent).includes('shop'))
    const stored = await readFile(join(agent.dataDir, 'snapshot.json'), 'utf8')
    expect(stored).toContain('resource/shop')
    expect(stored).not.toContain('canary-of-the-shop')
  })

  it('is refused whole when the agent does not know a part of it, and the old one stays', async () => {
    const agent = await joined(await planes.replica())
    await declareResource(planes, { name: 'shop' })
    await eventually(() => names(agent).includes('shop'))
    await declarePolicy(planes, { name: 'from-the-future', resources: { names: ['shop'] }, rules: [readOnly], quantum: true })
    const { lastError } = await eventually(async () => {
      const answer = await acknowledged(agent)
      return answer.lastError === null ? undefined : answer
    })
    expect(lastError).toMatch(/^policy\/from-the-future: .*quantum/)
    expect(agent.plane.state().lastNack).toBe(lastError)
    expect(agent.plane.current()?.policies).toEqual([])
    const refused = agent.plane.current()?.expiresAt

    await planes.db.policy.deleteMany({})
    await eventually(async () => (await acknowledged(agent)).lastError === null)
    expect(agent.plane.current()?.expiresAt).toBeGreaterThan(refused!)
  })

  it('is signed anew while nothing changes, and not for one that was refused', async () => {
    const agent = await joined(await planes.replica({ snapshotTtl: 3_000 }))
    await declareResource(planes, { name: 'shop' })
    await eventually(() => names(agent).includes('shop'))
    const first = agent.plane.current()!
    await eventually(() => agent.plane.current()!.expiresAt > first.expiresAt)
    expect(agent.plane.current()?.version).toBe(first.version)

    await declarePolicy(planes, { name: 'from-the-future', resources: { names: ['shop'] }, rules: [readOnly], quantum: true })
    await eventually(async () => (await acknowledged(agent)).lastError !== null)
    await eventually(() => agent.plane.current()!.expiresAt <= Date.now())
    expect(agent.plane.state().link).toBe('connected')
  })

  it('outlives the control plane and the process, and goes on when the control plane is back', async () => {
    const replica = await planes.replica()
    const { port } = replica
    const agent = await joined(replica)
    await declareResource(planes, { name: 'shop', password: 'a secret of the shop' })
    await eventually(() => names(agent).includes('shop'))
    await replica.close()
    await eventually(() => agent.plane.state().link === 'connecting')
    expect(names(agent)).toEqual(['shop'])
    await agent.stop()

    const again = await planes.agent({ port, dataDir: agent.dataDir })
    await again.plane.ready(AbortSignal.timeout(1_000))
    expect(again.plane.current()?.resources.get('shop')?.secrets).toEqual({ password: 'a secret of the shop' })
    await declareResource(planes, { name: 'meanwhile' })
    await planes.replica({ grpcPort: port })
    await eventually(() => names(again).join() === 'meanwhile,shop')
  })

  it('is not believed from a disk that was changed', async () => {
    const replica = await planes.replica()
    const agent = await joined(replica)
    await declareResource(planes, { name: 'shop' })
    await eventually(() => names(agent).includes('shop'))
    await replica.close()
    await agent.stop()
    const path = join(agent.dataDir, 'snapshot.json')
    const { writeFile } = await import('node:fs/promises')
    await writeFile(path, (await readFile(path, 'utf8')).replace('127.0.0.1', '127.0.0.2'))
    const again = await planes.agent({ port: replica.port, dataDir: agent.dataDir })
    expect(again.plane.current()).toBeUndefined()
  })

  it('follows a signer that the pinned one signed, while connected and later', async () => {
    const replica = await planes.replica()
    const [online, offline] = [await joined(replica), await joined(replica)]
    await offline.stop()
    const pin = ({ dataDir }: RunningAgent) => readFile(join(dataDir, 'identity/snapshot-signer'), 'utf8')
    const before = await pin(online)
    expect(await pin(offline)).toBe(before)
    await rotateSigner(planes.db, planes.secrets)
    await rotateSigner(planes.db, planes.secrets)
    await declareResource(planes, { name: 'shop' })
    await eventually(() => names(online).includes('shop'))
    const again = await planes.agent({ port: replica.port, dataDir: offline.dataDir })
    await eventually(() => names(again).includes('shop'))
    expect(await pin(online)).not.toBe(before)
    expect(await pin(again)).toBe(await pin(online))
  })

  it('of a database that was set back is refused, until a new generation begins', async () => {
    const agent = await joined(await planes.replica())
    await declareResource(planes, { name: 'shop' })
    await eventually(() => names(agent).includes('shop'))
    await declareResource(planes, { name: 'other' })
    await eventually(() => names(agent).includes('other'))
    await planes.db.configRevision.update({ where: { id: 1 }, data: { revision: 1 } })
    const { lastError } = await eventually(async () => {
      const answer = await acknowledged(agent)
      return answer.lastError === null ? undefined : answer
    })
    expect(lastError).toContain('older than version')
    await beginGeneration(planes.db)
    await eventually(async () => (await acknowledged(agent)).lastError === null)
    expect(agent.plane.current()?.version).toMatch(/^2\./)
  })

  it('is gone when the agent is revoked', async () => {
    const [one, two] = [await planes.replica(), await planes.replica()]
    const agent = await joined(two)
    await eventually(() => agent.plane.state().link === 'connected')
    const snapshots: number[] = []
    agent.plane.onChange(({ expiresAt }) => snapshots.push(expiresAt))
    await planes.db.agent.update({ where: { id: agent.plane.agentId }, data: { state: 'revoked' } })
    await eventually(() => agent.plane.state().link === 'refused')
    expect(agent.plane.current()?.expiresAt).toBe(0)
    expect(snapshots.at(-1)).toBe(0)
    await expect(readFile(join(agent.dataDir, 'snapshot.json'))).rejects.toThrow('ENOENT')
    await one.close()
  })
})

describe('what the planes ask of each other', () => {
  it('ends sessions at the agent, from any replica', async () => {
    const [one] = [await planes.replica(), await planes.replica()]
    const agent = await joined(one)
    const instance = await planes.db.agentInstance.findFirstOrThrow({ where: { agentId: agent.plane.agentId } })
    const ended: string[] = []
    agent.plane.onTerminate((session, message) => ended.push(`${session}: ${message}`))
    const id = 'ses_00000000000000000000000001'
    await planes.db.session.create({
      data: {
        id,
        agentId: agent.plane.agentId,
        instanceId: instance.id,
        state: 'active',
        provider: 'corp',
        subject: 'alice',
        principal: 'alice',
        principalKind: 'human',
        tokenId: 't',
        resourceId: 'res_00000000000000000000000001',
        resource: 'shop',
        protocol: 'postgres',
        clientAddress: '127.0.0.1',
        openedAt: new Date(),
        lastEventAt: new Date(),
      },
    })
    await planes.db.session.update({ where: { id }, data: { terminateAskedAt: new Date(), terminateMessage: 'enough' } })
    await eventually(() => ended.length > 0)
    // Looked at again and again, and carried out once.
    await declareLock(planes, 'mallory')
    await eventually(() => agent.plane.current()?.locks.length === 1)
    expect(ended).toEqual([`${id}: enough`])
  })

  it('fetches the keys of a provider anew for a key id that is not known, and not for ever', async () => {
    const fetched: string[] = []
    const replica = await planes.replica({
      refetchKeys: async (provider, keyId) => {
        fetched.push(`${provider}/${keyId}`)
        await planes.db.providerKeys.updateMany({ data: { jwks: { keys: [{ kty: 'EC', kid: 'new' }] } } })
      },
    })
    const agent = await joined(replica)
    await declareProvider(planes, 'corp', [{ kty: 'EC', kid: 'old' }])
    await eventually(() => agent.plane.current()?.providers.has('corp'))
    expect(await Promise.all([agent.plane.keys('corp', 'new'), agent.plane.keys('corp', 'new')])).toEqual([
      [{ kty: 'EC', kid: 'new' }],
      [{ kty: 'EC', kid: 'new' }],
    ])
    expect(await agent.plane.keys('corp', 'newer')).toEqual([])
    expect(await agent.plane.keys('nobody', 'new')).toBeUndefined()
    expect(fetched).toEqual(['corp/new'])
  })

  it('takes the target model of a resource that is assigned to the agent, and of no other', async () => {
    const agent = await joined(await planes.replica())
    const resource = await declareResource(planes, { name: 'shop' })
    const foreign = await declareResource(planes, { name: 'elsewhere', selector: { zone: 'red' } })
    const upload = (id: string, epoch: string, json = '{"relations":[]}') =>
      agent.plane.uploadTargetModel({ resource: id, database: 'shop', epoch, json: () => json })
    await eventually(() => agent.plane.state().link === 'connected')
    await upload(resource, '0'.repeat(64))
    await upload(resource, 'f'.repeat(64))
    await expect(upload(foreign, '0'.repeat(64))).rejects.toThrow('no such resource is assigned to this agent')
    await expect(upload(resource, 'e'.repeat(64), 'not JSON')).rejects.toThrow('a target model is JSON')
    expect((await planes.db.targetModel.findMany()).map(({ resourceId, epoch }) => [resourceId, epoch])).toEqual([
      [resource, 'f'.repeat(64)],
    ])
  })
})
