import { randomFillSync } from 'node:crypto'
import type { IdPrefix } from '@sallyport/core'
import { makeId } from '@sallyport/core'
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

/** Random bytes are drawn in blocks: one system call for many ids. A block belongs to this function alone. */
const block = Buffer.alloc(10 * 256)
let used = block.length

export function newId(prefix: IdPrefix): string {
  if (used === block.length) {
    randomFillSync(block)
    used = 0
  }
  const random = block.subarray(used, used + 10)
  used += 10
  return makeId(prefix, Date.now(), random)
}
