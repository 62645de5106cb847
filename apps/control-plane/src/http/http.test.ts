import { readFile } from 'node:fs/promises'
import { connect, type AddressInfo } from 'node:net'
import { Type } from '@sinclair/typebox'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createLog } from '../log.js'
import { openApiFile, openApiText } from '../write-openapi.js'
import { startWorld, type World } from '../testing/world.js'
import { createApp } from './app.js'
import { isLoopback } from './loopback.js'
import { mergePatch } from './merge-patch.js'
import { compileValidator } from './validation.js'

describe('the server', () => {
  it('does not boot with a route that declares no permission', async () => {
    const app = await createApp({ log: createLog('silent'), publicHost: () => undefined })
    app.get('/v1/open', { config: {} }, async () => 'hello')
    await expect(app.ready()).rejects.toThrow(/GET \/v1\/open/)
  })

  it('does not boot with a permission that is in no table', async () => {
    const app = await createApp({ log: createLog('silent'), publicHost: () => undefined })
    app.get('/v1/open', { config: { permission: 'resource.peek' as 'public' } }, async () => 'hello')
    await expect(app.ready()).rejects.toThrow(/declare no permission/)
  })

  it('has the OpenAPI document that is committed', async () => {
    expect(await openApiText(), 'run: pnpm --filter @sallyport/control-plane run openapi').toBe(await readFile(openApiFile, 'utf8'))
  })
})

describe('what is served beside REST', () => {
  let world: World
  beforeAll(async () => {
    world = await startWorld()
  })
  afterAll(() => world.close())

  it('is the document, its pages, health and metrics, with headers that keep browsers safe', async () => {
    const document = await world.ask('GET', '/openapi.json')
    expect(document.body['openapi']).toBe('3.1.0')
    expect((await world.ask('GET', '/docs/')).text).toContain('swagger-ui')
    expect(await world.ask('GET', '/')).toMatchObject({ status: 302, headers: expect.objectContaining({ location: '/docs' }) })
    expect((await world.ask('GET', '/readyz')).body).toEqual({ status: 'ok' })
    expect((await world.ask('GET', '/metrics')).text).toContain('sallyport_http_requests_total{method="GET",route="/readyz",status="200"}')
    expect(document.headers['content-security-policy']).toContain("default-src 'none'")
    expect(document.headers['x-content-type-options']).toBe('nosniff')
  })

  it('is a problem document for what does not exist, with or without a token', async () => {
    for (const [method, path] of [
      ['GET', '/v1/nothing'],
      ['DELETE', '/v1/me'],
      ['GET', '/v1/locks/not-an-id/x'],
    ] as const) {
      const { status, headers, body } = await world.ask(method, path)
      expect([status, body['code']]).toEqual([404, 'not_found'])
      expect(headers['content-type']).toContain('application/problem+json')
      expect(body['request_id']).toMatch(/^[0-9a-f-]{36}$/)
    }
  })

  it('answers every response as its schema says', async () => {
    const admin = await world.as('admin')
    const { body } = await world.ask('GET', '/openapi.json')
    expect(Object.keys(body['components']['schemas'])).toEqual(
      expect.arrayContaining(['Resource', 'ResourceBody', 'Policy', 'Session', 'Problem']),
    )
    const me = await world.ask('GET', '/v1/me', { token: admin })
    expect(Object.keys(me.body).sort()).toEqual(body.components.schemas['Me']!.required.toSorted())
  })

  it('says internal, and nothing of the database, when a query fails', async () => {
    const token = await world.as('admin')
    await world.db.$executeRaw`ALTER TABLE trust_provider RENAME TO hidden`
    const { status, body, text } = await world.ask('GET', '/v1/resources', { token })
    await world.db.$executeRaw`ALTER TABLE hidden RENAME TO trust_provider`
    expect(status).toBe(500)
    expect(body['code']).toBe('internal')
    expect(text).not.toContain('trust_provider')
    expect(world.logged.join('\n')).not.toContain(token)
  })
})

describe('bad input', () => {
  let world: World
  let admin: string
  beforeAll(async () => {
    world = await startWorld()
    admin = await world.as('admin')
    await world.app.listen({ host: '127.0.0.1', port: 0 })
  })
  afterAll(() => world.close())

  const deep = (levels: number) => `${'{"a":'.repeat(levels)}1${'}'.repeat(levels)}`
  it.each([
    ['a NUL in a text', '/v1/policies/x', JSON.stringify({ subjects: { groups: ['a\0b'] }, resources: {} }), '/subjects/groups/0'],
    ['a NUL in a target', '/v1/resources/x', JSON.stringify({ protocol: 'postgres', target: { database: '\0' } }), '/target/database'],
    ['half of a surrogate pair', '/v1/roles/x', '{"group": "\\ud800", "role": "viewer"}', '/group'],
    ['ten thousand levels', '/v1/resources/x', `{"protocol": "postgres", "target": ${deep(10_000)}}`, '/target'],
  ])('%s is refused by its path', async (_what, url, body, path) => {
    const answer = await world.ask('PUT', url, { token: admin, body })
    expect([answer.status, answer.body.code]).toEqual([400, 'invalid'])
    expect(answer.body.errors[0]!.path.startsWith(path)).toBe(true)
  })

  it.each(['application/json', 'application/merge-patch+json'])('a field given twice is refused by its path, as %s', async (type) => {
    await world.ask('PUT', '/v1/roles/twice', { token: admin, body: { group: 'dba', role: 'viewer' } })
    const body = '{"role": "viewer", "group": "dba", "labels": {"env": "dev", "env": "prod"}}'
    const headers = { 'content-type': type }
    const answer = await world.ask(type === 'application/json' ? 'PUT' : 'PATCH', '/v1/roles/twice', { token: admin, body, headers })
    expect([answer.status, answer.body.code, answer.body.errors]).toEqual([
      400,
      'invalid',
      [{ path: '/labels/env', message: 'is given twice' }],
    ])
  })

  it.each(['/v1/sessions?text=abc%00', '/v1/resources/%00', '/v1/resources/%zz', '/v1/resources/%ff'])('%s is refused', async (url) => {
    const { status, headers } = await world.ask('GET', url, { token: admin })
    expect([400, 404]).toContain(status)
    expect(headers['content-type']).toContain('application/problem+json')
  })

  it.each([
    ['what is not HTTP', 'hello\r\n\r\n', '400'],
    ['a request without a Host', 'GET /healthz HTTP/1.1\r\n\r\n', '400'],
    ['two lengths', 'POST /v1/setup HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n', '400'],
    ['a whole URL in the request line', 'GET http://localhost/healthz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n', '400'],
    ['a question about the whole server', 'OPTIONS * HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n', '400'],
    ['64 KiB of headers', `GET /healthz HTTP/1.1\r\nHost: localhost\r\nX-Long: ${'x'.repeat(65_536)}\r\n\r\n`, '431'],
  ])('%s is answered, and the server lives on', async (_what, bytes, status) => {
    const { port } = world.app.server.address() as AddressInfo
    const answer = await new Promise<string>((resolve, reject) => {
      let text = ''
      const socket = connect(port, '127.0.0.1', () => socket.write(bytes))
      socket.on('data', (chunk) => (text += chunk.toString()))
      socket.on('error', reject)
      socket.on('close', () => resolve(text))
    })
    expect(answer).toContain(`HTTP/1.1 ${status}`)
    expect((await world.ask('GET', '/healthz')).status).toBe(200)
  })
})

describe('a merge patch', () => {
  it.each([
    [{ a: 1 }, { b: 2 }, { a: 1, b: 2 }],
    [{ a: 1 }, { a: null }, {}],
    [{ a: { b: 1, c: 2 } }, { a: { b: null } }, { a: { c: 2 } }],
    [{ a: [1, 2] }, { a: [3] }, { a: [3] }],
    [{ a: 1 }, { a: { b: null, c: 1 } }, { a: { c: 1 } }],
  ])('%j with %j is %j', (target, patch, merged) => {
    expect(mergePatch(target, patch)).toEqual(merged)
  })

  it('poisons no prototype', () => {
    mergePatch({}, JSON.parse('{"__proto__": {"poisoned": true}}'))
    expect(({} as { poisoned?: boolean }).poisoned).toBeUndefined()
  })
})

describe('validation', () => {
  const schema = Type.Object({ n: Type.Integer(), s: Type.Optional(Type.String({ maxLength: 3 })) }, { additionalProperties: false })
  const check = (httpPart: string, value: unknown) =>
    compileValidator({ schema, method: 'GET', url: '/', httpPart })(value) as { value?: unknown; error?: { validation: unknown[] } }

  it('converts query strings and never bodies', () => {
    expect(check('querystring', { n: '5' })).toEqual({ value: { n: 5 } })
    expect(check('body', { n: '5' }).error?.validation).toEqual([{ instancePath: '/n', message: 'expected integer' }])
  })

  it('names every wrong field once', () => {
    expect(check('body', { s: 'long', x: 1 }).error?.validation).toEqual([
      { instancePath: '/n', message: 'is required' },
      { instancePath: '/x', message: 'is not a field of this document' },
      { instancePath: '/s', message: 'expected string length less or equal to 3' },
    ])
  })
})

it.each([
  ['127.0.0.1', true],
  ['127.255.0.9', true],
  ['::1', true],
  ['[::1]', true],
  ['::ffff:127.0.0.1', true],
  ['localhost', true],
  ['shop.localhost', true],
  ['0.0.0.0', false],
  ['::', false],
  ['10.0.0.1', false],
  ['localhost.example', false],
  ['127.0.0.1.example', false],
])('%s is loopback: %s', (host, expected) => {
  expect(isLoopback(host)).toBe(expected)
})
