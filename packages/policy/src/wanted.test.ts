import { expect, it } from 'vitest'
import { action, allowReads, column, policy, read, request } from '../test/fixtures.js'
import { wantsFact } from './index.js'

const large = { id: 'large', when: 'action.facts.rows_estimate > 100', action: 'deny' }
const withRules = (...rules: readonly object[]) => [policy({ name: 'p', rules })]
const wants = (policies: Parameters<typeof wantsFact>[1], asked = read) => {
  const { actions: _, ...rest } = request([])
  return wantsFact(rest, policies, { fact: 'rows_estimate', action: asked })
}

it('A fact is wanted where a rule that speaks of it, and only that, is still open.', () => {
  expect(wants(withRules(allowReads, large))).toBe(true)
  expect(wants(withRules(allowReads, { ...large, when: undefined, match: { facts: { rows_estimate: 0 } } }))).toBe(true)
  expect(wants(withRules(allowReads, { ...large, shadow: true }))).toBe(true)
  expect(wants(withRules(allowReads))).toBe(false)
  expect(wants(withRules(allowReads, { ...large, match: { effects: { any: ['delete'] } } }))).toBe(false)
  expect(wants(withRules(allowReads, { ...large, when: 'true || action.facts.rows_estimate > 100' }))).toBe(false)
  expect(wants(withRules(allowReads, large), { ...read, facts: { rows_estimate: 7 } })).toBe(false)
})

it('An action that is denied anyway, or allowed by nobody, wants nothing.', () => {
  expect(wants(withRules(allowReads, large, { id: 'closed', action: 'deny' }))).toBe(false)
  expect(wants(withRules(large))).toBe(false)
  expect(wants(withRules({ ...allowReads, when: 'action.facts.rows_estimate < 100' }))).toBe(true)
  expect(wants(withRules({ ...allowReads, when: 'action.facts.rows_estimate < 100', shadow: true }))).toBe(false)
  expect(wants(withRules(allowReads, large), { ...read, certainty: 'unknown' })).toBe(false)
})

it('Nothing is found out about what a mask hides: a masked column may come out, and be used for nothing else.', () => {
  const email = 'public.customers.email'
  const masking = (use: 'output' | 'predicate') => {
    const masks = [{ id: 'm', columns: [email], as: 'redact', uses: { predicate: 'any' } }]
    const touches = [{ kind: 'relation', name: 'public.customers', access: 'read' as const }, column(email, use, [])]
    return wants([policy({ name: 'p', rules: [allowReads, large], masks })], action({ touches, facts: { columns_listed: true } }))
  }
  expect([masking('output'), masking('predicate')]).toEqual([true, false])
})
