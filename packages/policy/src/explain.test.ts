import { expect, it } from 'vitest'
import { action, allowReads, denyDeletes, holdWrites, policy, read, relation, remove, request } from '../test/fixtures.js'
import { decide, explain } from './index.js'

const shop = policy({
  name: 'shop',
  rules: [allowReads, denyDeletes, { ...holdWrites, match: { ...holdWrites.match, facts: { multi: false } } }],
})
const other = policy({ name: 'other', resources: { names: ['elsewhere'] }, rules: [allowReads] })

it('every rule says whether it matched, and which condition made it so', () => {
  const asked = request([remove])
  const { decision, judged } = explain(asked, [shop, other])
  expect(decision).toEqual(decide(asked, [shop, other]))
  expect(judged).toHaveLength(1)
  const [first, second] = judged[0]!.policies
  expect(first!.rules.map(({ rule, matched }) => [rule.rule, matched])).toEqual([
    ['reads', 'no'],
    ['no-deletes', 'yes'],
    ['writes', 'maybe'],
  ])
  expect(first!.rules[0]!.reasons).toContainEqual({
    condition: 'effects',
    matched: 'no',
    reason: "the action's effects are read, write, delete; the rule asks for only read, tx",
  })
  expect(first!.rules[2]!.reasons).toContainEqual({ condition: 'facts', matched: 'maybe', reason: 'multi is not known, wanted false' })
  expect(second).toMatchObject({ policy: 'other', resource: false, rules: [] })
})

it('subjects say who did not fit', () => {
  const dba = policy({ subjects: { groups: ['dba'] }, rules: [allowReads] })
  const [judged] = explain(request([read]), [dba]).judged
  expect(judged!.policies[0]!.subject).toEqual({ matched: 'no', reason: 'demo/billing-agent does not surely fit groups' })
})

it('an unsure action names itself as the reason, and the floor is told', () => {
  const { judged } = explain(request([{ ...read, certainty: 'unknown' }, action({ effects: ['replication'] })]), [shop])
  expect(judged[0]!.policies[0]!.rules[0]).toMatchObject({ matched: 'maybe' })
  expect(judged[0]!.policies[0]!.rules[0]!.reasons.at(-1)).toMatchObject({ condition: 'certainty', matched: 'maybe' })
  expect(judged[1]!.floor).toBe('replication')
})

it('masks say what they are owed or refuse', () => {
  const masked = policy({ masks: [{ id: 'm', columns: ['public.customers.email'], as: 'redact' }] })
  const [judged] = explain(request([action({ touches: [relation('public.customers')] })]), [masked]).judged
  expect(judged!.policies[0]!.masks[0]).toMatchObject({ mask: { rule: 'm' }, refused: expect.stringContaining('not known') as string })
})
