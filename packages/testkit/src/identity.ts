import { type Identity, type PrincipalKind, SallyportError } from '@sallyport/core'
import type { Authenticator } from '@sallyport/gate'

/** An identity of provider `demo`, valid until told otherwise. */
export function identityOf(
  name: string,
  options: { groups?: readonly string[]; kind?: PrincipalKind; provider?: string; expiresAt?: number } = {},
): Identity {
  const { groups = [], kind = 'agent', provider = 'demo', expiresAt = Number.MAX_SAFE_INTEGER } = options
  return {
    principal: { provider, subject: name, name, kind, groups, primary: provider === 'demo' },
    chain: [],
    token: { id: `token-of-${name}`, issuer: `https://${provider}.test`, audience: ['sallyport'], issuedAt: 0, expiresAt },
    claims: {},
  }
}

/** Knows tokens by heart: `token` → identity. */
export function createFakeAuthenticator(known: Readonly<Record<string, Identity>>): Authenticator {
  return {
    async authenticate({ token }) {
      const identity = known[token]
      if (!identity) throw new SallyportError('token_signature', 'the signature of the token does not verify')
      return identity
    },
  }
}
