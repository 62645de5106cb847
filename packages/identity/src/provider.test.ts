import { describe, expect, it } from 'vitest'
import { isLoopbackIssuer, parseTrustProvider } from './index.js'

const minimal = { name: 'demo', issuer: 'https://issuer.example' }

function problems(document: unknown): Readonly<Record<string, string>> {
  const parsed = parseTrustProvider(document)
  return parsed.ok ? {} : Object.fromEntries(parsed.problems.map(({ path, message }) => [path, message]))
}

function read(mapping: string, claims: Readonly<Record<string, unknown>>): unknown {
  const parsed = parseTrustProvider({ ...minimal, groups: mapping })
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.problems))
  return parsed.provider.groups!.read(claims)
}

describe('a trust provider', () => {
  it('needs a name and an issuer; the rest has defaults', () => {
    const parsed = parseTrustProvider(minimal, { audience: 'data', apiAudience: 'api' })
    expect(parsed).toMatchObject({
      ok: true,
      provider: { ...minimal, audiences: ['data'], apiAudiences: ['api'], primary: false, subject: { text: 'sub' } },
    })
  })

  it('keeps everything its document says, but for the secret', () => {
    const parsed = parseTrustProvider({
      ...minimal,
      jwks_uri: 'https://issuer.example/jwks',
      primary: true,
      sign_in: { client_id: 'console', client_secret: 'canary', scopes: ['openid', 'groups'] },
    })
    expect(parsed).toMatchObject({
      ok: true,
      provider: { jwksUri: 'https://issuer.example/jwks', primary: true, signIn: { clientId: 'console', scopes: ['openid', 'groups'] } },
    })
    expect(JSON.stringify(parsed)).not.toContain('canary')
  })

  it('answers every problem at once', () => {
    const found = problems({
      name: 'Demo!',
      issuer: 'http://issuer.example',
      jwks_uri: 'https://user:secret@issuer.example/jwks',
      audiences: [],
      api_audiences: ['a', 'a'],
      subject: 7,
      groups: 'claims.groups.filter(',
      kind: 'env.kind',
      owner: '',
      primary: 'yes',
      sign_in: { client: 'x' },
      jwks: [],
    })
    expect(Object.keys(found).sort()).toEqual(
      [
        '/api_audiences',
        '/audiences',
        '/groups',
        '/issuer',
        '/jwks',
        '/jwks_uri',
        '/name',
        '/owner',
        '/primary',
        '/sign_in/client',
        '/sign_in/client_id',
        '/subject',
      ].sort(),
    )
  })

  it('refuses one audience for both doors', () => {
    expect(problems({ ...minimal, audiences: ['x'], api_audiences: ['y', 'x'] })).toHaveProperty('/api_audiences')
  })

  it.each([null, 'demo', [], 7])('refuses %j', (document) => {
    expect(problems(document)).toHaveProperty('')
  })

  it('tells the kind of a document from the mapping of a principal’s kind', () => {
    const parsed = parseTrustProvider({ ...minimal, kind: 'trust-provider', principal_kind: 'claims.kind' })
    expect(parsed).toMatchObject({ ok: true, provider: { kind: { text: 'claims.kind' } } })
    expect(parseTrustProvider({ ...minimal, kind: 'trust-provider' })).toMatchObject({ ok: true, provider: { name: 'demo' } })
    expect(problems({ ...minimal, kind: 'kind', principal_kind: 'kind' })).toHaveProperty('/principal_kind')
  })

  it('takes http only from loopback, and tells who is there', () => {
    for (const issuer of ['http://127.0.0.1:8703', 'http://localhost:8703', 'http://[::1]:1']) {
      expect(problems({ ...minimal, issuer })).toEqual({})
      expect(isLoopbackIssuer({ issuer })).toBe(true)
    }
    for (const issuer of ['http://127.0.0.1.evil.example', 'http://10.0.0.1', 'ftp://127.0.0.1', 'https://issuer.example?x=1']) {
      expect(problems({ ...minimal, issuer })).toHaveProperty('/issuer')
    }
    expect(isLoopbackIssuer({ issuer: 'https://127.0.0.1.evil.example' })).toBe(false)
  })
})

describe('a mapping', () => {
  it('reads a claim by its whole name before it takes dots for a path', () => {
    expect(read('https://corp.example/groups', { 'https://corp.example/groups': ['a'] })).toEqual(['a'])
    expect(read('realm_access.roles', { realm_access: { roles: ['b'] } })).toEqual(['b'])
    expect(read('realm_access.roles', { 'realm_access.roles': ['c'], realm_access: { roles: ['b'] } })).toEqual(['c'])
  })

  it('finds nothing where the token has nothing, also not what every object inherits', () => {
    for (const name of ['groups', 'constructor', '__proto__', 'a.constructor', 'a.b.c'])
      expect(read(name, { a: { b: null } })).toBeUndefined()
    expect(read('groups', { groups: null })).toBeUndefined()
  })

  it('evaluates CEL over claims', () => {
    expect(read('claims.roles.filter(r, r.startsWith("sp-"))', { roles: ['sp-dba', 'mail'] })).toEqual(['sp-dba'])
    expect(read("'x' in claims.roles ? ['in'] : null", { roles: [] })).toBeUndefined()
    expect(() => read('claims.roles', {})).toThrow('field not found')
  })

  it.each([
    ['another variable', 'subject.groups + claims.groups'],
    ['a loop inside a loop', 'claims.a.all(x, claims.b.all(y, x == y))'],
    ['a syntax error', 'claims..a'],
    ['more than 500 characters', `'${'x'.repeat(500)}'`],
  ])('refuses %s', (_, groups) => {
    expect(problems({ ...minimal, groups })).toHaveProperty('/groups')
  })
})
