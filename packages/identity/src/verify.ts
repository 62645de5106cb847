import { SallyportError, type Identity } from '@sallyport/core'
import type { KeySource } from './keys.js'
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

/** Throws `SallyportError` with a `token_*` code. */
export async function verifyToken(_token: string, _options: VerifyOptions): Promise<Identity> {
  throw new SallyportError('token_malformed', 'the verifier is not built yet')
}
