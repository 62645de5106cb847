/**
 * Counts refused credentials per address. Over the limit a refusal becomes 429, so that guessing is slowed and seen; a
 * valid credential still passes, so that nobody can lock others out from behind the same address.
 */
export interface Throttle {
  /** Counts one refusal; answers the seconds to wait once there were too many. */
  refused(address: string): number | undefined
}

export interface ThrottleOptions {
  readonly now: () => number
  /** Refusals per window; 300 by default. */
  readonly limit?: number
  /** Milliseconds; a minute by default. */
  readonly window?: number
}

/** Addresses remembered at once: beyond it the oldest is forgotten. */
const maxAddresses = 10_000

export function createThrottle({ now, limit = 300, window = 60_000 }: ThrottleOptions): Throttle {
  const seen = new Map<string, { count: number; since: number }>()
  return {
    refused: (address) => {
      const at = now()
      const known = seen.get(address)
      const entry = known !== undefined && at - known.since < window ? known : { count: 0, since: at }
      entry.count++
      seen.delete(address)
      seen.set(address, entry)
      const oldest = seen.size > maxAddresses ? seen.keys().next().value : undefined
      if (oldest !== undefined) seen.delete(oldest)
      return entry.count > limit ? Math.ceil((entry.since + window - at) / 1_000) : undefined
    },
  }
}
