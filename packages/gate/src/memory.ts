/**
 * One budget for everything that all sessions of an agent gather before it is judged. Whoever gathers takes first and
 * gives back what it took, exactly; who gets `false` must refuse with the protocol's own "too large" and keep nothing.
 */
export interface MemoryBudget {
  /** False when it does not fit any more; then nothing was taken. */
  take(bytes: number): boolean
  give(bytes: number): void
  /** Bytes taken at present. */
  used(): number
}

export function createMemoryBudget(limit: number): MemoryBudget {
  let used = 0
  return {
    take(bytes) {
      if (used + bytes > limit) return false
      used += bytes
      return true
    },
    give(bytes) {
      used -= bytes
    },
    used: () => used,
  }
}
