import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { HashKey } from '@sallyport/core'
import { afterAll, beforeEach, expect, it } from 'vitest'
import { createTokens } from '../../../../packages/masking/src/index.js'
import { openHashKey, rotateHashKey } from '../../../control-plane/src/secrets/index.js'
import { systemActor } from '../../../control-plane/src/trail/index.js'
import { declarePolicy, declareResource } from '../../test/declared.js'
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

/** A resource, and a policy over it that masks one column so. */
async function masked(name: string, as: string, selector: Readonly<Record<string, string>> = {}): Promise<void> {
  await declareResource(planes, { name, selector })
  const masks = [{ id: 'email', columns: ['public.customers.email'], as }]
  await declarePolicy(planes, { name: `on-${name}`, resources: { names: [name] }, masks })
}

const serving = (agent: RunningAgent, name: string) =>
  eventually(() => agent.plane.current()?.policies.some((policy) => policy.name === `on-${name}`))
const keysOf = ({ plane }: RunningAgent): readonly HashKey[] | undefined => plane.current()?.hashKeys
const spelled = (keys: readonly HashKey[] | undefined) => keys?.map(({ epoch, key }) => [epoch, Buffer.from(key).toString('hex')])

/** The token of one UUID. */
const tokenBy = (keys: readonly HashKey[] | undefined) =>
  Buffer.from(createTokens(keys ?? [])?.uuid(Buffer.alloc(16, 7), 0) ?? []).toString('hex')

it('reach the agents that serve something that is hashed, the same to all, and no other agent', async () => {
  const [one, two] = [await planes.replica(), await planes.replica()]
  const [first, second, other] = [await joined(one), await joined(two), await joined(one, { zone: 'red' })]
  await masked('shop', 'hash')
  await masked('elsewhere', 'redact', { zone: 'red' })
  for (const agent of [first, second]) await serving(agent, 'shop')
  await serving(other, 'elsewhere')
  expect(keysOf(first)).toMatchObject([{ epoch: 1 }])
  expect(keysOf(first)?.[0]?.key).toHaveLength(32)
  expect(spelled(keysOf(second))).toEqual(spelled(keysOf(first)))
  expect(keysOf(other)).toBeUndefined()
})

it('are the newest alone after a rotation', async () => {
  const agent = await joined(await planes.replica())
  await masked('shop', 'hash')
  await serving(agent, 'shop')
  const before = keysOf(agent)
  await rotateHashKey(planes.db, planes.secrets, systemActor)
  await eventually(() => keysOf(agent)?.[0]?.epoch === 2)
  expect(keysOf(agent)).toHaveLength(1)
  expect(keysOf(agent)?.[0]?.key).not.toEqual(before?.[0]?.key)
  const rows = await planes.db.hashKey.findMany({ orderBy: { epoch: 'asc' } })
  const opened = await Promise.all(rows.map((row) => openHashKey(planes.db, planes.secrets, row)))
  expect(opened.map((key) => key.equals(before![0]!.key))).toEqual([true, false])
})

it('make the same tokens again after a start without a control plane, and lie on disk only sealed', async () => {
  const replica = await planes.replica()
  const agent = await joined(replica)
  await masked('shop', 'hash')
  await serving(agent, 'shop')
  const before = spelled(keysOf(agent))
  const token = tokenBy(keysOf(agent))
  expect(token).toMatch(/^[0-9a-f]{32,}$/)
  await replica.close()
  await agent.stop()
  const again = await planes.agent({ port: replica.port, dataDir: agent.dataDir })
  await again.plane.ready(AbortSignal.timeout(1_000))
  expect(again.plane.state().link).toBe('connecting')
  expect(spelled(keysOf(again))).toEqual(before)
  expect(tokenBy(keysOf(again))).toBe(token)
  const stored = await readFile(join(agent.dataDir, 'snapshot.json'), 'utf8')
  expect(stored).toContain('keyring/default')
  const key = Buffer.from(keysOf(again)![0]!.key)
  for (const spelling of ['hex', 'base64', 'base64url'] as const) expect(stored).not.toContain(key.toString(spelling))
})
