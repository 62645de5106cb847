import { describe, expect, it } from 'vitest'
import { createBackoff } from './backoff.js'

describe('waiting before trying again', () => {
  it('doubles up to a limit, and begins anew after success', () => {
    const backoff = createBackoff({ firstMs: 100, longestMs: 500, random: () => 1 })
    expect([1, 2, 3, 4, 5].map(() => backoff.next())).toEqual([100, 200, 400, 500, 500])
    backoff.reset()
    expect(backoff.next()).toBe(100)
  })

  it('is spread over the second half of the time', () => {
    const waits = [0, 0.5, 1].map((value) => createBackoff({ firstMs: 100, longestMs: 500, random: () => value }).next())
    expect(waits).toEqual([50, 75, 100])
  })
})
