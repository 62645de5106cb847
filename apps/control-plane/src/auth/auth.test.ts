import { createHmac } from 'node:crypto'
import { exportSPKI, importJWK } from 'jose'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { newId } from '../ids.js'
import { startIssuer, type Issuer } from '../testing/issuer.js'
import { startWorld, type World } from '../testing/world.js'
import { createKeyStore } from './key-store.js'
import { fetchKeys } from './jwks.js'
import { createThrottle } from './throttle.js'

describe('the door', () => {
  let world: World
  beforeAll(async () => {
    world = await startWorld()
  })
  afterAll(() => world.close())

  const me = (token?: string, headers: Record<string, string> = {}) =>
    world.ask('GET', '/v1/me', { ...(token !== undefined && { token }), headers })

  it('opens to a token for an API audience, and says who it saw', async () => {
    const { status, body } = await me(await world.issuer.token({ sub: 'alice', groups: ['developers'] }))
    expect(status).toBe(200)
    expect(body['principal']).toMatchObject({ provider: 'test', subject: 'alice', kind: 'human', groups: ['developers'], primary: true })
  })

  it.each([
    ['none', async () => undefined, 'token_missing'],
    ['expired', () => world.issuer.token({}, { expiresIn: -120 }), 'token_expired'],
    ['not yet valid', () => world.issuer.token({}, { notBefore: 600 }), 'token_not_yet_valid'],
    ['of the data path', () => world.issuer.token({}, { audience: 'sallyport' }), 'token_audience'],
    ['of both doors', () => world.issuer.token({}, { audience: ['sallyport', 'sallyport-api'] }), 'token_audience'],
    ['of another service', () => world.issuer.token({}, { audience: 'elsewhere' }), 'token_audience'],
    ['of an issuer nobody registered', () => world.issuer.token({}, { issuer: 'https://other.example' }), 'token_issuer'],
    ['naming a key nobody publishes', () => world.issuer.token({}, { kid: 'unheard-of' }), 'token_key_unknown'],
    [
      'unsigned',
      async () => `${b64({ alg: 'none' })}.${b64({ iss: world.issuer.url, aud: 'sallyport-api', sub: 'x', exp: 4e9 })}.`,
      'token_algorithm',
    ],
    ['no token at all', async () => 'hello', 'token_malformed'],
    ['of 32 KiB', async () => `${b64({ alg: 'ES256' })}.${'A'.repeat(32 * 1024)}.AAAA`, 'token_too_large'],
  ])('is closed to a token that is %s', async (_what, make, code) => {
    const answer = await me(await make())
    expect([answer.status, answer.body['code']]).toEqual([401, code])
    expect(answer.headers['www-authenticate']).toContain('Bearer')
    expect(answer.headers['content-type']).toContain('application/problem+json')
  })

  it('is closed to an HMAC made with the public key', async () => {
    const { keys } = (await (await fetch(`${world.issuer.url}/jwks`)).json()) as { keys: Parameters<typeof importJWK>[0][] }
    const pem = await exportSPKI((await importJWK({ ...keys[0]!, ext: true }, 'ES256')) as Parameters<typeof exportSPKI>[0])
    const input = `${b64({ alg: 'HS256', kid: keys[0]!.kid })}.${b64({ iss: world.issuer.url, aud: 'sallyport-api', sub: 'x', exp: 4e9 })}`
    const answer = await me(`${input}.${createHmac('sha256', pem).update(input).digest('base64url')}`)
    expect([answer.status, answer.body['code']]).toEqual([401, 'token_algorithm'])
  })

  it('is closed to a changed signature and to another scheme', async () => {
    const token = await world.issuer.token()
    expect((await me(`${token.slice(0, -4)}AAAA`)).body['code']).toBe('token_signature')
    expect((await me(undefined, { authorization: 'Basic eDp5' })).body['code']).toBe('token_malformed')
    expect((await me(undefined, { authorization: `Bearer ${token} ${token}` })).body['code']).toBe('token_malformed')
  })

  it('knows a rotated key after one fetch, however many ask at once', async () => {
    await world.db.providerKeys.updateMany({ data: { attemptedAt: new Date(0) } })
    await world.issuer.rotate()
    const before = world.issuer.fetches()
    const token = await world.issuer.token()
    const answers = await Promise.all(Array.from({ length: 10 }, () => me(token)))
    expect(answers.map(({ status }) => status)).toEqual(Array.from({ length: 10 }, () => 200))
    expect(world.issuer.fetches() - before).toBe(1)
  })

  it('cannot be made to fetch by unknown keys more than once in a while', async () => {
    await world.db.providerKeys.updateMany({ data: { attemptedAt: new Date(0) } })
    const before = world.issuer.fetches()
    for (let i = 0; i < 5; i++) await me(await world.issuer.token({}, { kid: `nobody-${i}` }))
    expect(world.issuer.fetches() - before).toBe(1)
  })

  it('is closed the moment a lock hits principal, group or token, with the words of the lock', async () => {
    const token = await world.issuer.token({ sub: 'mallory', groups: ['suspects'], jti: 'stolen-token' })
    for (const target of [
      { kind: 'principal', name: 'mallory' },
      { kind: 'group', name: 'suspects', provider: 'test' },
      { kind: 'token', name: 'stolen-token' },
    ]) {
      const { id } = await world.db.lock.create({ data: { id: newId('lck'), ...target, message: 'incident 42', createdBy: 'system' } })
      const answer = await me(token)
      expect([answer.status, answer.body['code'], answer.body['detail']]).toEqual([403, 'locked', 'incident 42'])
      await world.db.lock.delete({ where: { id } })
    }
    expect((await me(token)).status).toBe(200)
  })

  it('gives a role without a provider to the primary provider only', async () => {
    const second = await startIssuer()
    await world.db.trustProvider.create({
      data: {
        id: newId('tpr'),
        name: 'second',
        issuer: second.url,
        subject: 'sub',
        groups: 'groups',
        audiences: ['sallyport'],
        apiAudiences: ['sallyport-api'],
      },
    })
    await world.db.role.create({ data: { id: newId('rol'), name: 'bare', group: 'bare-admins', role: 'admin' } })
    const [ours, theirs] = await Promise.all([world.issuer, second].map((issuer) => issuer.token({ groups: ['bare-admins'] })))
    expect((await world.ask('GET', '/v1/roles', { token: ours! })).status).toBe(200)
    expect((await world.ask('GET', '/v1/roles', { token: theirs! })).status).toBe(403)
    await world.db.trustProvider.delete({ where: { name: 'second' } })
    expect((await me(theirs)).body['code']).toBe('token_issuer')
    await second.close()
  })

  it('gives a caller who acts for somebody only what both of them may, and says so in the trail', async () => {
    const roles = [
      { id: newId('rol'), name: 'acting-admins', provider: 'test', group: 'acting-admins', role: 'admin' },
      { id: newId('rol'), name: 'asking-viewers', provider: 'test', group: 'asking-viewers', role: 'viewer' },
    ]
    await world.db.role.createMany({ data: roles })
    const actingFor = (groups: readonly string[]) =>
      world.issuer.token({ sub: 'asker', groups: [...groups], act: { sub: 'bot', groups: ['acting-admins'] } })
    const put = (token: string) => world.ask('PUT', '/v1/roles/made', { token, body: { provider: 'test', group: 'g', role: 'viewer' } })
    const token = await actingFor(['asking-viewers'])
    const { body } = await me(token)
    expect([body.principal['subject'], body['chain'], body['roles']]).toMatchObject(['bot', [{ subject: 'asker' }], [{ role: 'admin' }]])
    expect((await world.ask('GET', '/v1/policies', { token })).status).toBe(200)
    const refused = await put(token)
    expect([refused.status, refused.body['detail']]).toEqual([403, expect.stringContaining('whoever you act for')])
    expect((await put(await actingFor([]))).status).toBe(403)
    expect((await world.ask('GET', '/v1/policies', { token: await actingFor([]) })).status).toBe(403)
    expect((await put(await actingFor(['acting-admins']))).status).toBe(201)
    const event = await world.db.adminEvent.findFirstOrThrow({ where: { action: 'role.create', targetName: 'made' } })
    expect([event.actor, event.actorFacts]).toMatchObject(['test/bot', { acting_for: ['test/asker'] }])
  })

  it('turns many refused credentials of one address into 429, and still lets a valid one through', async () => {
    const address = '192.0.2.7'
    const bad = await world.issuer.token({}, { expiresIn: -120 })
    const statuses = new Set<number>()
    for (let i = 0; i < 305; i++) statuses.add((await world.ask('GET', '/v1/me', { token: bad, address })).status)
    expect([...statuses]).toEqual([401, 429])
    const last = await world.ask('GET', '/v1/me', { token: bad, address })
    expect(Number(last.headers['retry-after'])).toBeGreaterThan(0)
    expect((await world.ask('GET', '/v1/me', { token: await world.issuer.token(), address })).status).toBe(200)
    expect((await world.ask('GET', '/v1/me', { token: bad, address: '192.0.2.8' })).status).toBe(401)
  })

  it.each(['evil.example', 'localhost:81', '127.0.0.1.evil.example', 'localhost:80@evil'])('is closed to the Host %j', async (host) => {
    const { status } = await world.ask('GET', '/healthz', { headers: { host } })
    expect(status).toBe(400)
  })
})

describe('off loopback', () => {
  let world: World
  beforeAll(async () => {
    world = await startWorld({ exposed: true })
  })
  afterAll(() => world.close())

  it('an issuer on loopback vouches for nobody, although it is registered', async () => {
    const answer = await world.ask('GET', '/v1/me', { token: await world.issuer.token() })
    expect([answer.status, answer.body['code']]).toEqual([401, 'token_issuer'])
  })

  it('its keys are not even fetched', async () => {
    await world.context.keys.refresh('test', 0)
    expect(world.issuer.fetches()).toBe(0)
    expect((await world.db.providerKeys.findFirstOrThrow()).error).toContain('loopback')
  })
})

describe('fetching keys', () => {
  let issuer: Issuer
  beforeAll(async () => {
    issuer = await startIssuer()
  })
  afterAll(() => issuer.close())
  beforeEach(() => {
    issuer.answer = undefined
  })
  const fetchNow = (changes = {}) => fetchKeys({ issuer: issuer.url, exposed: false, timeout: 500, ...changes })

  it('finds them by discovery, or where the provider says', async () => {
    expect(await fetchNow()).toHaveLength(1)
    expect(await fetchNow({ issuer: 'https://not-asked.example', jwksUri: `${issuer.url}/jwks` })).toHaveLength(1)
  })

  it('takes public keys alone', async () => {
    const { keys } = (await (await fetch(`${issuer.url}/jwks`)).json()) as { keys: object[] }
    const odd = [{ kty: 'oct', k: 'c2VjcmV0' }, { ...keys[0], d: 'cHJpdmF0ZQ' }, { ...keys[0], use: 'enc' }, 7, null]
    issuer.answer = (path) => (path === '/jwks' ? { status: 200, body: JSON.stringify({ keys: [...odd, ...keys] }) } : undefined)
    expect(await fetchNow()).toEqual(keys)
    issuer.answer = (path) => (path === '/jwks' ? { status: 200, body: JSON.stringify({ keys: odd }) } : undefined)
    await expect(fetchNow()).rejects.toThrow('no public key')
  })

  it.each([
    ['too large', { status: 200, body: `{"keys": ["${'x'.repeat(300_000)}"]}` }, /larger than/],
    ['too many keys', { status: 200, body: JSON.stringify({ keys: Array.from({ length: 101 }, () => ({})) }) }, /more than 100/],
    ['an error', { status: 500, body: 'canary' }, /answered 500/],
    ['no JSON', { status: 200, body: '<html>canary' }, /did not answer JSON/],
    ['no list', { status: 200, body: '{}' }, /no list of keys/],
  ])('refuses a document that is %s, and repeats nothing of it', async (_what, answer, message) => {
    issuer.answer = (path) => (path === '/jwks' ? answer : undefined)
    const error = await fetchNow().then(
      () => new Error('fetched'),
      (reason: Error) => reason,
    )
    expect(error.message).toMatch(message)
    expect(error.message).not.toContain('canary')
  })

  it('refuses a discovery document of another issuer', async () => {
    issuer.answer = (path) =>
      path.includes('openid')
        ? { status: 200, body: JSON.stringify({ issuer: 'https://other', jwks_uri: `${issuer.url}/jwks` }) }
        : undefined
    await expect(fetchNow()).rejects.toThrow('another issuer')
  })

  it.each([
    ['plain http', 'http://issuer.invalid/jwks', false, 'https only'],
    ['credentials in the address', 'https://u:p@issuer.invalid/jwks', false, 'credentials'],
    ['loopback while a listener is off it', 'http://127.0.0.1:1/jwks', true, 'on loopback'],
    ['a file', 'file:///etc/passwd', false, 'https only'],
  ])('refuses %s', async (_what, jwksUri, exposed, message) => {
    await expect(fetchNow({ jwksUri, exposed })).rejects.toThrow(message)
  })

  it('leaves the keys in force when the provider is away, and says why it could not fetch', async () => {
    const world = await startWorld()
    world.issuer.answer = () => ({ status: 503, body: '' })
    const store = createKeyStore({ ...world.context, db: world.db })
    expect(await store.refresh('test', 0)).toEqual({ ok: false, error: 'the provider answered 503' })
    expect((await world.ask('GET', '/v1/me', { token: await world.issuer.token() })).status).toBe(200)
    const { body } = await world.ask('GET', '/v1/trust-providers/test', { token: await world.as('admin') })
    expect(body['keys']).toMatchObject({ count: 1, error: 'the provider answered 503' })
    await world.close()
  })
})

describe('the throttle', () => {
  it('counts by address and forgets after its window', () => {
    let now = 0
    const throttle = createThrottle({ now: () => now, limit: 2, window: 1_000 })
    expect([throttle.refused('a'), throttle.refused('a'), throttle.refused('a'), throttle.refused('b')]).toEqual([
      undefined,
      undefined,
      1,
      undefined,
    ])
    now = 1_000
    expect(throttle.refused('a')).toBeUndefined()
  })
})

function b64(value: object): string {
  return Buffer.from(JSON.stringify(value)).toString('base64url')
}
