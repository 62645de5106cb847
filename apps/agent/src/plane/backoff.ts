/** How long to wait before trying again: doubling, and jittered so that a thousand agents do not come back at once. */
export interface Backoff {
  /** Milliseconds. */
  next(): number
  reset(): void
}

export interface BackoffOptions {
  readonly firstMs: number
  readonly longestMs: number
  /** From 0 to 1. */
  readonly random: () => number
}

export function createBackoff({ firstMs, longestMs, random }: BackoffOptions): Backoff {
  let ceiling = firstMs
  return {
    next: () => {
      const wait = ceiling / 2 + (random() * ceiling) / 2
      ceiling = Math.min(ceiling * 2, longestMs)
      return wait
    },
    reset: () => {
      ceiling = firstMs
    },
  }
}
