import { hash } from 'node:crypto'
import type { Identity } from '@sallyport/core'
import type { Authenticator, Clock, Config } from '@sallyport/gate'
import type { KeySource, TrustProvider } from '@sallyport/identity'
import { verifyToken } from '@sallyport/identity'

/**
 * Verifies tokens against the trust providers and keys in force. What was verified is remembered by the token's hash,
 * until the token expires or anything in the configuration changes: a key or provider that is gone vouches for nobody.
 */
export interface AuthenticatorOptions {
  readonly plane: Config & KeySource & { providers(): readonly TrustProvider[] }
  readonly clock: Clock
  /** How many verified tokens are remembered. */
  readonly capacity?: number
}

export function createAuthenticator({ plane, clock, capacity = 1000 }: AuthenticatorOptions): Authenticator {
  const known = new Map<string, Identity>()
  /** Which configuration the remembered ones were verified under. */
  let era = 0
  plane.onChange(() => {
    era += 1
    known.clear()
  })

  function remember(key: string, identity: Identity): void {
    const [oldest] = known.keys()
    if (known.size >= capacity && oldest !== undefined) known.delete(oldest)
    known.set(key, identity)
  }

  return {
    async authenticate({ token }) {
      const key = hash('sha256', token, 'base64')
      const remembered = known.get(key)
      if (remembered !== undefined) {
        known.delete(key)
        if (remembered.token.expiresAt > clock.now()) {
          known.set(key, remembered)
          return remembered
        }
      }
      const before = era
      const identity = await verifyToken(token, { providers: plane.providers(), keys: plane, door: 'data', now: clock.now() })
      if (era === before) remember(key, identity)
      return identity
    },
  }
}
