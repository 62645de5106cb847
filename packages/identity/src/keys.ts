import type { JWK } from 'jose'

/**
 * Public keys of trust providers. Identity never fetches: the control plane does, and agents get keys with their snapshot.
 * `undefined` for a key id means "not published as far as is known"; the caller may refetch and verify again.
 */
export interface KeySource {
  keys(provider: string, kid: string | undefined): readonly JWK[] | undefined | Promise<readonly JWK[] | undefined>
}
