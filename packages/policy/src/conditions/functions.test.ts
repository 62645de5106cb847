import { expect, it } from 'vitest'
import { action, scope } from '../../test/fixtures.js'
import { type Answer, maybe, no, yes } from '../answer.js'
import type { Quantifier } from './condition.js'
import { functions } from './functions.js'

function test(
  patterns: readonly string[],
  calls: readonly string[] | undefined,
  quantifier: Quantifier,
  certainty: 'exact' | 'unknown' = 'exact',
): Answer {
  const { functions: _, ...bare } = action({ certainty })
  return functions(patterns, quantifier).test(calls ? { ...bare, functions: calls } : bare, scope())
}

it('a deny fits when one function does, an allow when all do', () => {
  expect(test(['public.*'], ['pg_catalog.lower', 'public.f'], 'one')).toBe(yes)
  expect(test(['public.*'], ['pg_catalog.lower', 'public.f'], 'all')).toBe(no)
  expect(test(['public.*', 'pg_catalog.*'], ['pg_catalog.lower', 'public.f'], 'all')).toBe(yes)
  expect([test(['public.*'], [], 'one'), test(['public.*'], [], 'all')]).toEqual([no, yes])
})

it('none are called where a sure classifier lists none, and maybe some where it is not sure', () => {
  expect([test(['public.*'], undefined, 'one'), test(['public.*'], undefined, 'all')]).toEqual([no, yes])
  expect([test(['public.*'], [], 'one', 'unknown'), test(['public.*'], undefined, 'all', 'unknown')]).toEqual([maybe, maybe])
})

it('a pattern without a signature means every one, one with it is unsure of a name without', () => {
  expect(test(['public.f'], ['public.f(integer)'], 'one')).toBe(yes)
  expect(test(['public.f(integer)'], ['public.f(integer)'], 'all')).toBe(yes)
  expect(test(['public.f(integer)'], ['public.f(text)'], 'all')).toBe(no)
  expect(test(['public.f(integer)'], ['public.f'], 'all')).toBe(maybe)
  expect(test(['public.f(integer)'], ['public.f'], 'one')).toBe(maybe)
})
