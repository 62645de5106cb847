import { targetDigest } from '@sallyport/contract'
import type { Finding } from '@sallyport/core'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { newId } from '../../ids.js'
import { resourceBody, startWorld, type Answer, type World } from '../../testing/world.js'

let world: World
let admin: string
let agentId: string

const put = (name: string, body: unknown): Promise<Answer> => world.ask('PUT', `/v1/resources/${name}`, { token: admin, body })
const get = (name: string): Promise<Answer> => world.ask('GET', `/v1/resources/${name}`, { token: admin })

const findings: readonly Finding[] = [
  { id: 'superuser', severity: 'critical', what: 'the role app is a superuser', remedy: 'ALTER ROLE app NOSUPERUSER;' },
  { id: 'owner', severity: 'warning', what: 'the role app owns', remedy: 'REASSIGN OWNED BY app TO another_role;' },
  { id: 'create_database', severity: 'info', what: 'the role app may make databases', remedy: 'ALTER ROLE app NOCREATEDB;' },
]

beforeAll(async () => {
  world = await startWorld()
  admin = await world.as('admin')
  const key = new Uint8Array(32)
  const data = {
    labels: {},
    state: 'enrolled',
    version: '1',
    tlsKey: key,
    auditKey: key,
    sealingKey: key,
    certificateExpiresAt: new Date(),
  }
  agentId = (await world.db.agent.create({ data: { id: newId('agt'), ...data } })).id
})
afterAll(() => world.close())

/** As the agent's upload leaves it. */
async function found(name: string, told: { readonly checkedAt?: Date; readonly error?: string; readonly findings?: readonly Finding[] }) {
  const { id, target } = await world.db.resource.findUniqueOrThrow({ where: { name } })
  const digest = Uint8Array.from(targetDigest(target as Record<string, unknown>))
  const data = {
    agentId,
    targetDigest: digest,
    findings: (told.findings ?? []) as never,
    checkedAt: told.checkedAt ?? null,
    error: told.error ?? null,
  }
  const key = { resourceId: id, database: 'shop' }
  await world.db.targetPosture.upsert({ where: { resourceId_database: key }, create: { ...key, ...data }, update: data })
}

it('is null until an agent has looked, and then told with its remedies, in lists too', async () => {
  const made = await put('shop', resourceBody())
  expect([made.body['posture'], made.body['warnings']]).toEqual([null, []])
  const checkedAt = new Date('2026-11-24T01:02:03.004Z')
  await found('shop', { checkedAt, findings })
  const { body } = await get('shop')
  expect(body['posture']).toEqual({ agent: agentId, database: 'shop', checked_at: '2026-11-24T01:02:03.004Z', error: null, findings })
  expect(body['warnings']).toEqual(['critical: the role app is a superuser', 'warning: the role app owns'])
  const list = await world.ask('GET', '/v1/resources', { token: admin })
  expect(list.body.items.find(({ id }) => id === body.id)).toEqual(body)
})

it('warns at once where a resource is put again, and is no part of what was declared', async () => {
  const { password: _, ...open } = resourceBody()['target'] as Record<string, unknown>
  const again = await put('shop', { ...resourceBody(), target: open, labels: { env: 'other' } })
  expect([again.status, again.body['warnings']]).toEqual([200, [expect.stringContaining('superuser'), expect.stringContaining('owns')]])
  const patched = await world.ask('PATCH', '/v1/resources/shop', { token: admin, body: { labels: { env: 'third' } } })
  expect([patched.status, (patched.body['posture'] as { findings: unknown }).findings]).toEqual([200, findings])
  expect((await put('shop', { ...resourceBody(), posture: null })).status).toBe(400)
  const acts = await world.db.adminEvent.findMany({ where: { targetName: 'shop' } })
  expect(acts.length).toBeGreaterThan(2)
  expect(JSON.stringify(acts, (_key, value: unknown) => (typeof value === 'bigint' ? String(value) : value))).not.toContain('posture')
})

it('of another target, or with another password, is forgotten', async () => {
  await put('moved', resourceBody())
  await found('moved', { checkedAt: new Date(), findings })
  const { password: _, ...open } = resourceBody()['target'] as Record<string, unknown>
  const renamed = await put('moved', { ...resourceBody(), target: { ...open, database: 'other' } })
  expect([renamed.status, renamed.body['posture'], renamed.body['warnings']]).toEqual([200, null, []])
  await found('moved', { checkedAt: new Date(), findings })
  expect((await get('moved')).body['warnings']).toHaveLength(2)
  const given = await put('moved', resourceBody())
  expect([given.status, given.body['posture']]).toEqual([200, null])
})

it('that could not be had says why, beside what was found before', async () => {
  await put('away', resourceBody())
  await found('away', { error: 'the target of away does not answer (ECONNREFUSED)' })
  const first = (await get('away')).body
  expect(first['posture']).toMatchObject({ checked_at: null, error: expect.stringContaining('ECONNREFUSED'), findings: [] })
  expect(first['warnings']).toEqual(['its target could not be looked at: the target of away does not answer (ECONNREFUSED)'])
  await found('away', { checkedAt: new Date(), error: 'timed out', findings: findings.slice(1) })
  expect((await get('away')).body['warnings']).toEqual(['its target could not be looked at: timed out', 'warning: the role app owns'])
})

it('goes with its resource', async () => {
  await put('gone', resourceBody())
  await found('gone', { checkedAt: new Date(), findings })
  expect((await world.ask('DELETE', '/v1/resources/gone', { token: admin })).status).toBe(204)
  expect(await world.db.targetPosture.count({ where: { resource: { name: 'gone' } } })).toBe(0)
})
