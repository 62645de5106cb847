import { describe, expect, it } from 'vitest'
import { action, scope } from '../../test/fixtures.js'
import { type Answer, maybe, no, yes } from '../answer.js'
import type { Quantifier } from './condition.js'
import { effects } from './effects.js'

type Spec = Parameters<typeof effects>[0]
const unknown = 'unknown'

function test(
  spec: Spec,
  has: readonly string[],
  { quantifier = 'all', certainty = 'exact' }: { quantifier?: Quantifier; certainty?: 'exact' | 'unknown' } = {},
): Answer {
  return effects(spec, quantifier).test(action({ effects: has, certainty }), scope())
}

describe('effects', () => {
  it.each<[Spec, readonly string[], Answer, Answer]>([
    // spec, effects of the action, answer where exact, answer where unknown
    [{ any: ['a', 'b'] }, ['b', 'c'], yes, yes],
    [{ any: ['a'] }, ['c'], no, maybe],
    [{ all: ['a', 'b'] }, ['b', 'a'], yes, yes],
    [{ all: ['a', 'b'] }, ['a'], no, maybe],
    [{ none: ['a'] }, ['b'], yes, maybe],
    [{ none: ['a'] }, ['a', 'b'], no, no],
    [{ only: ['a', 'b'] }, ['a'], yes, maybe],
    [{ only: ['a', 'b'] }, ['a', 'c'], no, no],
    [{ only: ['a', 'b'], any: ['b'] }, ['a'], no, maybe],
    [{ only: ['a', 'b'], any: ['b'] }, ['a', 'b'], yes, maybe],
  ])('%j on %j', (spec, has, exact, unsure) => {
    expect(test(spec, has)).toBe(exact)
    expect(test(spec, has, { certainty: unknown })).toBe(unsure)
  })

  it('only, in a deny rule, means that one effect is among them', () => {
    expect(test({ only: ['a'] }, ['a', 'c'], { quantifier: 'one' })).toBe(yes)
    expect(test({ only: ['a'] }, ['c'], { quantifier: 'one' })).toBe(no)
    expect(test({ only: ['a'] }, ['c'], { quantifier: 'one', certainty: unknown })).toBe(maybe)
  })

  it('of an action that has none are not known', () => {
    expect([test({ only: ['a'] }, []), test({ none: ['a'] }, []), test({ any: ['a'] }, [])]).toEqual([maybe, maybe, maybe])
  })

  it('say why', () => {
    const condition = effects({ only: ['read'] }, 'all')
    expect(condition.why(action({ effects: ['read', 'ddl'] }), scope())).toBe(
      "the action's effects are read, ddl; the rule asks for only read",
    )
  })
})
