import { type Resource, SallyportError } from '@sallyport/core'
import { createWorld, identityOf, policyOf } from '@sallyport/testkit'
import { describe, expect, it, vi } from 'vitest'
import { createGate } from './gate.js'
import type { Honoured } from './honour.js'

const resource: Resource = { id: 'res_1', name: 'shop', protocol: 'line', labels: {}, target: { host: 'h' }, secrets: {} }
const readers = policyOf({
  kind: 'policy',
  name: 'readers',
  subjects: { groups: ['ai-agents'] },
  resources: { names: ['shop'] },
  rules: [{ id: 'read', match: { effects: { only: ['read'] } }, action: 'allow' }],
})
const ana = identityOf('ana', { groups: ['ai-agents'] })
const bob = identityOf('bob', { groups: ['others'] })
const honours: Honoured = { mask: 'refused', record: 'honoured', max_rows: 'refused' }

function setUp() {
  const world = createWorld({ policies: [readers], resources: [resource], tokens: { 'token-ana': ana, 'token-bob': bob } })
  const gate = createGate(world, { obligations: (protocol) => (protocol === 'line' ? honours : undefined) })
  const want = { resource: 'shop', facts: { protocol: 'line', client: { address: '127.0.0.1' } } }
  return { world, gate, want }
}

const credential = { kind: 'bearer', token: 'token-ana', protocol: 'line', address: '127.0.0.1' } as const

describe('authenticate', () => {
  it('names whose token it is when another user is claimed, and records the refusal without the token', async () => {
    const { world, gate } = setUp()
    await expect(gate.authenticate({ ...credential, claimed: 'root' })).rejects.toMatchObject({
      code: 'principal_mismatch',
      message: expect.stringContaining('"ana" of demo'),
    })
    const [refused] = world.journal.ofType('login.refused')
    expect(refused).toMatchObject({ code: 'principal_mismatch', address: '127.0.0.1' })
    expect(JSON.stringify(world.journal.events)).not.toContain('token-ana')
  })

  it('does not repeat what a stranger sent as it came', async () => {
    const { gate } = setUp()
    const claimed = `x\u202e\n${'y'.repeat(500)}`
    const refusal = await gate.authenticate({ ...credential, claimed }).catch((e: unknown) => e as Error)
    expect((refusal as Error).message).toMatch(/^[\x20-\x7e]{1,200}$/)
  })

  it('tells an unexpected failure of the verifier as internal, not as its text', async () => {
    const { world } = setUp()
    const authenticator = { authenticate: () => Promise.reject(new Error('secret detail')) }
    const gate = createGate({ ...world, authenticator }, { obligations: () => honours })
    await expect(gate.authenticate(credential)).rejects.toMatchObject({ code: 'internal', message: expect.not.stringContaining('secret') })
  })
})

describe('open', () => {
  it('records the session before it hands it out', async () => {
    const { world, gate, want } = setUp()
    world.journal.stall()
    let handed = false
    const opening = gate.open(ana, want).then((session) => ((handed = true), session))
    await Promise.resolve()
    expect(world.journal.ofType('session.opened')).toHaveLength(1)
    expect(handed).toBe(false)
    world.journal.release()
    const session = await opening
    expect(session.resource.name).toBe('shop')
    expect(gate.sessions()).toBe(1)
  })

  it('tells a resource out of reach and one that does not exist in the same words', async () => {
    const { gate, want } = setUp()
    const hidden = await gate.open(bob, want).catch((e: unknown) => e as Error)
    const missing = await gate.open(bob, { ...want, resource: 'nope' }).catch((e: unknown) => e as Error)
    expect((hidden as Error).message.replace('shop', 'X')).toBe((missing as Error).message.replace('nope', 'X'))
    expect(hidden).toMatchObject({ code: 'resource_unknown' })
  })

  it('asks what the session is within a resource once it is known to be there, and records and judges by it', async () => {
    const { world, gate, want } = setUp()
    const within = vi.fn<(resource: Resource) => { database: string }>(({ target }) => ({ database: String(target['host']) }))
    await gate.open(ana, { ...want, within })
    expect(world.journal.ofType('session.opened')[0]?.facts).toMatchObject({ protocol: 'line', database: 'h' })
    await expect(gate.open(ana, { ...want, resource: 'nowhere', within })).rejects.toMatchObject({ code: 'resource_unknown' })
    expect(within).toHaveBeenCalledOnce()
  })

  it('refuses what cannot be within a resource, in words that only who may reach it hears', async () => {
    const { world, gate, want } = setUp()
    const within = () => {
      throw new SallyportError('resource_unknown', 'no such database in it')
    }
    await expect(gate.open(ana, { ...want, within })).rejects.toThrow('no such database in it')
    await expect(gate.open(bob, { ...want, within })).rejects.toThrow('no resource "shop" that you may reach')
    expect(world.journal.ofType('session.refused').map(({ message }) => message)).toEqual([
      'no such database in it',
      'no resource "shop" that you may reach',
    ])
    expect(gate.sessions()).toBe(0)
  })

  it('refuses a resource of another protocol', async () => {
    const { gate, want } = setUp()
    await expect(gate.open(ana, { ...want, facts: { ...want.facts, protocol: 'other' } })).rejects.toMatchObject({
      code: 'resource_unknown',
    })
  })

  it.each([
    [
      'an expired token',
      (s: ReturnType<typeof setUp>) => s.gate.open({ ...ana, token: { ...ana.token, expiresAt: s.world.clock.now() } }, s.want),
      'token_expired',
    ],
    [
      'a provider just deleted',
      (s: ReturnType<typeof setUp>) => (s.world.config.apply({ providers: new Set() }), s.gate.open(ana, s.want)),
      'token_issuer',
    ],
    [
      'a lock',
      (s: ReturnType<typeof setUp>) => (
        s.world.config.apply({ locks: [{ id: 'lck_1', target: { kind: 'group', name: 'ai-agents' }, message: 'frozen' }] }),
        s.gate.open(ana, s.want)
      ),
      'locked',
    ],
    ['a stale snapshot', (s: ReturnType<typeof setUp>) => (s.world.clock.advance(25 * 3_600_000), s.gate.open(ana, s.want)), 'stale'],
    [
      'a trail that cannot be written',
      (s: ReturnType<typeof setUp>) => (s.world.journal.breakDown(), s.gate.open(ana, s.want)),
      'record_failed',
    ],
    [
      'an agent that drains',
      (s: ReturnType<typeof setUp>) => (s.gate.drain({ code: 'drained', message: 'bye' }), s.gate.open(ana, s.want)),
      'unavailable',
    ],
  ])('refuses %s', async (_what, attempt, code) => {
    const set = setUp()
    await expect(attempt(set)).rejects.toMatchObject({ code })
    expect(set.gate.sessions()).toBe(0)
  })
})

describe('a live session', () => {
  async function opened() {
    const set = setUp()
    const session = await set.gate.open(ana, set.want)
    return { ...set, session }
  }

  it.each([
    ['its policy is gone', 'revoked', (s) => s.world.config.apply({ policies: [] })],
    ['its resource is gone', 'revoked', (s) => s.world.config.apply({ resources: new Map() })],
    [
      'its target has changed',
      'revoked',
      (s) => s.world.config.apply({ resources: new Map([['shop', { ...resource, target: { host: 'other' } }]]) }),
    ],
    ['its provider is gone', 'revoked', (s) => s.world.config.apply({ providers: new Set() })],
    [
      'its principal is locked',
      'locked',
      (s) => s.world.config.apply({ locks: [{ id: 'lck_1', target: { kind: 'principal', name: 'ana' }, message: 'no' }] }),
    ],
    [
      'its token is locked',
      'locked',
      (s) => s.world.config.apply({ locks: [{ id: 'lck_1', target: { kind: 'token', id: 'token-of-ana' }, message: 'no' }] }),
    ],
    ['it is terminated', 'terminated', (s) => s.world.config.terminate(s.session.id, 'by root')],
    ['the snapshot runs out', 'stale', (s) => s.world.clock.advance(25 * 3_600_000)],
    ['the agent drains', 'drained', (s) => s.gate.drain({ code: 'drained', message: 'bye' })],
  ] satisfies [string, string, (s: Awaited<ReturnType<typeof opened>>) => void][])('is cut when %s', async (_what, code, act) => {
    const set = await opened()
    expect(set.session.signal.aborted).toBe(false)
    act(set)
    expect(set.session.signal.aborted).toBe(true)
    expect(set.session.signal.reason).toMatchObject({ code })
  })

  it('is cut when its token expires', async () => {
    const { world, gate, want } = setUp()
    const session = await gate.open({ ...ana, token: { ...ana.token, expiresAt: world.clock.now() + 1000 } }, want)
    world.clock.advance(999)
    expect(session.signal.aborted).toBe(false)
    world.clock.advance(1)
    expect(session.signal.reason).toMatchObject({ code: 'expired' })
  })

  it('stays when an unrelated change arrives', async () => {
    const { world, session } = await opened()
    world.config.apply({ locks: [{ id: 'lck_1', target: { kind: 'principal', name: 'somebody' }, message: 'no' }] })
    expect(session.signal.aborted).toBe(false)
  })

  it('is recorded as ended once, however often it is closed', async () => {
    const { world, gate, session } = await opened()
    await Promise.all([session.close({ code: 'client_closed', message: 'bye' }), session.close({ code: 'internal', message: 'x' })])
    await session.close({ code: 'internal', message: 'y' })
    expect(world.journal.ofType('session.ended')).toMatchObject([{ reason: { code: 'client_closed' } }])
    expect(gate.sessions()).toBe(0)
    await expect(session.dial()).rejects.toMatchObject({ code: 'unavailable' })
  })

  it('can still ask its target to give up what runs when it was cut, until it is closed', async () => {
    const { world, session } = await opened()
    const asked = vi.spyOn(world.dialer, 'dial')
    world.config.terminate(session.id, 'enough')
    await expect(session.dial()).rejects.toMatchObject({ code: 'unavailable' })
    expect(asked).not.toHaveBeenCalled()
    await expect(session.dialToCancel()).rejects.toThrow('this world has no target')
    expect(asked.mock.calls[0]?.[1].aborted).toBe(false)
    await session.close({ code: 'terminated', message: 'enough' })
    await expect(session.dialToCancel()).rejects.toMatchObject({ code: 'unavailable' })
  })
})
