import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { startIssuer, type Issuer } from '../testing/issuer.js'
import { resourceBody, startWorld, type Answer, type World } from '../testing/world.js'

let world: World
let admin: string
const put = (path: string, body: unknown, headers: Record<string, string> = {}): Promise<Answer> =>
  world.ask('PUT', path, { token: admin, body, headers })
const get = (path: string): Promise<Answer> => world.ask('GET', path, { token: admin })

beforeAll(async () => {
  world = await startWorld()
  admin = await world.as('admin')
})
afterAll(() => world.close())

const policy = {
  subjects: { groups: ['agents'] },
  resources: { names: ['shop'] },
  rules: [{ id: 'read', match: { effects: { only: ['read'] } }, action: 'allow' }],
}

describe('a policy', () => {
  it('is shown as it was put, with the hash of its document', async () => {
    const made = await put('/v1/policies/shown', { kind: 'policy', name: 'shown', ...policy })
    expect(made.status).toBe(201)
    expect((await get('/v1/policies/shown')).body).toMatchObject({ kind: 'policy', name: 'shown', ...policy })
    expect(made.body['hash']).toMatch(/^[0-9a-f]{64}$/)
    const same = await put('/v1/policies/shown', policy)
    expect([same.status, same.body['hash']]).toEqual([200, made.body['hash']])
  })

  it('is refused with every reason: unknown keys, an allow without effects.only, broken CEL', async () => {
    const shape = await put('/v1/policies/wrong', { ...policy, colour: 'red', rules: [{ id: 'x', action: 'permit' }] })
    expect(shape.status).toBe(400)
    expect(shape.body['errors'].map((error) => error['path'])).toEqual(expect.arrayContaining(['/colour', '/rules/0/action']))
    const meaning = await put('/v1/policies/wrong', {
      ...policy,
      rules: [
        { id: 'open', match: { effects: { any: ['read'] } }, action: 'allow' },
        { id: 'cel', match: { effects: { only: ['read'] } }, when: 'action.(', action: 'allow' },
      ],
    })
    expect(meaning.status).toBe(400)
    expect(meaning.body['errors'].length).toBeGreaterThan(0)
    expect((await get('/v1/policies/wrong')).status).toBe(404)
  })

  it('whose test names a resource nobody knows is refused', async () => {
    const tests = [{ as: { groups: ['agents'] }, resource: 'nowhere', statement: 'select 1', expect: 'allow' }]
    const { status, body } = await put('/v1/policies/tested', { ...policy, tests })
    expect([status, body['code'], body['errors'][0]!['path']]).toEqual([422, 'unprocessable', '/tests/0'])
  })

  it('is saved when its tests pass and refused when one fails, each by the grammar of the protocol', async () => {
    await put('/v1/resources/shop', resourceBody())
    const as = { groups: ['agents'] }
    const passing = [{ as, resource: 'shop', statement: 'drop table products', expect: 'deny' }]
    expect((await put('/v1/policies/tested', { ...policy, tests: passing })).status).toBe(201)
    const failing = [...passing, { as, resource: 'shop', statement: 'drop table products', expect: 'allow' }]
    const { status, body } = await put('/v1/policies/tested', { ...policy, tests: failing })
    expect([status, body['errors'].map((error) => error['path'])]).toEqual([422, ['/tests/1']])
  })

  it('that asks for what this build does not do is saved, and every answer says what happens instead', async () => {
    const bounded = { action: 'hold', approvers: [{ groups: ['dba'] }], hold: { max_rows: 10 } }
    const hold = { id: 'write', match: { effects: { only: ['update'] } }, ...bounded }
    const masks = [{ id: 'email', columns: ['$.email'], as: 'redact' }]
    const made = await put('/v1/policies/wishing', { ...policy, rules: [...policy.rules, hold], masks, recording: { rows: 5 } })
    expect(made.status).toBe(201)
    expect(made.body['warnings']).toEqual([
      expect.stringContaining('masks by JSON path (email) on postgres'),
      expect.stringContaining('recording of results on postgres'),
      expect.stringContaining('max_rows (write) on postgres'),
    ])
    expect((await get('/v1/policies/wishing')).body['warnings']).toEqual(made.body['warnings'])
    const body = { masks: null, recording: null }
    const patched = await world.ask('PATCH', '/v1/policies/wishing', { token: admin, body })
    expect([patched.status, patched.body['warnings']]).toEqual([200, [expect.stringContaining('max_rows')]])
    expect((await put('/v1/policies/wishing', { ...policy, warnings: [] })).status).toBe(400)
    expect((await put('/v1/policies/wishing', policy)).body['warnings']).toEqual([])
    await world.db.policy.update({ where: { name: 'wishing' }, data: { document: { kind: 'policy' }, hash: 'f'.repeat(64) } })
    expect((await get('/v1/policies/wishing')).body['warnings']).toEqual([expect.stringContaining('cannot read')])
    await world.ask('DELETE', '/v1/policies/wishing', { token: admin })
  })

  it('can be patched and removed', async () => {
    await put('/v1/policies/patched', policy)
    const { status, body } = await world.ask('PATCH', '/v1/policies/patched', { token: admin, body: { record: 'strict' } })
    expect([status, body['record']]).toEqual([200, 'strict'])
    expect((await world.ask('DELETE', '/v1/policies/patched', { token: admin })).status).toBe(204)
  })
})

describe('the tests of a policy', () => {
  const tryIt = (body: unknown, token = admin) => world.ask('POST', '/v1/policies/test', { token, body })
  const as = { groups: ['agents'] }
  const tests = [
    { as, resource: 'shop', statement: 'drop table products', expect: 'deny' },
    { as, resource: 'shop', statement: 'drop table products', expect: 'allow' },
  ]

  it('run without saving it, and every one that fails says why', async () => {
    await put('/v1/resources/shop', resourceBody())
    const { status, body } = await tryIt({ kind: 'policy', name: 'trial', ...policy, tests })
    expect(status).toBe(200)
    expect(body).toMatchObject({ name: 'trial', passed: 1, failed: 1, warnings: [], models: [{ resource: 'shop', known: false }] })
    expect(body['failures']).toEqual([{ path: '/tests/1', message: expect.stringContaining('expected allow, got deny') as string }])
    expect((await get('/v1/policies/trial')).status).toBe(404)
    expect((await put('/v1/policies/trial', { ...policy, tests: tests.slice(0, 1) })).body['hash']).toMatch(/^[0-9a-f]{64}$/)
  })

  it('are refused where the document is no policy, or has no name', async () => {
    expect((await tryIt({ ...policy, name: 'x', rules: [{ id: 'x', action: 'permit' }] })).status).toBe(400)
    expect((await tryIt(policy)).body['errors']).toEqual([{ path: '/name', message: 'is required' }])
  })

  it('tell nothing of a resource that the caller may not see', async () => {
    const scoped = await world.as({ role: 'viewer', labels: { env: 'other' } })
    const { status, body } = await tryIt({ name: 'x', ...policy, tests: tests.slice(0, 1) }, scoped)
    expect([status, body['failed'], body['models']]).toEqual([200, 1, []])
    expect(JSON.stringify(body['failures'])).toContain('there is no resource shop')
  })
})

describe('evaluate', () => {
  const evaluate = (body: unknown, token = admin) => world.ask('POST', '/v1/policies/evaluate', { token, body })

  it('says what would be decided, by which rule, and that no target model is known', async () => {
    await put('/v1/resources/shop', resourceBody())
    await put('/v1/policies/reading', policy)
    const subject = { name: 'billing', groups: ['agents'], kind: 'agent' }
    const { status, body } = await evaluate({ subject, resource: 'shop', statement: 'drop table products' })
    expect(status).toBe(200)
    expect(body['decision']).toMatchObject({ kind: 'deny' })
    expect(body['connect']).toMatchObject({ kind: 'allow' })
    expect(body['model']).toMatchObject({ known: false })
    expect(body['explanation'].length).toBeGreaterThan(0)
    expect(body['actions'].length).toBeGreaterThan(0)
    const stranger = await evaluate({ subject: { name: 'x', groups: ['others'] }, resource: 'shop', statement: 'select 1' })
    expect(stranger.body['connect']).toMatchObject({ kind: 'deny' })
  })

  it('asks for groups where the name was never seen, and for a resource that exists', async () => {
    const unseen = await evaluate({ subject: { name: 'never' }, resource: 'shop', statement: 'select 1' })
    expect([unseen.status, unseen.body['errors'][0]!['path']]).toEqual([422, '/subject/groups'])
    expect((await evaluate({ subject: { name: 'x', groups: [] }, resource: 'nowhere', statement: 'select 1' })).status).toBe(404)
  })
})

describe('a trust provider', () => {
  let other: Issuer
  beforeAll(async () => {
    other = await startIssuer()
  })
  afterAll(() => other.close())
  const body = () => ({ issuer: other.url, subject: 'sub', groups: 'groups', audiences: ['data'], api_audiences: ['api'] })

  it('has its keys fetched when it is saved', async () => {
    const { status, body: view } = await put('/v1/trust-providers/other', body())
    expect(status).toBe(201)
    expect(view['keys']).toMatchObject({ count: 1, error: null })
    expect((await world.ask('GET', '/v1/me', { token: await other.token({}, { audience: 'api' }) })).status).toBe(200)
  })

  it('takes `kind` as a mapping, or `principal_kind` beside `kind: trust-provider`', async () => {
    expect((await put('/v1/trust-providers/other', { ...body(), kind: 'type' })).body['kind']).toBe('type')
    expect((await put('/v1/trust-providers/other', { kind: 'trust-provider', ...body(), principal_kind: 'sort' })).body['kind']).toBe(
      'sort',
    )
    expect((await put('/v1/trust-providers/other', { kind: 'trust-provider', ...body() })).body).not.toHaveProperty('kind')
  })

  it('loses the keys of its old issuer with a new one', async () => {
    await put('/v1/trust-providers/other', body())
    const moved = await put('/v1/trust-providers/other', { ...body(), issuer: 'http://127.0.0.1:1' })
    expect(moved.body['keys']).toMatchObject({ count: 0 })
    expect(moved.body['keys']['error']).toBeTruthy()
    await put('/v1/trust-providers/other', body())
  })

  it('never shows its client secret, and demands it again when the issuer changes', async () => {
    const signIn = { client_id: 'console', client_secret: 'client-canary' }
    const made = await put('/v1/trust-providers/other', { ...body(), sign_in: signIn })
    expect(made.body['sign_in']).toEqual({ client_id: 'console', scopes: ['openid'], client_secret_set: true })
    expect(made.text).not.toContain('client-canary')
    const kept = await put('/v1/trust-providers/other', { ...body(), sign_in: { client_id: 'console' } })
    expect(kept.body['sign_in']['client_secret_set']).toBe(true)
    const moved = await put('/v1/trust-providers/other', { ...body(), issuer: 'http://127.0.0.1:1', sign_in: { client_id: 'console' } })
    expect([moved.status, moved.body['errors'][0]!['path']]).toEqual([422, '/sign_in/client_secret'])
    expect((await put('/v1/trust-providers/other', body())).body).not.toHaveProperty('sign_in')
    expect(world.logged.join('\n')).not.toContain('client-canary')
  })

  it('is refused with every wrong field, a second primary, a shared issuer, or one audience for both doors', async () => {
    const wrong = await put('/v1/trust-providers/wrong', { issuer: 'ftp://x', subject: 'sub', audiences: ['a'], api_audiences: ['a'] })
    expect(wrong.body['errors'].map((error) => error['path'])).toEqual(expect.arrayContaining(['/issuer', '/api_audiences']))
    expect((await put('/v1/trust-providers/second', { ...body(), issuer: 'https://second.invalid', primary: true })).status).toBe(409)
    expect((await put('/v1/trust-providers/second', { ...body(), issuer: world.issuer.url })).status).toBe(409)
  })
})

describe('a role', () => {
  it('gets a name where a POST gives none, and needs exactly one holder', async () => {
    const made = await world.ask('POST', '/v1/roles', { token: admin, body: { provider: 'test', group: 'DBA team', role: 'approver' } })
    expect([made.status, made.body['name']]).toEqual([201, 'test-dba-team-approver'])
    expect((await put('/v1/roles/none', { role: 'viewer' })).status).toBe(400)
    expect((await put('/v1/roles/both', { group: 'a', subject: 'b', role: 'viewer' })).status).toBe(400)
    expect((await put('/v1/roles/odd', { group: 'a', role: 'emperor' })).body['errors'][0]).toMatchObject({ path: '/role' })
    expect((await put('/v1/roles/empty', { group: 'a', role: 'viewer', labels: {} })).status).toBe(400)
  })

  it('counts with its commit, and no longer once it is gone', async () => {
    const token = await world.token({ sub: 'newcomer', groups: ['newcomers'] })
    expect((await world.ask('GET', '/v1/policies', { token })).status).toBe(403)
    await put('/v1/roles/newcomers', { provider: 'test', group: 'newcomers', role: 'viewer' })
    expect((await world.ask('GET', '/v1/policies', { token })).status).toBe(200)
    await world.ask('DELETE', '/v1/roles/newcomers', { token: admin })
    expect((await world.ask('GET', '/v1/policies', { token })).status).toBe(403)
  })
})

describe('a lock', () => {
  it('is added, shown and removed', async () => {
    const body = { target: { kind: 'principal', name: 'mallory' }, message: 'incident', expires_at: '2999-01-01T00:00:00Z' }
    const made = await world.ask('POST', '/v1/locks', { token: admin, body })
    expect(made.status).toBe(201)
    expect(made.body).toMatchObject({ ...body, expires_at: '2999-01-01T00:00:00.000Z' })
    expect((await get(`/v1/locks/${made.body['id']}`)).status).toBe(200)
    expect((await world.ask('DELETE', `/v1/locks/${made.body['id']}`, { token: admin })).status).toBe(204)
    expect((await get(`/v1/locks/${made.body['id']}`)).status).toBe(404)
  })

  it('is refused when it lies in the past, names nothing lockable, or would hit its maker', async () => {
    const post = (body: unknown) => world.ask('POST', '/v1/locks', { token: admin, body })
    expect(
      (await post({ target: { kind: 'group', name: 'g' }, message: 'm', expires_at: '2001-01-01T00:00:00Z' })).body['errors'][0]!['path'],
    ).toBe('/expires_at')
    expect((await post({ target: { kind: 'planet', name: 'g' }, message: 'm' })).status).toBe(400)
    expect((await post({ target: { kind: 'agent', id: 'x' }, message: 'm' })).body['errors'][0]!['path']).toBe('/target/id')
    const { body } = await get('/v1/me')
    const self = await post({ target: { kind: 'principal', name: body['principal']['subject'] }, message: 'm' })
    expect([self.status, self.body['errors'][0]!['path']]).toEqual([422, '/target'])
  })
})

describe('the trail of administrative acts', () => {
  it('holds who did what, with digests that tell a change from none', async () => {
    await put('/v1/roles/told', { provider: 'test', group: 'told', role: 'viewer' })
    await put('/v1/roles/told', { provider: 'test', group: 'told', role: 'operator' })
    await world.ask('DELETE', '/v1/roles/told', { token: admin })
    const { body } = await get('/v1/audit/events?source=control-plane')
    const told = body['items'].filter((event) => event['target']['name'] === 'told')
    expect(told.map((event) => event['type'])).toEqual(['role.delete', 'role.update', 'role.create'])
    const [removed, updated, created] = told
    expect(created).not.toHaveProperty('before')
    expect(updated!['before']).toBe(created!['after'])
    expect(updated!['after']).not.toBe(updated!['before'])
    expect(removed!['before']).toBe(updated!['after'])
    expect(told.every((event) => String(event['actor']).startsWith('test/person-'))).toBe(true)
  })

  it('is written with the act or not at all', async () => {
    await world.db.$executeRaw`ALTER TABLE admin_event ADD CONSTRAINT full_disk CHECK (action <> 'role.create') NOT VALID`
    const { status } = await put('/v1/roles/unrecorded', { provider: 'test', group: 'g', role: 'viewer' })
    await world.db.$executeRaw`ALTER TABLE admin_event DROP CONSTRAINT full_disk`
    expect(status).toBe(500)
    expect((await get('/v1/roles/unrecorded')).status).toBe(404)
  })

  it('pages through everything without loss, newest first', async () => {
    const seen: string[] = []
    let cursor: string | null = ''
    while (cursor !== null) {
      const url: string = `/v1/audit/events?limit=5${cursor === '' ? '' : `&cursor=${cursor}`}`
      const { body }: Answer = await get(url)
      seen.push(...body['items'].map((event) => `${String(event['at'])} ${event.id}`))
      cursor = body['next_cursor']
    }
    expect(seen).toEqual(seen.toSorted().toReversed())
    expect(seen.length).toBe(await world.db.adminEvent.count())
  })
})
