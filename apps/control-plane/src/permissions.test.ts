import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { permissions, roles, type Permission, type RoleName } from './permissions.js'
import { newId } from './ids.js'
import { resourceBody, startWorld, type Method, type World } from './testing/world.js'

/** Every route × every role, from the one table. A route that is added without a row here fails the first test. */
const routes: Readonly<Record<string, Permission | 'authenticated' | 'public'>> = {
  'GET /': 'public',
  'GET /healthz': 'public',
  'GET /readyz': 'public',
  'GET /metrics': 'public',
  'GET /openapi.json': 'public',
  'POST /v1/setup': 'public',
  'GET /v1/me': 'authenticated',
  'GET /v1/resources': 'resource.read',
  'POST /v1/resources': 'resource.write',
  'GET /v1/resources/:name': 'resource.read',
  'PUT /v1/resources/:name': 'resource.write',
  'PATCH /v1/resources/:name': 'resource.write',
  'DELETE /v1/resources/:name': 'resource.write',
  'GET /v1/policies': 'policy.read',
  'POST /v1/policies': 'policy.write',
  'GET /v1/policies/:name': 'policy.read',
  'PUT /v1/policies/:name': 'policy.write',
  'PATCH /v1/policies/:name': 'policy.write',
  'DELETE /v1/policies/:name': 'policy.write',
  'POST /v1/policies/evaluate': 'policy.evaluate',
  'POST /v1/policies/test': 'policy.evaluate',
  'GET /v1/trust-providers': 'trust_provider.read',
  'POST /v1/trust-providers': 'trust_provider.write',
  'GET /v1/trust-providers/:name': 'trust_provider.read',
  'PUT /v1/trust-providers/:name': 'trust_provider.write',
  'PATCH /v1/trust-providers/:name': 'trust_provider.write',
  'DELETE /v1/trust-providers/:name': 'trust_provider.write',
  'GET /v1/roles': 'role.read',
  'POST /v1/roles': 'role.write',
  'GET /v1/roles/:name': 'role.read',
  'PUT /v1/roles/:name': 'role.write',
  'PATCH /v1/roles/:name': 'role.write',
  'DELETE /v1/roles/:name': 'role.write',
  'GET /v1/locks': 'lock.read',
  'POST /v1/locks': 'lock.write',
  'GET /v1/locks/:id': 'lock.read',
  'DELETE /v1/locks/:id': 'lock.write',
  'GET /v1/agents': 'agent.read',
  'GET /v1/agents/:id': 'agent.read',
  'PATCH /v1/agents/:id': 'agent.write',
  'DELETE /v1/agents/:id': 'agent.write',
  'POST /v1/agents/:id/release': 'agent.write',
  'POST /v1/agents/join-tokens': 'agent.write',
  'GET /v1/sessions': 'session.read',
  'GET /v1/sessions/:id': 'session.read',
  'GET /v1/sessions/:id/events': 'session.read',
  'POST /v1/sessions/:id/terminate': 'session.terminate',
  'GET /v1/resources/:name/label-suggestions': 'label_suggestion.read',
  'POST /v1/resources/:name/label-suggestions': 'label_suggestion.write',
  'GET /v1/masking/keys': 'masking_key.read',
  'POST /v1/masking/keys': 'masking_key.write',
  'GET /v1/approvals': 'approval.read',
  'GET /v1/approvals/:id': 'approval.read',
  'POST /v1/approvals/:id/decision': 'approval.decide',
  'GET /v1/grants': 'grant.read',
  'GET /v1/grants/:id': 'grant.read',
  'DELETE /v1/grants/:id': 'grant.revoke',
  'GET /v1/audit/events': 'audit.read',
}

/** Bodies that pass the schema, so that what is refused is refused for who asks. */
const bodies: Readonly<Record<string, unknown>> = {
  '/v1/resources': { name: 'walk', ...resourceBody({ labels: { env: 'prod' } }) },
  '/v1/resources/:name': resourceBody({ labels: { env: 'prod' } }),
  '/v1/policies': { name: 'walk', subjects: {}, resources: {} },
  '/v1/policies/:name': { subjects: {}, resources: {} },
  '/v1/policies/evaluate': { subject: { name: 'x', groups: [] }, resource: 'walk', statement: 'select 1' },
  '/v1/policies/test': { name: 'walk', subjects: {}, resources: {}, rules: [{ id: 'never', action: 'deny' }] },
  '/v1/trust-providers': { name: 'walk', issuer: 'https://issuer.invalid' },
  '/v1/trust-providers/:name': { issuer: 'https://issuer.invalid' },
  '/v1/roles': { name: 'walk', group: 'nobody', role: 'viewer' },
  '/v1/roles/:name': { group: 'nobody', role: 'viewer' },
  '/v1/resources/:name/label-suggestions': {},
  '/v1/locks': { target: { kind: 'group', name: 'nobody' }, message: 'walk' },
  '/v1/agents/:id': { labels: {} },
  '/v1/agents/join-tokens': {},
  '/v1/sessions/:id/terminate': {},
  '/v1/approvals/:id/decision': { decision: 'deny', digest: '0'.repeat(64) },
}

const ids: Readonly<Record<string, Parameters<typeof newId>[0]>> = {
  locks: 'lck',
  agents: 'agt',
  sessions: 'ses',
  approvals: 'apr',
  grants: 'gra',
}

function urlOf(path: string): string {
  return path.replace(':name', 'walk').replace(':id', newId(ids[path.split('/')[2] ?? ''] ?? 'res'))
}

describe('every route and every role', () => {
  let world: World
  const tokens = new Map<RoleName | 'nobody', string>()

  beforeAll(async () => {
    world = await startWorld({ streams: { createJoinToken: async () => ({ id: newId('jtk'), token: 'sjt_x', expiresAt: new Date() }) } })
    for (const role of roles) tokens.set(role, await world.as(role))
    tokens.set('nobody', await world.as())
  })
  afterAll(() => world.close())

  it('are all in this table, with the permission that the table of permissions knows', () => {
    const declared = world.app.declaredRoutes
      .filter(({ url, method }) => !url.startsWith('/docs') && method !== 'HEAD')
      .map(({ method, url, config }) => [`${String(method)} ${url}`, config?.permission])
    expect(Object.fromEntries(declared)).toEqual(routes)
  })

  const guarded = Object.entries(routes).filter((entry): entry is [string, Permission] => entry[1] in permissions)
  it.each(guarded)(
    '%s needs %s: refused without a token, without a role, and with each role the table does not list',
    async (route, permission) => {
      const [method, path = ''] = route.split(' ')
      const ask = (token?: string) => {
        const body = method === 'GET' || method === 'DELETE' ? {} : { body: bodies[path] }
        return world.ask(method as Method, urlOf(path), { ...(token !== undefined && { token }), ...body })
      }
      expect((await ask()).status).toBe(401)
      expect((await ask(tokens.get('nobody'))).status).toBe(403)
      for (const role of roles) {
        const { status } = await ask(tokens.get(role))
        const refused = status === 403
        expect([route, role, refused]).toEqual([route, role, !permissions[permission].roles.includes(role)])
        expect(status).toBeLessThan(500)
      }
    },
  )

  it.each(guarded)('%s is not opened by a role scoped to labels, unless %s is about labelled records', async (route, permission) => {
    const [method, path = ''] = route.split(' ')
    const token = await world.as({ role: 'admin', labels: { team: 'mine' } })
    const body = method === 'GET' || method === 'DELETE' ? {} : { body: bodies[path] }
    const { status } = await world.ask(method as Method, urlOf(path), { token, ...body })
    expect(permissions[permission].labelled ? [200, 403, 404] : [403]).toContain(status)
  })

  it('lets anybody with a valid token see who they are, and nobody without', async () => {
    expect((await world.ask('GET', '/v1/me')).status).toBe(401)
    const { status, body } = await world.ask('GET', '/v1/me', { token: tokens.get('nobody')! })
    expect(status).toBe(200)
    expect(body['permissions']).toEqual([])
  })
})

describe("someone else's labels", () => {
  let world: World
  let scoped: string

  beforeAll(async () => {
    world = await startWorld()
    const admin = await world.as('admin')
    for (const [name, env] of [
      ['mine', 'dev'],
      ['theirs', 'prod'],
    ]) {
      await world.ask('PUT', `/v1/resources/${name}`, { token: admin, body: resourceBody({ labels: { env } }) })
    }
    scoped = await world.as({ role: 'operator', labels: { env: 'dev' } })
  })
  afterAll(() => world.close())

  it('are not listed and not found', async () => {
    const list = await world.ask('GET', '/v1/resources', { token: scoped })
    expect(list.body['items'].map((item) => item['name'])).toEqual(['mine'])
    expect((await world.ask('GET', '/v1/resources/theirs', { token: scoped })).status).toBe(404)
    expect((await world.ask('DELETE', '/v1/resources/theirs', { token: scoped })).status).toBe(404)
    expect((await world.ask('PUT', '/v1/resources/theirs', { token: scoped, body: resourceBody({ labels: { env: 'dev' } }) })).status).toBe(
      404,
    )
    expect((await world.ask('PATCH', '/v1/resources/theirs', { token: scoped, body: { labels: { env: 'dev' } } })).status).toBe(404)
    const asked = { subject: { name: 'x', groups: [] }, resource: 'theirs', statement: 'select 1' }
    expect((await world.ask('POST', '/v1/policies/evaluate', { token: scoped, body: asked })).status).toBe(404)
  })

  it("cannot be given to one's own record, nor made new: the permission is needed before and after", async () => {
    const moved = await world.ask('PUT', '/v1/resources/mine', { token: scoped, body: resourceBody({ labels: { env: 'prod' } }) })
    expect([moved.status, moved.body['code']]).toEqual([403, 'forbidden'])
    const made = await world.ask('POST', '/v1/resources', { token: scoped, body: { name: 'new', ...resourceBody({ labels: {} }) } })
    expect(made.status).toBe(403)
    expect((await world.ask('GET', '/v1/resources/mine', { token: scoped })).body['labels']).toEqual({ env: 'dev' })
  })

  it("do not hinder what is one's own", async () => {
    const change = await world.ask('PATCH', '/v1/resources/mine', { token: scoped, body: { labels: { env: 'dev', tier: 'gold' } } })
    expect(change.status).toBe(200)
    const made = await world.ask('POST', '/v1/resources', {
      token: scoped,
      body: { name: 'new', ...resourceBody({ labels: { env: 'dev' } }) },
    })
    expect(made.status).toBe(201)
    expect((await world.ask('DELETE', '/v1/resources/new', { token: scoped })).status).toBe(204)
  })

  it('a viewer of them may see and not write: 403, for they know it exists', async () => {
    const viewer = await world.as({ role: 'viewer', labels: { env: 'prod' } }, { role: 'operator', labels: { env: 'dev' } })
    const { status } = await world.ask('DELETE', '/v1/resources/theirs', { token: viewer })
    expect(status).toBe(403)
  })
})
