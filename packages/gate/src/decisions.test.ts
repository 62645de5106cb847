import type { Action, Resource, SessionFacts } from '@sallyport/core'
import { identityOf, policyOf } from '@sallyport/testkit'
import { describe, expect, it } from 'vitest'
import { createDecisions } from './decisions.js'

const identity = identityOf('ana', { groups: ['ai-agents'] })
const facts: SessionFacts = { id: 'ses_1', protocol: 'line', client: { address: '::1' } }
const resource: Resource = { id: 'res_1', name: 'shop', protocol: 'line', labels: {}, target: {}, secrets: {} }
const read: Action = { verb: 'read', effects: ['read'], touches: [], facts: {}, certainty: 'exact' }
const write: Action = { ...read, verb: 'write', effects: ['write'] }

function policy(rule: object) {
  const document = { kind: 'policy', name: 'p', subjects: { groups: ['ai-agents'] }, resources: { names: ['shop'] } }
  return policyOf({ ...document, rules: [{ id: 'r', ...rule }] })
}

const unit = (...actions: readonly Action[]) => ({ actions, exact: [], context: {} })
const reading = [policy({ match: { effects: { only: ['read'] } }, action: 'allow' })]
const nothing = [policy({ match: { effects: { any: ['read'] } }, action: 'deny' })]

describe('decisions', () => {
  it('are the very same for the same action under the same snapshot', () => {
    const decisions = createDecisions(identity, facts)
    const under = { policies: reading, resource, now: 0 }
    const first = decisions.of(unit(read), under)
    expect(first.kind).toBe('allow')
    expect(decisions.of(unit(read), { ...under, now: 1 })).toBe(first)
    expect(decisions.of(unit(write), under).kind).toBe('deny')
  })

  it('are made anew under other policies, and under the first ones again', () => {
    const decisions = createDecisions(identity, facts)
    const kinds = [reading, nothing, reading].map((policies) => decisions.of(unit(read), { policies, resource, now: 0 }).kind)
    expect(kinds).toEqual(['allow', 'deny', 'allow'])
  })

  it('are made anew when the resource has changed, for its labels decide too', () => {
    const decisions = createDecisions(identity, facts)
    const labelled = policyOf({
      kind: 'policy',
      name: 'l',
      subjects: { groups: ['ai-agents'] },
      resources: { labels: { env: 'test' } },
      rules: [{ id: 'r', match: { effects: { only: ['read'] } }, action: 'allow' }],
    })
    const kind = (env: string) =>
      decisions.of(unit(read), { policies: [labelled], resource: { ...resource, labels: { env } }, now: 0 }).kind
    expect([kind('test'), kind('live'), kind('test')]).toEqual(['allow', 'deny', 'allow'])
  })

  it('follow the time where a rule looks at it', () => {
    const decisions = createDecisions(identity, facts)
    const policies = [policy({ match: { effects: { only: ['read'] } }, when: 'env.hour < 12', action: 'allow' })]
    const at = (hour: number) => decisions.of(unit(read), { policies, resource, now: Date.UTC(2026, 0, 1, hour) }).kind
    expect([at(8), at(20), at(8)]).toEqual(['allow', 'deny', 'allow'])
  })

  it('of a unit are not those of its parts', () => {
    const decisions = createDecisions(identity, facts)
    const under = { policies: reading, resource, now: 0 }
    decisions.of(unit(read), under)
    expect(decisions.of(unit(read, write), under).kind).toBe('deny')
    expect(decisions.of(unit(), under).kind).toBe('deny')
  })

  it('to hold are never remembered', () => {
    const decisions = createDecisions(identity, facts)
    const policies = [
      policy({ match: { effects: { any: ['write'], only: ['read', 'write'] } }, action: 'hold', approvers: [{ groups: ['dba'] }] }),
    ]
    const under = { policies, resource, now: 0 }
    const first = decisions.of(unit(write), under)
    expect(first.kind).toBe('hold')
    expect(decisions.of(unit(write), under)).not.toBe(first)
  })

  it('say which facts they still hang on, under the policies of now', () => {
    const decisions = createDecisions(identity, facts)
    const sized = [policy({ match: { effects: { only: ['read'] }, facts: { size: 1 } }, action: 'allow' })]
    const wants = (action: Action, policies = sized) => decisions.wants('size', action, { policies, resource, now: 0 })
    expect([wants(read), wants(write), wants({ ...read, facts: { size: 2 } }), wants(read, reading)]).toEqual([true, false, false, false])
  })
})
