import { encodeRecord, genesis } from '@sallyport/audit'
import type { AuditEvent } from '@sallyport/core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { newId } from '../ids.js'
import { resourceBody, startWorld, type World } from '../testing/world.js'

/** What agents tell, read through REST: agents, sessions and the trail. Rows are written as the streams write them. */
let world: World
let admin: string
const agent = newId('agt')
const instance = newId('ins')
const spool = newId('spl')

beforeAll(async () => {
  const tokens: unknown[] = []
  world = await startWorld({
    streams: {
      createJoinToken: async (wanted) => {
        tokens.push(wanted)
        return { id: newId('jtk'), token: `sjt_canary${tokens.length}.hash`, expiresAt: new Date(Date.now() + wanted.ttl) }
      },
    },
  })
  admin = await world.as('admin')
  const bytes = Uint8Array.from(Buffer.alloc(32))
  await world.db.agent.create({
    data: {
      id: agent,
      labels: { zone: 'a' },
      state: 'connected',
      version: '0.1.0',
      tlsKey: bytes,
      auditKey: bytes,
      sealingKey: bytes,
      certificateExpiresAt: new Date('2999-01-01'),
    },
  })
  await world.db.agentInstance.create({
    data: {
      id: instance,
      agentId: agent,
      continuity: bytes,
      pending: [],
      connected: true,
      configGeneration: 1n,
      configVersion: 7n,
      configAckedAt: new Date(),
    },
  })
  await world.db.spool.create({ data: { id: spool, agentId: agent, instanceId: instance, hash: genesis } })
})
afterAll(() => world.close())

let sequence = 0
async function addSession(principal: string, resource: string, statement: string): Promise<string> {
  const id = newId('ses')
  const { id: resourceId } = await world.db.resource.findUniqueOrThrow({ where: { name: resource } })
  await world.db.session.create({
    data: {
      id,
      agentId: agent,
      instanceId: instance,
      state: 'active',
      provider: 'test',
      subject: principal,
      principal,
      principalKind: 'agent',
      groups: ['ai-agents'],
      tokenId: 'jti-1',
      resourceId,
      resource,
      protocol: 'postgres',
      clientAddress: '127.0.0.1',
      openedAt: new Date(),
      lastEventAt: new Date(),
    },
  })
  const event: AuditEvent = {
    id: newId('evt'),
    at: Date.now(),
    session: id,
    type: 'statement.decided',
    statement: newId('stm'),
    decision: 'allow',
    rules: [{ policy: 'p', rule: 'r' }],
    shadow: [],
    actions: [{ verb: 'select', effects: ['read'], touches: [], facts: { camelCase: true }, certainty: 'exact' }],
    texts: [{ text: statement }],
    params: [],
    context: { search_path: 'public' },
    policyVersion: '7',
  }
  sequence++
  const { bytes, hash } = encodeRecord({
    agent,
    instance,
    spool,
    sequence,
    previous: genesis,
    session: { sequence: 1, previous: genesis },
    event,
  })
  await world.db.auditEvent.create({
    data: {
      id: event.id,
      spoolId: spool,
      sequence: BigInt(sequence),
      agentId: agent,
      instanceId: instance,
      hash,
      record: Uint8Array.from(bytes),
      type: event.type,
      at: new Date(event.at),
      sessionId: id,
      statement: event.statement,
    },
  })
  return id
}

describe('an agent', () => {
  it('is listed with its state, its configuration and its instances', async () => {
    const { body } = await world.ask('GET', '/v1/agents', { token: admin })
    expect(body['items'][0]).toMatchObject({
      id: agent,
      state: 'connected',
      config_version: '1.7',
      last_error: null,
      instances: [{ id: instance, connected: true }],
    })
    expect((await world.ask('GET', '/v1/agents?state=revoked', { token: admin })).body['items']).toEqual([])
  })

  it('is current once it has acknowledged what was written last, and not before', async () => {
    const listed = async () => (await world.ask('GET', '/v1/agents', { token: admin })).body
    await world.ask('PUT', '/v1/policies/newer', {
      token: admin,
      body: { subjects: {}, resources: {}, rules: [{ id: 'x', action: 'deny' }] },
    })
    const { revision } = await world.db.configRevision.findUniqueOrThrow({ where: { id: 1 } })
    const acknowledge = (configVersion: bigint) => world.db.agentInstance.update({ where: { id: instance }, data: { configVersion } })
    await acknowledge(revision - 1n)
    const { config_version: newest, items } = await listed()
    expect([newest, items[0]!['config_current']]).toEqual([`1.${revision}`, false])
    await acknowledge(revision)
    expect((await listed()).items[0]!['config_current']).toBe(true)
    await world.db.setting.create({ data: { name: 'snapshot.generation', value: 2 } })
    expect((await listed()).items[0]).toMatchObject({ config_version: `1.${revision}`, config_current: false })
    await world.db.setting.delete({ where: { name: 'snapshot.generation' } })
    await world.db.agentInstance.update({ where: { id: instance }, data: { connected: false } })
    expect((await world.ask('GET', `/v1/agents/${agent}`, { token: admin })).body).toMatchObject({ config_current: false })
    await world.db.agentInstance.update({ where: { id: instance }, data: { connected: true } })
  })

  it('joins by a token that is shown once and told to nobody else', async () => {
    const { status, headers, body } = await world.ask('POST', '/v1/agents/join-tokens', {
      token: admin,
      body: { labels: { zone: 'b' }, ttl_seconds: 60 },
    })
    expect(status).toBe(201)
    expect(headers['cache-control']).toBe('no-store')
    expect(body['token']).toMatch(/^sjt_/)
    const events = await world.ask('GET', '/v1/audit/events?type=join_token.create', { token: admin })
    expect(events.body['items']).toHaveLength(1)
    expect([events.text, ...world.logged].join('\n')).not.toContain('sjt_canary')
    expect((await world.ask('POST', '/v1/agents/join-tokens', { token: admin, body: { ttl_seconds: 5 } })).status).toBe(400)
  })

  it('is relabelled, and what it may not become is a conflict', async () => {
    const relabelled = await world.ask('PATCH', `/v1/agents/${agent}`, { token: admin, body: { labels: { zone: 'c' } } })
    expect(relabelled.body['labels']).toEqual({ zone: 'c' })
    const { status, body } = await world.ask('POST', `/v1/agents/${agent}/release`, { token: admin })
    expect([status, body['code']]).toEqual([409, 'conflict'])
    await world.db.agent.update({ where: { id: agent }, data: { state: 'quarantined', quarantineReason: 'copied certificate' } })
    const released = await world.ask('POST', `/v1/agents/${agent}/release`, { token: admin })
    expect(released.body).toMatchObject({ state: 'disconnected', quarantine_reason: null })
    expect((await world.ask('DELETE', `/v1/agents/${agent}`, { token: admin })).status).toBe(204)
    expect((await world.ask('DELETE', `/v1/agents/${agent}`, { token: admin })).status).toBe(409)
    expect((await world.ask('GET', `/v1/agents/${agent}`, { token: admin })).body['state']).toBe('revoked')
  })
})

describe('a session', () => {
  let mine: string
  let theirs: string
  beforeAll(async () => {
    await world.ask('PUT', '/v1/resources/dev', { token: admin, body: resourceBody({ labels: { env: 'dev' } }) })
    await world.ask('PUT', '/v1/resources/prod', { token: admin, body: resourceBody({ labels: { env: 'prod' } }) })
    mine = await addSession('billing', 'dev', 'select count(*) from Products')
    theirs = await addSession('reporting', 'prod', 'select 100% from "Sales"\nlimit 1')
  })

  const listed = async (query: string, token = admin) => {
    const { body } = await world.ask('GET', `/v1/sessions${query}`, { token })
    return body['items'].map((item) => item.id)
  }

  it('is found by principal, resource, protocol, state, time and text', async () => {
    expect(await listed('')).toEqual([theirs, mine])
    expect(await listed('?principal=billing')).toEqual([mine])
    expect(await listed('?principal=test/reporting')).toEqual([theirs])
    expect(await listed('?resource=dev')).toEqual([mine])
    expect(await listed('?protocol=ssh')).toEqual([])
    expect(await listed('?state=ended')).toEqual([])
    expect(await listed('?text=products')).toEqual([mine])
    expect(await listed('?text=100%25')).toEqual([theirs])
    expect(await listed('?text=%22Sales%22%0A')).toEqual([theirs])
    // What a record says beside its statements: verbs, rules, ids.
    expect(await listed('?text=search_path')).toEqual([])
    expect(await listed('?since=2999-01-01T00:00:00Z')).toEqual([])
    expect(await listed('?until=2999-01-01T00:00:00Z&limit=1')).toEqual([theirs])
  })

  it('shows who and what', async () => {
    const { body } = await world.ask('GET', `/v1/sessions/${mine}`, { token: admin })
    expect(body).toMatchObject({
      principal: { provider: 'test', name: 'billing', kind: 'agent', groups: ['ai-agents'] },
      resource: { name: 'dev' },
      end: null,
    })
  })

  it('has its events in snake_case, but for the words of others', async () => {
    const { body } = await world.ask('GET', `/v1/sessions/${mine}/events`, { token: admin })
    expect(body['items']).toHaveLength(1)
    expect(body['items'][0]).toMatchObject({
      source: 'agent',
      type: 'statement.decided',
      decision: 'allow',
      policy_version: '7',
      texts: [{ text: 'select count(*) from Products' }],
      actions: [{ facts: { camelCase: true } }],
    })
    expect(body['items'][0]!['at']).toMatch(/Z$/)
  })

  it('on a resource of other labels does not exist for a scoped role', async () => {
    const auditor = await world.as({ role: 'auditor', labels: { env: 'dev' } })
    expect(await listed('', auditor)).toEqual([mine])
    expect((await world.ask('GET', `/v1/sessions/${theirs}`, { token: auditor })).status).toBe(404)
    expect((await world.ask('GET', `/v1/sessions/${theirs}/events`, { token: auditor })).status).toBe(404)
    const operator = await world.as({ role: 'operator', labels: { env: 'dev' } })
    expect((await world.ask('POST', `/v1/sessions/${theirs}/terminate`, { token: operator })).status).toBe(404)
    expect((await world.db.session.findUniqueOrThrow({ where: { id: theirs } })).terminateAskedAt).toBeNull()
  })

  it('is asked to end once, and not at all when it has ended', async () => {
    const terminate = () => world.ask('POST', `/v1/sessions/${mine}/terminate`, { token: admin, body: { message: 'enough' } })
    expect((await terminate()).status).toBe(202)
    expect((await terminate()).status).toBe(202)
    expect(await world.db.adminEvent.count({ where: { action: 'session.terminate', targetId: mine } })).toBe(1)
    expect((await world.db.session.findUniqueOrThrow({ where: { id: mine } })).terminateMessage).toBe('enough')
    await world.db.session.update({
      where: { id: mine },
      data: { state: 'ended', endedAt: new Date(), endReason: 'terminated', endMessage: 'enough' },
    })
    expect((await terminate()).status).toBe(409)
    await world.db.session.update({
      where: { id: theirs },
      data: { state: 'ended', endedAt: new Date(), endReason: 'client_closed', endMessage: 'bye' },
    })
    expect((await world.ask('POST', `/v1/sessions/${theirs}/terminate`, { token: admin })).status).toBe(409)
  })

  it('stands in the common trail beside administrative acts', async () => {
    const { body } = await world.ask('GET', '/v1/audit/events?limit=200', { token: admin })
    expect(new Set(body['items'].map((event) => event['source']))).toEqual(new Set(['agent', 'control-plane']))
    const one = await world.ask('GET', `/v1/audit/events?session=${theirs}`, { token: admin })
    expect(one.body['items'].map((event) => event['session'])).toEqual([theirs])
  })
})
