import type { JWK } from 'jose'

/**
 * Public keys of trust providers. Identity never fetches: the control plane does, and agents get keys with their
 * snapshot. `undefined` or an empty list means "none published that is known"; the caller may refetch and verify again.
 */
export interface KeySource {
  keys(provider: string, kid: string | undefined): readonly JWK[] | undefined | Promise<readonly JWK[] | undefined>
}

/** Everything that may sign: asymmetric only, each bound to one kind of key (RFC 7518 section 3.1, RFC 8037). */
const algorithms: Readonly<Record<string, { readonly kty: string; readonly crv?: string }>> = {
  ES256: { kty: 'EC', crv: 'P-256' },
  ES384: { kty: 'EC', crv: 'P-384' },
  RS256: { kty: 'RSA' },
  RS384: { kty: 'RSA' },
  RS512: { kty: 'RSA' },
  PS256: { kty: 'RSA' },
  PS384: { kty: 'RSA' },
  PS512: { kty: 'RSA' },
  EdDSA: { kty: 'OKP', crv: 'Ed25519' },
}

export function isAllowedAlgorithm(algorithm: string): boolean {
  return Object.hasOwn(algorithms, algorithm)
}

/** Whether a published key may verify a signature of this algorithm: right kind, right curve, meant for signatures, public. */
export function keyFits(key: JWK, algorithm: string): boolean {
  const wanted = isAllowedAlgorithm(algorithm) ? algorithms[algorithm] : undefined
  if (!wanted || key.kty !== wanted.kty || (wanted.crv !== undefined && key.crv !== wanted.crv)) return false
  if (key.alg !== undefined && key.alg !== algorithm) return false
  if (key.use !== undefined && key.use !== 'sig') return false
  if (key.key_ops !== undefined && !key.key_ops.includes('verify')) return false
  return key.d === undefined && key.k === undefined
}
