import { randomFillSync } from 'node:crypto'
import type { IdPrefix } from '@sallyport/core'
import { spellBytes, spellTime } from '@sallyport/core'
import type { Clock } from '@sallyport/gate'

/** The real time. Timers keep no process alive. */
export const systemClock: Clock = {
  now: Date.now,
  after(ms, callback) {
    const timer = setTimeout(callback, ms)
    timer.unref()
    return () => clearTimeout(timer)
  },
}

/** Random bytes are drawn and spelled in blocks: one system call, and one text, for many ids. */
const block = Buffer.alloc(10 * 256)
let spelled = ''
let used = 0
/** The time spelled last, for many ids fall into one millisecond. */
let time = 0
let timeSpelled = ''

export function newId(prefix: IdPrefix): string {
  if (used === spelled.length) {
    spelled = spellBytes(randomFillSync(block))
    used = 0
  }
  const now = Date.now()
  if (now !== time) {
    time = now
    timeSpelled = spellTime(now)
  }
  used += 16
  return `${prefix}_${timeSpelled}${spelled.slice(used - 16, used)}`
}
