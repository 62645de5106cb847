import type { Clock } from '@sallyport/gate'

export interface VirtualClock extends Clock {
  /** Moves time on and fires what became due, in order. */
  advance(ms: number): void
}

/** Time that moves only when a test says so. */
export function createVirtualClock(start = Date.UTC(2026, 0, 1)): VirtualClock {
  let now = start
  let timers: { at: number; fire: () => void }[] = []
  return {
    now: () => now,
    after(ms, callback) {
      const timer = { at: now + ms, fire: callback }
      timers.push(timer)
      return () => {
        timers = timers.filter((t) => t !== timer)
      }
    },
    advance(ms) {
      const end = now + ms
      for (;;) {
        const due = timers.filter((t) => t.at <= end).sort((a, b) => a.at - b.at)[0]
        if (!due) break
        timers = timers.filter((t) => t !== due)
        now = Math.max(now, due.at)
        due.fire()
      }
      now = end
    },
  }
}
