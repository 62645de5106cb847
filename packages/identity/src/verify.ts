import { createHash } from 'node:crypto'
import { type Identity, SallyportError, type TokenFacts } from '@sallyport/core'
import { compactVerify, type JWK } from 'jose'
import { type Claims, principalsOf } from './claims.js'
import { isAllowedAlgorithm, keyFits, type KeySource } from './keys.js'
import type { TrustProvider } from './provider.js'

export interface VerifyOptions {
  readonly providers: readonly TrustProvider[]
  readonly keys: KeySource
  /** `data`: the listeners of agents. `api`: REST and `/oauth/token`. */
  readonly door: 'data' | 'api'
  /** Milliseconds since the epoch. */
  readonly now: number
  /** Tolerated difference of clocks in milliseconds; 60,000 unless said. */
  readonly skew?: number
}

const maxBytes = 16 * 1024
const maxKeysTried = 10
const maxAudiences = 50

/**
 * A JSON Web Token (RFC 7519, signed as RFC 7515 compact) to the identity it proves, or a `SallyportError` with a
 * `token_*` code. Size, form and algorithm are judged before any key is touched; nothing but the issuer and the key's id
 * is believed before the signature verifies, and no message repeats an unverified claim. Keeps nothing: who verifies
 * often may remember results by the token's hash, never beyond `expiresAt` or a change of providers.
 */
export async function verifyToken(token: string, options: VerifyOptions): Promise<Identity> {
  const { header, claims } = parse(token)
  const provider = providerOf(claims, options.providers)
  await verifySignature(token, { header, provider, keys: options.keys })
  const facts = tokenFacts(token, claims, options)
  checkAudience(facts.audience, provider, options)
  const [principal, ...chain] = principalsOf(claims, provider)
  return { principal, chain, token: facts, claims }
}

interface Header {
  readonly alg: string
  readonly kid?: string
}

function parse(token: string): { readonly header: Header; readonly claims: Claims } {
  if (token.length > maxBytes) throw new SallyportError('token_too_large', `the token is larger than ${maxBytes} bytes`)
  const parts = token.split('.')
  if (parts.length !== 3 || !parts.every((part, i) => /^[A-Za-z0-9_-]*$/.test(part) && (part !== '' || i === 2))) throw malformed()
  const header = json(parts[0]!)
  const { alg, kid, crit, b64 } = header
  if (typeof alg !== 'string' || (kid !== undefined && (typeof kid !== 'string' || kid.length > 500))) throw malformed()
  if (!isAllowedAlgorithm(alg)) throw new SallyportError('token_algorithm', 'the token is signed with an algorithm that is not allowed')
  if (crit !== undefined || b64 !== undefined)
    throw new SallyportError('token_malformed', 'the token asks for extensions that are not understood')
  return { header: { alg, ...(kid !== undefined && { kid }) }, claims: json(parts[1]!) }
}

function json(part: string): Claims {
  try {
    const text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(Buffer.from(part, 'base64url'))
    const value: unknown = JSON.parse(text)
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Claims
  } catch {
    // Told below, in the same words as every other wrong form.
  }
  throw malformed()
}

function malformed(): SallyportError {
  return new SallyportError('token_malformed', 'the credential is not a signed JSON Web Token')
}

function providerOf(claims: Claims, providers: readonly TrustProvider[]): TrustProvider {
  const found = providers.filter(({ issuer }) => issuer === claims['iss'])
  const [provider] = found
  if (!provider) throw new SallyportError('token_issuer', 'no trust provider is registered for the issuer of the token')
  if (found.length > 1) throw new SallyportError('token_issuer', 'more than one trust provider is registered for the issuer of the token')
  return provider
}

interface Signed {
  readonly header: Header
  readonly provider: TrustProvider
  readonly keys: KeySource
}

async function verifySignature(token: string, { header, provider, keys }: Signed): Promise<void> {
  const published = (await keys.keys(provider.name, header.kid)) ?? []
  const named = header.kid === undefined ? published : published.filter(({ kid }) => kid === header.kid)
  if (named.length === 0) throw new SallyportError('token_key_unknown', `the token names a key that ${provider.name} does not publish`)
  const fitting = named.filter((key) => keyFits(key, header.alg)).slice(0, maxKeysTried)
  if (fitting.length === 0)
    throw new SallyportError('token_algorithm', `no key of ${provider.name} is meant for the algorithm of the token`)
  for (const key of fitting) if (await verifies(token, key, header.alg)) return
  throw new SallyportError('token_signature', 'the signature of the token does not verify')
}

async function verifies(token: string, key: JWK, algorithm: string): Promise<boolean> {
  try {
    await compactVerify(token, key, { algorithms: [algorithm] })
    return true
  } catch {
    return false
  }
}

function tokenFacts(token: string, claims: Claims, { now, skew = 60_000 }: VerifyOptions): TokenFacts {
  const expiresAt = time(claims, 'exp')
  const notBefore = time(claims, 'nbf')
  const issuedAt = time(claims, 'iat')
  if (expiresAt === undefined) throw new SallyportError('token_claims', 'the token has no exp')
  if (issuedAt !== undefined && issuedAt >= expiresAt) throw new SallyportError('token_claims', 'the token expires before it was issued')
  if (now - skew >= expiresAt) throw new SallyportError('token_expired', `the token expired at ${new Date(expiresAt).toISOString()}`)
  if (Math.max(notBefore ?? 0, issuedAt ?? 0) > now + skew) throw new SallyportError('token_not_yet_valid', 'the token is not valid yet')
  return {
    id: tokenId(token, claims),
    issuer: claims['iss'] as string,
    audience: audiences(claims),
    issuedAt: issuedAt ?? notBefore ?? now,
    expiresAt,
  }
}

/** The hash leaves the signature out: the same token can be written with another one that verifies as well. */
function tokenId(token: string, { jti }: Claims): string {
  if (typeof jti === 'string' && jti !== '' && jti.length <= 256) return jti
  return createHash('sha256')
    .update(token.slice(0, token.lastIndexOf('.')))
    .digest('hex')
}

/** The last second of the year 9999: RFC 3339 ends there. */
const maxTime = 253_402_300_799

/** A NumericDate (seconds, perhaps with a fraction) in milliseconds. */
function time(claims: Claims, name: 'exp' | 'nbf' | 'iat'): number | undefined {
  const value = claims[name]
  if (value === undefined) return undefined
  if (typeof value !== 'number' || !(value >= 0 && value <= maxTime))
    throw new SallyportError('token_claims', `${name} of the token is not a time`)
  return Math.floor(value * 1000)
}

function audiences({ aud }: Claims): readonly string[] {
  const list: readonly unknown[] = Array.isArray(aud) ? aud : aud === undefined ? [] : [aud]
  const texts = list.filter((item) => typeof item === 'string')
  if (texts.length < list.length || list.length > maxAudiences)
    throw new SallyportError('token_claims', 'aud of the token is not a list of texts')
  return texts
}

/** Agents see callers' tokens: whatever is good for the data path, of whatever provider, must never open REST. */
function checkAudience(audience: readonly string[], provider: TrustProvider, { door, providers }: VerifyOptions): void {
  const wanted = door === 'data' ? provider.audiences : provider.apiAudiences
  if (!audience.some((a) => wanted.includes(a))) {
    throw new SallyportError('token_audience', `the token is not meant for this door: it wants the audience ${wanted.join(' or ')}`)
  }
  if (door === 'api' && providers.some((p) => audience.some((a) => p.audiences.includes(a)))) {
    throw new SallyportError('token_audience', 'a token of the data path never opens this door')
  }
}
