import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { applyDelta, deltaBetween, emptyState, fullDelta, stateDigest } from './state.js'
import type { State } from './state.js'

const states = fc
  .dictionary(fc.constantFrom('policy/a', 'policy/b', 'lock/c', 'resource/d'), fc.uint8Array({ maxLength: 3 }))
  .map((entries): State => new Map(Object.entries(entries)))

describe('a delta', () => {
  it('leads from one state to the other, for any two', () => {
    fc.assert(
      fc.property(states, states, (before, after) => {
        for (const delta of [deltaBetween(before, after), fullDelta(after)]) {
          expect(stateDigest(applyDelta(before, delta))).toEqual(stateDigest(after))
        }
      }),
    )
  })

  it('names nothing that stayed as it was', () => {
    const before: State = new Map([
      ['a', Buffer.from('1')],
      ['b', Buffer.from('2')],
    ])
    const after: State = new Map([
      ['b', Buffer.from('2')],
      ['c', Buffer.from('3')],
    ])
    const delta = deltaBetween(before, after)
    expect([delta.upserts.map(({ key }) => key), delta.removals]).toEqual([['c'], ['a']])
  })
})

describe('the digest of a state', () => {
  it('does not depend on the order in which entries came', () => {
    const entries = [
      ['a', Buffer.from('1')],
      ['b', Buffer.from('2')],
    ] as const
    expect(stateDigest(new Map(entries))).toEqual(stateDigest(new Map(entries.toReversed())))
  })

  it('differs for states that differ', () => {
    fc.assert(
      fc.property(states, states, (one, two) => {
        const { upserts, removals } = deltaBetween(one, two)
        const same = upserts.length + removals.length === 0
        expect(stateDigest(one).equals(stateDigest(two))).toBe(same)
      }),
    )
    expect(stateDigest(emptyState)).toHaveLength(32)
  })
})
