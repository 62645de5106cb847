import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { openFilesLimit, withinDescriptors } from './descriptors.js'

const asked = { connections: 4000, connectionsPerAddress: 2000, pending: 1000 }

describe('the caps within the descriptors of the process', () => {
  it('are as configured where there are enough, or where nobody knows', () => {
    expect(withinDescriptors(asked, 20_000)).toEqual(asked)
    expect(withinDescriptors(asked, Infinity)).toEqual(asked)
  })

  it('leave room for both sockets of each session, for all that wait, and for the agent itself', () => {
    expect(withinDescriptors(asked, 1024)).toEqual({ connections: 358, connectionsPerAddress: 358, pending: 179 })
    const limits = fc.record({
      connections: fc.integer({ min: 1, max: 100_000 }),
      connectionsPerAddress: fc.integer({ min: 1, max: 100_000 }),
      pending: fc.integer({ min: 1, max: 1000 }),
    })
    fc.assert(
      fc.property(limits, fc.integer({ min: 256, max: 1_048_576 }), (wanted, files) => {
        const { connections, connectionsPerAddress, pending } = withinDescriptors(wanted, files)
        expect(2 * connections + pending + 100).toBeLessThanOrEqual(files)
        expect(connections).toBeGreaterThan(0)
        expect(pending).toBeGreaterThan(0)
        expect(connectionsPerAddress).toBeLessThanOrEqual(connections)
      }),
    )
  })

  it('are read as Linux tells them, and are none elsewhere', () => {
    const told =
      'Limit                     Soft Limit           Hard Limit           Units\nMax open files            20000                20000                files\n'
    expect(openFilesLimit(() => told)).toBe(20_000)
    expect(openFilesLimit(() => told.replaceAll('20000', 'unlimited'))).toBe(Infinity)
    expect(
      openFilesLimit(() => {
        throw new Error('ENOENT')
      }),
    ).toBe(Infinity)
  })
})
