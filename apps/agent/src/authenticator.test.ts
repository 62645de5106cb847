import { generateKeyPairSync, sign } from 'node:crypto'
import type { Clock, Snapshot } from '@sallyport/gate'
import { parseTrustProvider } from '@sallyport/identity'
import type { KeySource, TrustProvider } from '@sallyport/identity'
import { describe, expect, it } from 'vitest'
import { createAuthenticator } from './authenticator.js'

const pair = generateKeyPairSync('ec', { namedCurve: 'P-256' })
const { x = '', y = '' } = pair.publicKey.export({ format: 'jwk' })
const jwk = { kty: 'EC', crv: 'P-256', x, y, kid: 'k1', alg: 'ES256' }
const now = 1_800_000_000_000

function token(claims: Readonly<Record<string, unknown>> = {}): string {
  const encode = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url')
  const times = { iat: now / 1000 - 10, exp: now / 1000 + 3600 }
  const body = `${encode({ alg: 'ES256', kid: 'k1', typ: 'JWT' })}.${encode({ iss: 'https://issuer', aud: 'sallyport', sub: 'bot', ...times, ...claims })}`
  return `${body}.${sign('sha256', Buffer.from(body), { key: pair.privateKey, dsaEncoding: 'ieee-p1363' }).toString('base64url')}`
}

function provider(): TrustProvider {
  const parsed = parseTrustProvider({
    name: 'demo',
    issuer: 'https://issuer',
    audiences: ['sallyport'],
    api_audiences: ['api'],
    subject: 'sub',
  })
  if (!parsed.ok) throw new Error(JSON.stringify(parsed))
  return parsed.provider
}

function world(): {
  readonly plane: Parameters<typeof createAuthenticator>[0]['plane']
  readonly clock: Clock & { time: number }
  readonly asked: string[]
  readonly change: (to: readonly TrustProvider[]) => void
} {
  let providers: readonly TrustProvider[] = [provider()]
  const listeners = new Set<(snapshot: Snapshot) => void>()
  const asked: string[] = []
  const keys: KeySource['keys'] = (name, kid) => {
    asked.push(`${name}/${kid}`)
    return [jwk]
  }
  return {
    asked,
    clock: { time: now, now: () => now, after: () => () => undefined },
    plane: {
      current: () => undefined,
      onChange(listener) {
        listeners.add(listener)
        return () => listeners.delete(listener)
      },
      onTerminate: () => () => undefined,
      keys,
      providers: () => providers,
    },
    change(to) {
      providers = to
      for (const listener of listeners) listener({} as Snapshot)
    },
  }
}

const credential = (text: string) => ({ kind: 'bearer', token: text, protocol: 'postgres', address: '::1' }) as const

describe('the authenticator', () => {
  it('verifies a token once, and remembers it', async () => {
    const { plane, clock, asked } = world()
    const authenticator = createAuthenticator({ plane, clock })
    const text = token()
    const first = await authenticator.authenticate(credential(text))
    expect(first.principal).toMatchObject({ provider: 'demo', subject: 'bot' })
    expect(await authenticator.authenticate(credential(text))).toBe(first)
    expect(asked).toHaveLength(1)
  })

  it('forgets everything when the configuration changes: a provider that is gone vouches for nobody', async () => {
    const { plane, clock, change } = world()
    const authenticator = createAuthenticator({ plane, clock })
    const text = token()
    await authenticator.authenticate(credential(text))
    change([])
    await expect(authenticator.authenticate(credential(text))).rejects.toMatchObject({ code: 'token_issuer' })
  })

  it('does not remember what was verified while the configuration changed', async () => {
    const { plane, clock, change } = world()
    let release: () => void = () => undefined
    const slow = new Promise<void>((resolve) => (release = resolve))
    const authenticator = createAuthenticator({ plane: { ...plane, keys: () => slow.then(() => [jwk]) }, clock })
    const text = token()
    const first = authenticator.authenticate(credential(text))
    await new Promise(setImmediate)
    change([])
    release()
    await first
    await expect(authenticator.authenticate(credential(text))).rejects.toMatchObject({ code: 'token_issuer' })
  })

  it('asks again once a token it remembers has expired', async () => {
    const { plane, asked } = world()
    let time = now
    const authenticator = createAuthenticator({ plane, clock: { now: () => time, after: () => () => undefined } })
    const text = token()
    await authenticator.authenticate(credential(text))
    time += 3_600_000 + 120_000
    await expect(authenticator.authenticate(credential(text))).rejects.toMatchObject({ code: 'token_expired' })
    expect(asked.length).toBeGreaterThan(0)
  })

  it('remembers no more than it may, and no failure', async () => {
    const { plane, clock, asked } = world()
    const authenticator = createAuthenticator({ plane, clock, capacity: 2 })
    const texts = ['a', 'b', 'c'].map((jti) => token({ jti }))
    for (const text of texts) await authenticator.authenticate(credential(text))
    await authenticator.authenticate(credential(texts.at(0) ?? ''))
    expect(asked).toHaveLength(4)
    const forged = `${texts[1]}x`
    await expect(authenticator.authenticate(credential(forged))).rejects.toMatchObject({ code: 'token_signature' })
    await expect(authenticator.authenticate(credential(forged))).rejects.toMatchObject({ code: 'token_signature' })
  })
})
