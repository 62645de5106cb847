import { describe, expect, it, vi } from 'vitest'
import { rateLimit } from './rate.js'

describe('a rate limit', () => {
  it('lets the first ones through, and others when those are long enough ago', () => {
    vi.useFakeTimers({ toFake: ['performance'] })
    const may = rateLimit({ times: 2, perMs: 1_000 })
    expect([may(), may(), may()]).toEqual([true, true, false])
    vi.advanceTimersByTime(1_000)
    expect([may(), may(), may()]).toEqual([true, true, false])
    vi.useRealTimers()
  })
})
