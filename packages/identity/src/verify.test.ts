import { createHash, createHmac } from 'node:crypto'
import { type Identity, SallyportError } from '@sallyport/core'
import { type CryptoKey, exportJWK, exportSPKI, generateKeyPair, type JWK, SignJWT } from 'jose'
import { beforeAll, describe, expect, it } from 'vitest'
import { parseTrustProvider, type TrustProvider, verifyToken, type VerifyOptions } from './index.js'

const now = Date.UTC(2026, 5, 1, 12)
const seconds = now / 1000

function provider(document: object): TrustProvider {
  const parsed = parseTrustProvider(document)
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.problems))
  return parsed.provider
}

const demo = provider({
  name: 'demo',
  issuer: 'https://issuer.example',
  audiences: ['sallyport'],
  api_audiences: ['sallyport-api'],
  subject: 'sub',
  groups: 'groups',
  kind: 'kind',
  owner: 'owner',
  person: 'claims.email_verified ? claims.email : null',
  primary: true,
})
const corp = provider({
  name: 'corp',
  issuer: 'https://corp.example',
  audiences: ['corp-data'],
  api_audiences: ['corp-api'],
  subject: 'sub',
})

const claims = {
  sub: 'billing-agent',
  groups: ['ai-agents'],
  kind: 'agent',
  email_verified: true,
  email: 'ops@example.com',
  jti: 'token-1',
}

interface Key {
  readonly privateKey: CryptoKey
  readonly publicKey: CryptoKey
  readonly jwk: JWK
  readonly alg: string
}

async function makeKey(alg: string, kid = alg): Promise<Key> {
  const { privateKey, publicKey } = await generateKeyPair(alg, { extractable: true })
  return { privateKey, publicKey, jwk: { ...(await exportJWK(publicKey)), kid }, alg }
}

let es: Key
let rs: Key

beforeAll(async () => {
  es = await makeKey('ES256')
  rs = await makeKey('RS256')
})

interface Minted {
  readonly payload?: object
  readonly key?: Key
  readonly header?: Readonly<Record<string, unknown>>
}

function mint({ payload = {}, key = es, header = {} }: Minted = {}): Promise<string> {
  const all = { iss: demo.issuer, aud: 'sallyport', iat: seconds - 600, exp: seconds + 3600, ...claims, ...payload }
  const present = Object.fromEntries(Object.entries(all).filter(([, value]) => value !== undefined))
  return new SignJWT(present).setProtectedHeader({ alg: key.alg, kid: key.jwk.kid!, ...header }).sign(key.privateKey)
}

/** A token with a header and claims that no library would sign. */
function forge(header: object, payload: object, sign: (input: string) => Buffer): string {
  const part = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url')
  const input = `${part(header)}.${part(payload)}`
  return `${input}.${sign(input).toString('base64url')}`
}

function verify(token: string, options: Partial<VerifyOptions> = {}): Promise<Identity> {
  const keys = { keys: () => [es.jwk, rs.jwk] }
  return verifyToken(token, { providers: [demo, corp], keys, door: 'data', now, ...options })
}

async function codeOf(attempt: Promise<Identity>): Promise<string> {
  try {
    await attempt
    return 'accepted'
  } catch (error) {
    if (error instanceof SallyportError) return error.code
    throw error
  }
}

describe('a token that is good', () => {
  it('becomes the identity its provider maps', async () => {
    const identity = await verify(await mint({ payload: { owner: 'alice' } }))
    expect(identity.principal).toEqual({
      provider: 'demo',
      subject: 'billing-agent',
      name: 'billing-agent',
      kind: 'agent',
      groups: ['ai-agents'],
      person: 'ops@example.com',
      owner: 'alice',
      primary: true,
    })
    expect(identity.chain).toEqual([])
    expect(identity.token).toEqual({
      id: 'token-1',
      issuer: 'https://issuer.example',
      audience: ['sallyport'],
      issuedAt: now - 600_000,
      expiresAt: now + 3_600_000,
    })
    expect(identity.claims['email']).toBe('ops@example.com')
  })

  it.each(['ES256', 'ES384', 'RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512', 'EdDSA'])('may be signed with %s', async (alg) => {
    const key = await makeKey(alg)
    expect(await codeOf(verify(await mint({ key }), { keys: { keys: () => [key.jwk] } }))).toBe('accepted')
  })

  it('needs no key id where one of the published keys verifies it', async () => {
    const other = await makeKey('ES256', 'other')
    const token = await mint({ header: { kid: undefined } })
    expect(await codeOf(verify(token, { keys: { keys: () => [other.jwk, es.jwk] } }))).toBe('accepted')
  })

  it('may tell any typ', async () => {
    expect(await codeOf(verify(await mint({ header: { typ: 'at+jwt' } })))).toBe('accepted')
  })

  it('is a service where its provider maps no kind, and not primary unless its provider is', async () => {
    const { principal } = await verify(await mint({ payload: { iss: corp.issuer, aud: 'corp-data' } }))
    expect(principal).toMatchObject({ provider: 'corp', kind: 'service', groups: [], primary: false })
  })

  it('without jti is known by the hash of what was signed, whatever signature it carries', async () => {
    const token = await mint({ payload: { jti: undefined } })
    const again = await mint({ payload: { jti: undefined } })
    const id = createHash('sha256')
      .update(token.slice(0, token.lastIndexOf('.')))
      .digest('hex')
    expect((await verify(token)).token.id).toBe(id)
    expect(again).not.toBe(token)
    expect((await verify(again)).token.id).toBe(id)
  })

  it('may name one group as a text', async () => {
    expect((await verify(await mint({ payload: { groups: 'dba' } }))).principal.groups).toEqual(['dba'])
  })
})

describe('time', () => {
  it.each([
    ['expired beyond the skew', { exp: seconds - 61 }, 'token_expired'],
    ['expired just at the skew', { exp: seconds - 60 }, 'token_expired'],
    ['expired within the skew', { exp: seconds - 59 }, 'accepted'],
    ['not yet valid beyond the skew', { nbf: seconds + 61 }, 'token_not_yet_valid'],
    ['not yet valid within the skew', { nbf: seconds + 60 }, 'accepted'],
    ['issued in the future', { iat: seconds + 61 }, 'token_not_yet_valid'],
    ['without exp', { exp: undefined }, 'token_claims'],
    ['with an exp that is a text', { exp: '9999999999' }, 'token_claims'],
    ['with an exp beyond all calendars', { exp: 1e300 }, 'token_claims'],
    ['with an exp before its iat', { iat: seconds, exp: seconds - 30 }, 'token_claims'],
    ['with a negative nbf', { nbf: -1 }, 'token_claims'],
    ['without iat', { iat: undefined }, 'accepted'],
  ])('a token %s', async (_, payload, code) => {
    expect(await codeOf(verify(await mint({ payload })))).toBe(code)
  })

  it('the skew is the caller’s to say', async () => {
    expect(await codeOf(verify(await mint({ payload: { exp: seconds - 5 } }), { skew: 0 }))).toBe('token_expired')
  })
})

describe('issuer and audience', () => {
  it.each([
    ['of an unknown issuer', { iss: 'https://evil.example' }, 'token_issuer'],
    ['of an issuer that differs by a slash', { iss: 'https://issuer.example/' }, 'token_issuer'],
    ['without an issuer', { iss: undefined }, 'token_issuer'],
    ['for another audience', { aud: 'somebody' }, 'token_audience'],
    ['for another provider’s audience', { aud: 'corp-data' }, 'token_audience'],
    ['without an audience', { aud: undefined }, 'token_audience'],
    ['for an empty list of audiences', { aud: [] }, 'token_audience'],
    ['for REST', { aud: 'sallyport-api' }, 'token_audience'],
    ['with ours among several audiences', { aud: ['a', 'sallyport', 'sallyport'] }, 'accepted'],
    ['with an audience that is a number', { aud: [7] }, 'token_claims'],
    ['with an audience that only begins like ours', { aud: 'sallyport-evil' }, 'token_audience'],
  ])('a token %s at the data door', async (_, payload, code) => {
    expect(await codeOf(verify(await mint({ payload })))).toBe(code)
  })

  it.each([
    ['for REST alone', { aud: ['sallyport-api'] }, 'accepted'],
    ['for REST and something unrelated', { aud: ['sallyport-api', 'mail'] }, 'accepted'],
    ['for the data path', { aud: 'sallyport' }, 'token_audience'],
    ['for both', { aud: ['sallyport-api', 'sallyport'] }, 'token_audience'],
    ['for REST and another provider’s data path', { aud: ['sallyport-api', 'corp-data'] }, 'token_audience'],
  ])('a token %s at the door of REST', async (_, payload, code) => {
    expect(await codeOf(verify(await mint({ payload }), { door: 'api' }))).toBe(code)
  })

  it('a provider that was just deleted vouches for nobody', async () => {
    expect(await codeOf(verify(await mint(), { providers: [corp] }))).toBe('token_issuer')
  })

  it('two providers of one issuer vouch for nobody', async () => {
    expect(await codeOf(verify(await mint(), { providers: [demo, { ...demo, name: 'twin' }] }))).toBe('token_issuer')
  })
})

describe('algorithm and key', () => {
  const payload = { iss: demo.issuer, aud: 'sallyport', exp: seconds + 3600, ...claims }

  it.each(['none', 'None', 'HS256', 'HS384', 'HS512', 'ES512', 'ES256K', 'RSA1_5', 'constructor', 'toString'])(
    'refuses %s',
    async (alg) => {
      const token = forge({ alg, kid: 'ES256' }, payload, () => Buffer.from(alg === 'none' ? '' : 'signature'))
      expect(await codeOf(verify(token))).toBe('token_algorithm')
    },
  )

  it('refuses an HMAC made with the public key, even where the provider publishes a symmetric key', async () => {
    const pem = await exportSPKI(rs.publicKey)
    const token = forge({ alg: 'HS256', kid: 'RS256' }, payload, (input) => createHmac('sha256', pem).update(input).digest())
    const symmetric: JWK = { kty: 'oct', kid: 'RS256', k: Buffer.from(pem).toString('base64url'), alg: 'HS256' }
    expect(await codeOf(verify(token))).toBe('token_algorithm')
    expect(await codeOf(verify(token, { keys: { keys: () => [symmetric] } }))).toBe('token_algorithm')
  })

  it('asks for the key the token names, and says so when it is not published', async () => {
    const asked: unknown[] = []
    const keys = {
      keys: (...args: unknown[]) => {
        asked.push(args)
        return undefined
      },
    }
    expect(await codeOf(verify(await mint({ header: { kid: 'rotated' } }), { keys }))).toBe('token_key_unknown')
    expect(asked).toEqual([['demo', 'rotated']])
    expect(await codeOf(verify(await mint({ header: { kid: 'rotated' } })))).toBe('token_key_unknown')
  })

  it.each([
    ['of another kind', () => ({ ...rs.jwk, kid: 'ES256' })],
    ['of another curve', () => ({ ...es.jwk, crv: 'P-384' })],
    ['for encryption', () => ({ ...es.jwk, use: 'enc' })],
    ['for another algorithm', () => ({ ...es.jwk, alg: 'ES384' })],
    ['that may only wrap', () => ({ ...es.jwk, key_ops: ['wrapKey'] })],
    ['with its private half', () => ({ ...es.jwk, d: 'AAAA' })],
  ])('does not use a key %s', async (_, key) => {
    expect(await codeOf(verify(await mint(), { keys: { keys: () => [key()] } }))).toBe('token_algorithm')
  })

  it('refuses another key under the same id', async () => {
    const stranger = await makeKey('ES256')
    expect(await codeOf(verify(await mint({ key: stranger })))).toBe('token_signature')
  })

  it('refuses claims, header or signature changed after signing', async () => {
    const [header, body, signature] = (await mint()).split('.') as [string, string, string]
    const other = Buffer.from(JSON.stringify({ ...payload, groups: ['admins'] })).toString('base64url')
    const flipped = `${signature[0] === 'A' ? 'B' : 'A'}${signature.slice(1)}`
    const padded = Buffer.from(JSON.stringify({ alg: 'ES256', kid: 'ES256', typ: 'JWT' })).toString('base64url')
    for (const token of [
      `${header}.${other}.${signature}`,
      `${header}.${body}.${flipped}`,
      `${padded}.${body}.${signature}`,
      `${header}.${body}.`,
    ]) {
      expect(await codeOf(verify(token))).toBe('token_signature')
    }
  })
})

describe('form', () => {
  it('refuses 32 KiB before anything is parsed or asked for', async () => {
    const keys = {
      keys: () => {
        throw new Error('must not be asked')
      },
    }
    expect(await codeOf(verify(await mint({ payload: { pad: 'x'.repeat(32 * 1024) } }), { keys }))).toBe('token_too_large')
    expect(await codeOf(verify('x'.repeat(32 * 1024), { keys }))).toBe('token_too_large')
  })

  it.each([
    ['nothing', ''],
    ['a word', 'password'],
    ['two parts', 'e30.e30'],
    ['five parts, as of an encrypted token', 'e30.e30.e30.e30.e30'],
    ['empty parts', '..'],
    ['spaces', 'e30. e30.x'],
    ['no JSON', 'YWJj.YWJj.YWJj'],
    ['a list for a header', 'W10.e30.YWJj'],
    ['a header without alg', 'e30.e30.YWJj'],
    [
      'bytes that are no UTF-8',
      `${Buffer.from('{"alg":"ES256"}').toString('base64url')}.${Buffer.from([0x7b, 0xff, 0x7d]).toString('base64url')}.YWJj`,
    ],
  ])('refuses %s', async (_, token) => {
    expect(await codeOf(verify(token))).toBe('token_malformed')
  })

  it('refuses what it is told it must understand', async () => {
    const token = forge({ alg: 'ES256', kid: 'ES256', crit: ['exp'], exp: 1 }, { iss: demo.issuer }, () => Buffer.from('x'))
    expect(await codeOf(verify(token))).toBe('token_malformed')
    const unencoded = forge({ alg: 'ES256', kid: 'ES256', b64: false }, { iss: demo.issuer }, () => Buffer.from('x'))
    expect(await codeOf(verify(unencoded))).toBe('token_malformed')
  })

  it('repeats nothing that is not verified', async () => {
    const token = await mint({ payload: { iss: 'https://canary.example' }, header: { kid: 'canary' } })
    await expect(verify(token)).rejects.toSatisfy((error) => !String(error).includes('canary'))
    const unknown = await mint({ header: { kid: 'canary' } })
    await expect(verify(unknown)).rejects.toSatisfy((error) => !String(error).includes('canary'))
  })
})

describe('claims', () => {
  it.each([
    ['no subject', { sub: undefined }],
    ['an empty subject', { sub: '' }],
    ['a number for a subject', { sub: 7 }],
    ['a subject with a line break', { sub: 'root\n' }],
    ['a subject that reads backwards', { sub: 'a\u202eb' }],
    ['a subject of 257 characters', { sub: 'x'.repeat(257) }],
    ['201 groups', { groups: Array.from({ length: 201 }, (_, i) => `g${i}`) }],
    ['groups that are no texts', { groups: [{ name: 'dba' }] }],
    ['a kind that does not exist', { kind: 'robot' }],
    ['a kind that is a list', { kind: ['agent'] }],
    ['a mapping that cannot be evaluated', { email_verified: 'yes' }],
  ])('refuses %s', async (_, payload) => {
    expect(await codeOf(verify(await mint({ payload })))).toBe('token_claims')
  })

  it('takes 200 groups, and each once', async () => {
    const groups = Array.from({ length: 199 }, (_, i) => `g${i}`)
    expect((await verify(await mint({ payload: { groups: [...groups, 'g0'] } }))).principal.groups).toEqual(groups)
  })

  it('takes nobody for the same person whose provider does not say so', async () => {
    const { principal } = await verify(await mint({ payload: { email_verified: false } }))
    expect(principal.person).toBeUndefined()
  })
})

describe('delegation', () => {
  it('acts as the actor, for the subject', async () => {
    const payload = {
      sub: 'alice',
      kind: 'human',
      groups: ['dba'],
      act: { sub: 'copilot', kind: 'agent', groups: ['ai-agents'], email_verified: false },
    }
    const { principal, chain } = await verify(await mint({ payload }))
    expect(principal).toMatchObject({ subject: 'copilot', kind: 'agent', groups: ['ai-agents'] })
    expect(chain.map(({ subject, groups }) => [subject, groups])).toEqual([['alice', ['dba']]])
  })

  it('takes the outermost actor for the current one and keeps every earlier one', async () => {
    const act = {
      sub: 'last',
      email_verified: false,
      act: { sub: 'middle', email_verified: false, act: { sub: 'first', email_verified: false } },
    }
    const { principal, chain } = await verify(await mint({ payload: { sub: 'alice', act } }))
    expect([principal, ...chain].map(({ subject }) => subject)).toEqual(['last', 'middle', 'first', 'alice'])
  })

  it('gives an actor nothing of the subject’s', async () => {
    const { principal } = await verify(await mint({ payload: { groups: ['dba'], act: { sub: 'copilot', email_verified: false } } }))
    expect(principal).toMatchObject({ kind: 'service', groups: [] })
  })

  const deep = (depth: number): object => ({ sub: `actor-${depth}`, email_verified: false, ...(depth > 1 && { act: deep(depth - 1) }) })

  it.each([
    ['four actors', { act: deep(4) }, 'accepted'],
    ['five actors', { act: deep(5) }, 'token_claims'],
    ['an actor without a subject', { act: { email_verified: false } }, 'token_claims'],
    ['an actor that is a text', { act: 'copilot' }, 'token_claims'],
    ['an actor that is null', { act: null }, 'token_claims'],
    ['an actor of another issuer', { act: { sub: 'root', iss: 'https://corp.example', email_verified: false } }, 'token_claims'],
    ['an actor of the same issuer', { act: { sub: 'copilot', iss: 'https://issuer.example', email_verified: false } }, 'accepted'],
  ])('a token with %s', async (_, payload, code) => {
    expect(await codeOf(verify(await mint({ payload })))).toBe(code)
  })
})
