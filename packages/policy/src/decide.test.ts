import type { Decision } from '@sallyport/core'
import { describe, expect, it } from 'vitest'
import {
  action,
  allowReads,
  denyDeletes,
  holdWrites,
  identity,
  policy,
  principal,
  read,
  relation,
  remove,
  request,
  update,
} from '../test/fixtures.js'
import { decide } from './index.js'

const open = policy({ name: 'open', rules: [allowReads, { ...holdWrites, action: 'allow', approvers: undefined, id: 'all-writes' }] })
const held = policy({ name: 'held', rules: [holdWrites] })
const closed = policy({ name: 'closed', rules: [denyDeletes] })

const refs = (decision: Decision) => decision.rules.map(({ policy: name, rule }) => `${name}/${rule}`)

describe('a unit', () => {
  it('that a rule allows is allowed, naming the rule', () => {
    const decision = decide(request([read]), [open])
    expect(decision).toEqual({ kind: 'allow', rules: [{ policy: 'open', rule: 'reads' }], shadow: [], obligations: [], record: 'buffered' })
  })

  it('that no rule matches is denied, saying what would be allowed', () => {
    expect(decide(request([action({ verb: 'drop', effects: ['ddl'] })]), [policy({ name: 'readers', rules: [allowReads] })])).toMatchObject(
      {
        kind: 'deny',
        code: 'not_allowed',
        rules: [{ policy: 'default', rule: 'not_allowed' }],
        message: 'no policy allows this drop (ddl) on shop',
        advice: 'policy readers allows you: read, tx',
      },
    )
  })

  it('without policies is denied', () => {
    expect(decide(request([read]), [])).toMatchObject({ kind: 'deny', code: 'not_allowed', advice: '' })
  })

  it('without actions is denied', () => {
    expect(decide(request([]), [open])).toMatchObject({ kind: 'deny', code: 'not_allowed', message: 'there is nothing to judge' })
  })

  it('is denied when one action is, whatever the others', () => {
    expect(decide(request([read, remove, read]), [open, closed])).toMatchObject({
      kind: 'deny',
      code: 'denied',
      rules: [{ policy: 'closed', rule: 'no-deletes' }],
    })
    expect(decide(request([read, action({ effects: ['ddl'] })]), [open])).toMatchObject({ kind: 'deny', code: 'not_allowed' })
  })

  it('is held when one action is', () => {
    const readers = policy({ name: 'readers', rules: [allowReads] })
    expect(decide(request([read, update]), [readers, held])).toMatchObject({ kind: 'hold', rules: [{ policy: 'held', rule: 'writes' }] })
  })

  it('that only prepares what is held is allowed, and denied when that is; only what was surely understood prepares', () => {
    const prepares = { ...update, facts: { ...update.facts, prepares: true } }
    expect(decide(request([prepares]), [held])).toMatchObject({ kind: 'allow', rules: [{ policy: 'held', rule: holdWrites.id }] })
    expect(decide(request([prepares, update]), [held]).kind).toBe('hold')
    expect(decide(request([{ ...prepares, facts: { prepares: 'yes' } }]), [held]).kind).toBe('hold')
    expect(decide(request([{ ...prepares, certainty: 'unknown' }]), [held, open]).kind).toBe('deny')
    expect(decide(request([{ ...remove, facts: { prepares: true } }]), [held, open, closed]).kind).toBe('deny')
  })

  it('denied is above held is above allowed, over all policies', () => {
    expect(decide(request([update]), [open, held])).toMatchObject({ kind: 'hold' })
    expect(decide(request([remove]), [open, held, closed])).toMatchObject({ kind: 'deny' })
  })

  it('is quoted the message of the rule that denies it', () => {
    const asked = policy({ name: 'asked', rules: [{ ...denyDeletes, message: 'ask #people-data' }] })
    expect(decide(request([remove]), [open, asked])).toMatchObject({ message: 'policy asked, rule no-deletes: ask #people-data' })
    expect(decide(request([remove]), [open, closed])).toMatchObject({
      message: 'policy closed, rule no-deletes denies this delete (read, write, delete)',
    })
  })

  it('is told whom to ask', () => {
    const { advice } = decide(request([remove]), [held, closed]) as { advice: string }
    expect(advice).toBe('policy held with approval of dba (rule writes): read, write, insert, update, delete')
  })
})

describe('subjects and resources', () => {
  const decideFor = (document: object, parts = {}) => decide(request([read], parts), [policy({ rules: [allowReads], ...document })]).kind

  it.each([
    [{ groups: ['ai-agents'] }, 'allow'],
    [{ groups: ['dba', 'ai-agents'] }, 'allow'],
    [{ groups: ['dba'] }, 'deny'],
    [{ groups: ['demo/ai-agents'] }, 'allow'],
    [{ groups: ['corp/ai-agents'] }, 'deny'],
    [{ principals: ['billing-agent'] }, 'allow'],
    [{ principals: ['demo/billing-agent'] }, 'allow'],
    [{ kinds: ['human'] }, 'deny'],
    [{ kinds: ['agent', 'service'] }, 'allow'],
    [{ providers: ['demo'] }, 'allow'],
    [{ providers: ['corp'] }, 'deny'],
    [{ groups: ['ai-agents'], kinds: ['human'] }, 'deny'],
    [{ claims: { department: 'finance' } }, 'allow'],
    [{ claims: { department: 'sales' } }, 'deny'],
    [{ claims: { absent: true } }, 'deny'],
    [{ claims: { roles: 'b' } }, 'allow'],
    [{}, 'allow'],
  ])('subjects %j: %s', (subjects, kind) => {
    expect(decideFor({ subjects }, { identity: identity({}, [], { department: 'finance', roles: ['a', 'b'] }) })).toBe(kind)
  })

  it.each([
    [{ names: ['shop'] }, 'allow'],
    [{ names: ['shop-*'] }, 'deny'],
    [{ names: ['sh*'] }, 'allow'],
    [{ labels: { env: 'prod' } }, 'allow'],
    [{ labels: { env: 'dev' } }, 'deny'],
    [{ labels: { env: 'prod', tier: '1' } }, 'deny'],
    [{ names: ['shop'], labels: { env: 'dev' } }, 'deny'],
    [{}, 'allow'],
  ])('resources %j: %s', (resources, kind) => {
    expect(decideFor({ resources })).toBe(kind)
  })

  it('a claim that is absent may be there: a deny applies, an allow does not', () => {
    const barred = policy({ name: 'barred', subjects: { claims: { contractor: true } }, rules: [{ id: 'out', action: 'deny' }] })
    const decision = decide(request([read]), [open, barred])
    expect(decision).toMatchObject({ kind: 'deny', code: 'denied', rules: [{ policy: 'barred', rule: 'out' }] })
    expect(decision).toMatchObject({ message: expect.stringContaining('claims.contractor') as string })
  })

  it('a bare group opens to the primary provider only, and closes to all', () => {
    const stranger = { identity: identity({ provider: 'corp', primary: false }) }
    const named = (name: string, rules: readonly object[]) => policy({ name, subjects: { groups: ['ai-agents'] }, rules })
    expect(decide(request([read], stranger), [named('a', [allowReads])]).kind).toBe('deny')
    expect(decide(request([read], stranger), [open, named('a', [{ id: 'no', action: 'deny' }])])).toMatchObject({
      kind: 'deny',
      code: 'denied',
    })
    // A hold that bare names give to the primary provider does not reach the stranger either way.
    expect(decide(request([update], stranger), [open, named('a', [holdWrites])]).kind).toBe('allow')
  })
})

describe('delegation', () => {
  const alice = principal({ subject: 'alice', name: 'alice', kind: 'human', groups: ['dba'] })
  const forAlice = { identity: identity({}, [alice]) }
  const agents = policy({ name: 'agents', subjects: { groups: ['ai-agents'] }, rules: [allowReads] })
  const dba = policy({ name: 'dba', subjects: { groups: ['dba'] }, rules: [allowReads, holdWrites] })

  it('gives what everyone in the chain may, no more', () => {
    expect(decide(request([read], forAlice), [agents, dba]).kind).toBe('allow')
    expect(decide(request([read], forAlice), [agents]).kind).toBe('deny')
    expect(decide(request([read], forAlice), [dba]).kind).toBe('deny')
    expect(decide(request([update], forAlice), [open, dba]).kind).toBe('hold')
  })

  it('says on whose behalf it fails', () => {
    expect(decide(request([read], forAlice), [agents])).toMatchObject({
      message: expect.stringContaining('for demo/alice, on whose behalf') as string,
    })
  })
})

describe('what is not surely known', () => {
  const unsure = { ...read, certainty: 'unknown' as const, reason: 'there is no target model yet' }

  it('is never allowed, and the reason is told', () => {
    expect(decide(request([unsure]), [open])).toMatchObject({
      kind: 'deny',
      code: 'not_allowed',
      message: expect.stringContaining('no target model yet') as string,
    })
  })

  it('is not held either: a hold that may match opens nothing alone', () => {
    expect(decide(request([{ ...update, certainty: 'unknown' }]), [held]).kind).toBe('deny')
  })

  it('is held where a hold only may match what an allow surely does', () => {
    const maybeHold = policy({ name: 'h', rules: [{ ...holdWrites, match: { ...holdWrites.match, facts: { multi: true } } }] })
    const { multi: _, ...facts } = update.facts
    expect(decide(request([{ ...update, facts }]), [open, maybeHold])).toMatchObject({
      kind: 'hold',
      rules: [{ policy: 'h', rule: 'writes' }],
    })
    expect(decide(request([{ ...update, facts }]), [maybeHold]).kind).toBe('deny')
    expect(decide(request([update]), [open, maybeHold]).kind).toBe('allow')
  })

  it('counts for a deny, which says what it does not know', () => {
    const unfiltered = policy({
      name: 'w',
      rules: [{ id: 'no-unfiltered', match: { effects: { any: ['update'] }, facts: { filtered: false } }, action: 'deny' }],
    })
    expect(decide(request([{ ...update, facts: {} }]), [open, unfiltered])).toMatchObject({
      kind: 'deny',
      code: 'denied',
      message: expect.stringMatching(/rule no-unfiltered may apply .* filtered is not known/) as string,
    })
    expect(decide(request([update]), [open, unfiltered]).kind).toBe('allow')
  })

  it('a when that fails counts as maybe: for a deny, not for an allow', () => {
    const rule = { id: 'odd', match: { effects: { only: ['read'] } }, when: 'action.facts.multi' }
    expect(decide(request([read]), [policy({ rules: [{ ...rule, action: 'allow' }] })]).kind).toBe('deny')
    expect(decide(request([read]), [open, policy({ rules: [{ ...rule, action: 'deny' }] })])).toMatchObject({ code: 'denied' })
  })

  it('sure denials are told before unsure ones', () => {
    const both = policy({
      rules: [
        { id: 'a-unsure', match: { facts: { rows_estimate: 5 } }, action: 'deny' },
        { id: 'b-sure', match: { effects: { any: ['delete'] } }, action: 'deny', message: 'no' },
      ],
    })
    const decision = decide(request([remove]), [open, both])
    expect(refs(decision)).toEqual(['p/b-sure', 'p/a-unsure'])
    expect(decision).toMatchObject({ message: 'policy p, rule b-sure: no' })
  })
})

describe('shadow rules', () => {
  it('decide nothing and are reported', () => {
    const shadow = policy({
      name: 's',
      rules: [
        { ...denyDeletes, shadow: true },
        { ...holdWrites, shadow: true },
        { ...allowReads, shadow: true },
      ],
    })
    const decision = decide(request([remove]), [open, shadow])
    expect(decision.kind).toBe('allow')
    expect(decision.shadow).toEqual([
      { rule: { policy: 's', rule: 'no-deletes' }, action: 'deny' },
      { rule: { policy: 's', rule: 'writes' }, action: 'hold' },
    ])
    expect(decide(request([read]), [shadow])).toMatchObject({
      kind: 'deny',
      shadow: [{ rule: { policy: 's', rule: 'reads' }, action: 'allow' }],
    })
  })
})

describe('durability', () => {
  const writers = (record?: string) =>
    policy({
      name: record ?? 'silent',
      rules: [{ id: 'w', match: holdWrites.match, action: 'allow' }, allowReads],
      ...(record && { record }),
    })
  const recordOf = (...args: Parameters<typeof decide>) => (decide(...args) as { record?: string }).record

  it('is strict for writes, also unheard-of ones, and buffered for reads', () => {
    expect(recordOf(request([read]), [writers()])).toBe('buffered')
    expect(recordOf(request([update]), [writers()])).toBe('strict')
    const odd = policy({ rules: [{ id: 'odd', match: { effects: { only: ['teleport'] } }, action: 'allow' }] })
    expect(recordOf(request([action({ effects: ['teleport'] })]), [odd])).toBe('strict')
    expect(recordOf(request([action({ touches: [relation('public.orders', 'write')] })]), [writers()])).toBe('strict')
  })

  it('is what a policy says; strict wins', () => {
    expect(recordOf(request([update]), [writers('buffered')])).toBe('buffered')
    expect(recordOf(request([read]), [writers('strict')])).toBe('strict')
    expect(recordOf(request([update]), [writers('buffered'), writers('strict')])).toBe('strict')
    expect(recordOf(request([update]), [writers('buffered'), writers()])).toBe('strict')
  })
})
