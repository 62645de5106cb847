import { describe, expect, it } from 'vitest'
import { allowReads, holdWrites, identity, policy, principal, request } from '../test/fixtures.js'
import { decideConnect } from './index.js'

const readers = policy({ name: 'readers', subjects: { groups: ['ai-agents'] }, rules: [allowReads] })
const connect = (policies: Parameters<typeof decideConnect>[1], parts = {}) => decideConnect(request([], parts), policies)

describe('connecting', () => {
  it('is allowed where a policy about the caller opens anything', () => {
    expect(connect([readers])).toEqual({
      kind: 'allow',
      rules: [{ policy: 'readers', rule: 'reads' }],
      shadow: [],
      obligations: [],
      record: 'buffered',
    })
    expect(connect([policy({ rules: [holdWrites] })]).kind).toBe('allow')
    expect(connect([policy({ rules: [allowReads], record: 'strict' })])).toMatchObject({ record: 'strict' })
  })

  it.each([
    ['there is no policy', []],
    ['no policy is about the caller', [policy({ subjects: { groups: ['dba'] }, rules: [allowReads] })]],
    ['no policy is about the resource', [policy({ resources: { names: ['other'] }, rules: [allowReads] })]],
    ['it only denies', [policy({ rules: [{ id: 'no', action: 'deny' }] })]],
    ['it only masks', [policy({ masks: [{ id: 'm', columns: ['a.b'], as: 'redact' }] })]],
    ['its rule is a shadow', [policy({ rules: [{ ...allowReads, shadow: true }] })]],
    ['it is about the caller only maybe', [policy({ subjects: { claims: { x: 1 } }, rules: [allowReads] })]],
  ])('is refused when %s, and nothing is told', (_, policies) => {
    expect(connect(policies)).toEqual({
      kind: 'deny',
      code: 'resource_unknown',
      rules: [{ policy: 'default', rule: 'not_allowed' }],
      shadow: [],
      message: 'there is no resource shop, or none that you may reach',
      advice: '',
    })
  })

  it('is refused by a deny rule that names it, and by no other', () => {
    const barred = (rule: object) => policy({ name: 'barred', rules: [{ id: 'no', action: 'deny', ...rule }] })
    const named = { match: { effects: { any: ['connect'] } } }
    expect(connect([readers, barred(named)])).toMatchObject({
      kind: 'deny',
      code: 'resource_unknown',
      rules: [{ policy: 'barred', rule: 'no' }],
    })
    expect(connect([readers, barred({ ...named, when: 'env.hour < 6' })]).kind).toBe('allow')
    expect(connect([readers, barred({ ...named, when: 'env.hour > 6' })]).kind).toBe('deny')
    expect(connect([readers, barred({ ...named, shadow: true })]).kind).toBe('allow')
    expect(connect([readers, barred({})]).kind).toBe('allow')
    expect(connect([readers, barred({ match: { effects: { none: ['read'] } } })]).kind).toBe('allow')
  })

  it('needs everyone in the chain', () => {
    const alice = principal({ subject: 'alice', groups: ['dba'] })
    const parts = { identity: identity({}, [alice]) }
    expect(connect([readers], parts).kind).toBe('deny')
    expect(connect([readers, policy({ name: 'dba', subjects: { groups: ['dba'] }, rules: [allowReads] })], parts).kind).toBe('allow')
  })
})
