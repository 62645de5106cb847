import { generateKeyPairSync } from 'node:crypto'
import { createChain, hashRecord, signHead } from '@sallyport/audit'
import type { AuditEvent, CloseReason } from '@sallyport/core'
import type { AuditBatch } from '@sallyport/contract'
import { afterAll, beforeEach, describe, expect, it } from 'vitest'
import { newId } from '../../../agent/src/clock.js'
import { enrol } from '../../../agent/src/enrol/index.js'
import type { StoredIdentity } from '../../../agent/src/enrol/identity.js'
import { copyFolder, eventually, startPlanes } from '../../test/planes.js'
import type { Planes, RunningAgent } from '../../test/planes.js'
import { openLink } from '../../../agent/src/plane/control-stream.js'
import { channelIdentity } from '../../../agent/src/plane/renewal.js'
import { planeStream } from '../../../agent/src/plane/stream.js'
import { agentClient, batchOf, emptySpool, identityOf, rawAudit, rawLink, refusalFrom } from '../../test/raw.js'

const server = startPlanes()
let planes: Planes
let replica: Awaited<ReturnType<Planes['replica']>>

beforeEach(async () => {
  planes = await server.open()
  replica = await planes.replica()
})
afterAll(() => server.stop())

async function joinToken(): Promise<string> {
  return (await replica.createJoinToken({ labels: {}, ttl: 60_000, createdBy: 'system' })).token
}

async function joined(): Promise<RunningAgent> {
  return planes.agent({ port: replica.port, dataDir: await planes.folder(), joinToken: await joinToken() })
}

async function enrolled(): Promise<StoredIdentity> {
  const dataDir = await planes.folder()
  await enrol({ dataDir, server: `127.0.0.1:${replica.port}`, agentVersion: 'test', joinToken: await joinToken() })
  return identityOf(dataDir)
}

const stamp = () => ({ id: newId('evt'), at: Date.now() })

function opened(session: string): AuditEvent {
  return {
    type: 'session.opened',
    ...stamp(),
    session,
    identity: {
      principal: {
        provider: 'corp',
        subject: 'u-1',
        name: 'alice\0',
        kind: 'human',
        groups: ['dba', 'staff'],
        person: 'alice@corp',
        primary: true,
      },
      chain: [],
      token: { id: 'token-1', issuer: 'https://corp.example', audience: ['sallyport'], issuedAt: 1, expiresAt: 2 },
      claims: {},
    },
    resource: { id: 'res_00000000000000000000000001', name: 'shop', protocol: 'postgres', labels: {} },
    facts: { id: session, protocol: 'postgres', client: { address: '127.0.0.1', application: 'psql' }, database: 'shop', role: 'reader' },
    rules: [],
  }
}

function decided(session: string, statement: string, decision: 'allow' | 'deny'): AuditEvent {
  const judged = { rules: [], shadow: [], actions: [], texts: [{ text: 'select 1' }], params: [], context: {}, policyVersion: '1.1' }
  return { type: 'statement.decided', ...stamp(), session, statement, decision, ...judged }
}

function ran(session: string, statement: string, rows: number): AuditEvent {
  return { type: 'statement.ended', ...stamp(), session, statement, outcome: { status: 'ok', rows }, duration: 3 }
}

function ended(session: string, code: CloseReason['code'] = 'client_closed'): AuditEvent {
  return { type: 'session.ended', ...stamp(), session, reason: { code, message: 'the client left' }, units: 2 }
}

const noted = (what: string): AuditEvent => ({ type: 'agent.noted', ...stamp(), what, detail: {} })

async function record({ spool }: RunningAgent, events: readonly AuditEvent[]): Promise<void> {
  for (const event of events) await spool.journal.append(event, 'strict')
}

async function stored(agent: string): Promise<readonly string[]> {
  const rows = await planes.db.auditEvent.findMany({ where: { agentId: agent }, orderBy: { sequence: 'asc' } })
  return rows.map(({ type }) => type)
}

function stateOf(id: string): Promise<{ readonly state: string; readonly quarantineReason: string | null }> {
  return planes.db.agent.findUniqueOrThrow({ where: { id }, select: { state: true, quarantineReason: true } })
}

describe('the trail of an agent', () => {
  it('arrives once, in order, and is told as sessions', async () => {
    const agent = await joined()
    const session = newId('ses')
    await record(agent, [opened(session), decided(session, 'stm_1', 'allow'), ran(session, 'stm_1', 7), decided(session, 'stm_2', 'deny')])
    await eventually(async () => (await stored(agent.plane.agentId)).length === 4)
    expect(await planes.db.session.findUniqueOrThrow({ where: { id: session } })).toMatchObject({
      agentId: agent.plane.agentId,
      state: 'active',
      provider: 'corp',
      subject: 'u-1',
      principal: 'alice\uFFFD',
      principalKind: 'human',
      groups: ['dba', 'staff'],
      person: 'alice@corp',
      tokenId: 'token-1',
      resource: 'shop',
      database: 'shop',
      role: 'reader',
      application: 'psql',
      statements: 2,
      refused: 1,
      rows: 7n,
      endedAt: null,
    })
    await record(agent, [ended(session)])
    await eventually(async () => (await stored(agent.plane.agentId)).length === 5)
    expect(await planes.db.session.findUniqueOrThrow({ where: { id: session } })).toMatchObject({
      state: 'ended',
      endReason: 'client_closed',
      endMessage: 'the client left',
      statements: 2,
    })
    await eventually(() => agent.plane.state().acknowledged === 5)
    const rows = await planes.db.auditEvent.findMany({ orderBy: { sequence: 'asc' } })
    expect(rows.map(({ record: bytes, hash }) => hashRecord(bytes) === hash)).toEqual([true, true, true, true, true])
    expect(rows.map(({ sessionId, statement }) => [sessionId, statement]).at(1)).toEqual([session, 'stm_1'])
  })

  it('waits on disk while the control plane is away, and arrives once when it is back', async () => {
    const agent = await joined()
    await record(agent, [noted('before')])
    await eventually(() => agent.plane.state().acknowledged === 1)
    const { port } = replica
    await replica.close()
    const session = newId('ses')
    await record(agent, [opened(session), ended(session), noted('while away')])
    await agent.stop()
    const again = await planes.agent({ port, dataDir: agent.dataDir })
    await planes.replica({ grpcPort: port })
    await eventually(() => again.plane.state().acknowledged === 4)
    expect(await stored(agent.plane.agentId)).toEqual(['agent.noted', 'session.opened', 'session.ended', 'agent.noted'])
  })

  it('takes thousands of records in order', async () => {
    const agent = await joined()
    const session = newId('ses')
    await agent.spool.journal.append(opened(session), 'strict')
    for (let i = 0; i < 3_000; i++) await agent.spool.journal.append(decided(session, `stm_${i}`, 'allow'), 'buffered')
    await agent.spool.journal.flush()
    await eventually(() => agent.plane.state().acknowledged === 3_001)
    expect(await planes.db.auditEvent.count()).toBe(3_001)
    expect((await planes.db.session.findUniqueOrThrow({ where: { id: session } })).statements).toBe(3_000)
  })
})

describe('a batch', () => {
  /** An agent whose chain is made by hand. */
  async function byHand() {
    const identity = await enrolled()
    const spool = emptySpool(newId('spl'), 100)
    const origin = { agent: identity.agentId, instance: identity.instanceId, spool: spool.id }
    const chain = createChain(origin)
    const batch = (events: readonly AuditEvent[], key = identity.auditKey, over = chain): AuditBatch => {
      const records = events.map((event) => over.append(event))
      const { sequence, hash } = records.at(-1)!
      return batchOf({
        first: records[0]!.sequence,
        records: records.map(({ bytes }) => bytes),
        head: signHead({ ...origin, sequence, hash }, key),
      })
    }
    const link = await rawLink(replica.port, identity, spool)
    const audit = await rawAudit(link, identity, spool)
    return { identity, origin, batch, audit, link, spool }
  }

  it('that is sent again is acknowledged again and stored once', async () => {
    const { batch, audit, identity, link, spool } = await byHand()
    expect(audit.committed).toBe(0)
    const first = batch([noted('one'), noted('two')])
    expect(await audit.send(first)).toBe(2)
    expect(await audit.send(first)).toBe(2)
    const second = batch([noted('three')])
    const overlapping = { first: 1n, records: [...first.records, ...second.records], head: second.head }
    expect(await audit.send(overlapping)).toBe(3)
    expect(await stored(identity.agentId)).toHaveLength(3)
    const next = await rawLink(replica.port, identity, spool)
    expect((await rawAudit(next, identity, spool)).committed).toBe(3)
    link.close()
    next.close()
  })

  it('that leaves records out is refused, without suspicion', async () => {
    const { batch, audit, identity, link } = await byHand()
    batch([noted('kept back')])
    expect(await refusalFrom(audit.send(batch([noted('two')])))).toBe('invalid')
    expect((await stateOf(identity.agentId)).state).not.toBe('quarantined')
    link.close()
  })

  it('with another record under a sequence that was committed quarantines the agent', async () => {
    const { batch, audit, identity, origin, link } = await byHand()
    expect(await audit.send(batch([noted('one')]))).toBe(1)
    expect(await refusalFrom(audit.send(batch([noted('another one')], identity.auditKey, createChain(origin))))).toBe('quarantined')
    expect(await stateOf(identity.agentId)).toMatchObject({
      state: 'quarantined',
      quarantineReason: expect.stringContaining('other contents') as string,
    })
    expect(await stored(identity.agentId)).toHaveLength(1)
    link.close()
  })

  it('that uses the id of an event twice quarantines the agent', async () => {
    const { batch, audit, identity, link } = await byHand()
    const one = noted('one')
    expect(await audit.send(batch([one]))).toBe(1)
    expect(await refusalFrom(audit.send(batch([{ ...noted('two'), id: one.id }])))).toBe('quarantined')
    expect((await stateOf(identity.agentId)).quarantineReason).toContain('the id of an event twice')
    expect(await stored(identity.agentId)).toHaveLength(1)
    link.close()
  })

  it.each(['evt_short', `evt_${'A'.repeat(26)}`, `stm_${'a'.repeat(26)}`])('with %s for the id of an event is refused', async (id) => {
    const { batch, audit, identity, link } = await byHand()
    expect(await refusalFrom(audit.send(batch([{ ...noted('one'), id }])))).toBe('invalid')
    expect(await stored(identity.agentId)).toEqual([])
    link.close()
  })

  it('keeps names of statements as they are, whatever they are made of', async () => {
    const { batch, audit, identity, link } = await byHand()
    const session = newId('ses')
    const names = ['stm_1', 'null', '', 'a"b', 'back\\slash', '{a,b}', ' ', 'ü\u2028']
    await audit.send(batch([opened(session), ...names.map((name) => decided(session, name, 'allow')), decided(session, 'nul\0', 'deny')]))
    const rows = await planes.db.auditEvent.findMany({ where: { agentId: identity.agentId }, orderBy: { sequence: 'asc' } })
    expect(rows.map(({ statement }) => statement)).toEqual([null, ...names, 'nul\uFFFD'])
    link.close()
  })

  it('keeps times to the millisecond, and within what a column holds', async () => {
    const { batch, audit, identity, link } = await byHand()
    const times = [0, 1, 999, 1_763_938_123_457, 1_763_938_123_458, 4_102_444_799_999, 253_402_214_399_999]
    await audit.send(batch([...times, -5, 1e18].map((at) => ({ ...noted('then'), at }))))
    const rows = await planes.db.auditEvent.findMany({ where: { agentId: identity.agentId }, orderBy: { sequence: 'asc' } })
    expect(rows.map(({ at }) => at.getTime())).toEqual([...times, 0, Date.UTC(9999, 11, 31)])
    link.close()
  })

  it('that opens and ends a session is told as that session', async () => {
    const { batch, audit, link } = await byHand()
    const session = newId('ses')
    expect(await audit.send(batch([opened(session), decided(session, 'stm_1', 'deny'), ended(session)]))).toBe(3)
    expect(await planes.db.session.findUniqueOrThrow({ where: { id: session } })).toMatchObject({
      state: 'ended',
      statements: 1,
      refused: 1,
      endReason: 'client_closed',
    })
    link.close()
  })

  it('that continues another chain quarantines the agent', async () => {
    const { batch, audit, identity, origin, link } = await byHand()
    expect(await audit.send(batch([noted('one')]))).toBe(1)
    const fork = createChain(origin)
    fork.append(noted('another one'))
    expect(await refusalFrom(audit.send(batch([noted('two')], identity.auditKey, fork)))).toBe('quarantined')
    expect((await stateOf(identity.agentId)).quarantineReason).toContain('forked')
    link.close()
  })

  it('that the enrolled key did not sign quarantines the agent', async () => {
    const { batch, audit, identity, link } = await byHand()
    const { privateKey } = generateKeyPairSync('ed25519')
    expect(await refusalFrom(audit.send(batch([noted('one')], privateKey)))).toBe('quarantined')
    expect((await stateOf(identity.agentId)).quarantineReason).toContain('did not sign')
    link.close()
  })

  it('whose bytes were changed quarantines the agent', async () => {
    const { batch, audit, identity, link } = await byHand()
    const sent = batch([noted('a quiet night')])
    const changed = sent.records.map((bytes) => Buffer.from(bytes.toString().replace('a quiet night', 'a qu1et night')))
    expect(await refusalFrom(audit.send({ ...sent, records: changed }))).toBe('quarantined')
    expect(await stored(identity.agentId)).toEqual([])
    link.close()
  })

  it("with events of another agent's session quarantines the agent and stores nothing of it", async () => {
    const victim = await joined()
    const session = newId('ses')
    await record(victim, [opened(session)])
    await eventually(() => victim.plane.state().acknowledged === 1)
    const { batch, audit, identity, link } = await byHand()
    expect(await refusalFrom(audit.send(batch([opened(session), ended(session)])))).toBe('quarantined')
    expect(await stored(identity.agentId)).toEqual([])
    expect((await planes.db.session.findUniqueOrThrow({ where: { id: session } })).state).toBe('active')
    link.close()
  })

  it('of a format that this build does not know is refused, without suspicion', async () => {
    const { batch, audit, identity, link } = await byHand()
    const sent = batch([noted('one')])
    const newer = sent.records.map((bytes) => Buffer.from(bytes.toString().replace('"v":1', '"v":9')))
    expect(await refusalFrom(audit.send({ ...sent, records: newer }))).toBe('invalid')
    expect((await stateOf(identity.agentId)).state).not.toBe('quarantined')
    link.close()
  })
})

describe('an identity in use twice', () => {
  it('shows itself when both of them connect, and serves nobody then', async () => {
    const agent = await joined()
    await record(agent, [noted('the original')])
    await eventually(() => agent.plane.state().acknowledged === 1)
    // Nothing is being written any more that a copy could miss.
    await agent.plane.ready(AbortSignal.timeout(5_000))
    const stolen = await planes.folder()
    await copyFolder(agent.dataDir, stolen)
    const copy = await planes.agent({ port: replica.port, dataDir: stolen })
    await eventually(async () => (await stateOf(agent.plane.agentId)).state === 'quarantined')
    await eventually(() => agent.plane.state().link === 'refused' && copy.plane.state().link === 'refused')
    expect([agent.plane.current()?.expiresAt, copy.plane.current()?.expiresAt]).toEqual([0, 0])
    expect((await stateOf(agent.plane.agentId)).quarantineReason).toContain('in use twice')
  })

  it('is let in again after a person has looked', async () => {
    const agent = await joined()
    await eventually(() => agent.plane.state().link === 'connected')
    const { agentId } = agent.plane
    await planes.db.agent.update({ where: { id: agentId }, data: { state: 'quarantined', quarantineReason: 'a test' } })
    await eventually(() => agent.plane.state().link === 'refused')
    await planes.db.agent.update({ where: { id: agentId }, data: { state: 'disconnected', quarantineReason: null } })
    await eventually(() => agent.plane.state().link === 'connected')
    await agent.plane.ready(AbortSignal.timeout(5_000))
  })

  it('is a copied certificate with a spool of its own', async () => {
    const identity = await enrolled()
    const own = emptySpool(newId('spl'))
    const link = await rawLink(replica.port, identity, own)
    expect(await refusalFrom(rawLink(replica.port, identity, emptySpool(newId('spl'))))).toBe('quarantined')
    expect(await refusalFrom(link.control.receive())).toBe('quarantined')
    link.close()
  })

  it('is an instance that was never issued', async () => {
    const [identity, other] = [await enrolled(), await enrolled()]
    const made = { ...identity, instanceId: newId('ins') }
    expect(await refusalFrom(rawLink(replica.port, made, emptySpool(newId('spl'))))).toBe('quarantined')
    const borrowed = { ...other, instanceId: identity.instanceId }
    expect(await refusalFrom(rawLink(replica.port, borrowed, emptySpool(newId('spl'))))).toBe('quarantined')
  })

  it('is a spool that was set back', async () => {
    const agent = await joined()
    await record(agent, [noted('one'), noted('two')])
    await eventually(() => agent.plane.state().acknowledged === 2)
    await agent.stop()
    const identity = await identityOf(agent.dataDir)
    expect(await refusalFrom(rawLink(replica.port, identity, emptySpool(agent.spool.reader.id, 1)))).toBe('quarantined')
  })
})

describe('a link', () => {
  it('is fenced by a newer one of the same instance, on another replica too', async () => {
    const identity = await enrolled()
    const spool = emptySpool(newId('spl'))
    const first = await rawLink(replica.port, identity, spool)
    const audit = await rawAudit(first, identity, spool)
    expect(audit.committed).toBe(0)
    const other = await planes.replica()
    const second = await rawLink(other.port, identity, spool)
    expect([first.link, second.link]).toEqual([1n, 2n])
    expect(await refusalFrom(first.control.receive())).toBe('fenced')
    expect(await refusalFrom(rawAudit(first, identity, spool))).toBe('fenced')
    expect((await stateOf(identity.agentId)).state).toBe('connected')
    first.close()
    second.close()
    await eventually(async () => (await stateOf(identity.agentId)).state === 'disconnected')
  })

  it('is not hurt by a hello that is never confirmed', async () => {
    const identity = await enrolled()
    const spool = emptySpool(newId('spl'))
    const first = await rawLink(replica.port, identity, spool)
    const forgetful = { ...identity, replaceContinuity: () => Promise.reject(new Error('the disk is full')) }
    await expect(rawLink(replica.port, forgetful, spool)).rejects.toThrow('the disk is full')
    expect((await rawAudit(first, identity, spool)).committed).toBe(0)
    // What was not written down is not needed either.
    const second = await rawLink(replica.port, identity, spool)
    expect(second.link).toBe(2n)
    first.close()
    second.close()
  })

  it('begins where a crash left the last one, before or after the continuity was written down', async () => {
    const identity = await enrolled()
    const spool = emptySpool(newId('spl'))
    const client = agentClient(replica.port, channelIdentity(identity))
    const control = planeStream(client.streamControl())
    const crashing = {
      ...control,
      send: async (message: Parameters<typeof control.send>[0]) => {
        if (message.message?.$case === 'confirm') throw new Error('crashed')
        await control.send(message)
      },
    }
    await expect(openLink(crashing, { identity, spool, agentVersion: 'raw' })).rejects.toThrow('crashed')
    control.close()
    client.close()
    const link = await rawLink(replica.port, identity, spool)
    expect(link.link).toBe(1n)
    link.close()
  })

  it('that died with its replica is noticed by the others', async () => {
    const identity = await enrolled()
    const instance = { id: identity.instanceId }
    const longAgo = new Date(Date.now() - 60_000)
    await planes.db.agent.update({ where: { id: identity.agentId }, data: { state: 'connected' } })
    await planes.db.agentInstance.update({ where: instance, data: { connected: true, seenAt: longAgo, link: 1 } })
    await planes.replica()
    await eventually(async () => (await stateOf(identity.agentId)).state === 'disconnected')
  })

  it('ends for a revoked agent also when no notification arrives', async () => {
    const identity = await enrolled()
    const link = await rawLink(replica.port, identity, emptySpool(newId('spl')))
    await planes.db.$executeRaw`ALTER TABLE agent DISABLE TRIGGER agent_state_changed`
    await planes.db.agent.update({ where: { id: identity.agentId }, data: { state: 'revoked' } })
    expect(await refusalFrom(link.control.receive())).toBe('revoked')
    link.close()
  })

  it('opens no other stream before it is there', async () => {
    const identity = await enrolled()
    const spool = emptySpool(newId('spl'))
    const link = await rawLink(replica.port, identity, spool)
    expect(await refusalFrom(rawAudit({ ...link, link: 2n }, identity, spool))).toBe('fenced')
    expect(await refusalFrom(rawAudit({ ...link, link: 0n }, identity, spool))).toBe('invalid')
    link.close()
  })
})
