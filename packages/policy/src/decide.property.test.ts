import type { Action, Decision, Identity } from '@sallyport/core'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { grant, identity, policy, principal, request } from '../test/fixtures.js'
import { decide, decideConnect, type Policy } from './index.js'

/** A small world in which rules meet often: few effects, relations, facts and groups. */
const effectNames = ['read', 'write', 'update', 'delete', 'tx'] as const
const relations = ['public.a', 'public.b', 'secret.c'] as const
const columns = relations.map((relation) => `${relation}.x`)
const groups = ['agents', 'dba', 'corp/dba'] as const
const some = <T>(values: readonly T[], minLength = 1) => fc.subarray([...values], { minLength })
/** A key that is there one time in `odds`: rules that say less match more. */
const maybe = (key: string, value: fc.Arbitrary<unknown>, odds = 5): fc.Arbitrary<object> =>
  fc.oneof({ weight: odds - 1, arbitrary: fc.constant({}) }, { weight: 1, arbitrary: value.map((v) => ({ [key]: v })) })
const merged = (...parts: readonly fc.Arbitrary<object>[]) => fc.tuple(...parts).map((all) => Object.assign({}, ...all) as object)

const touchPattern = fc.oneof(
  fc.constantFrom('public.*', '*', ...relations).map((name) => ({ kind: 'relation', name })),
  fc.constantFrom('public.a.*', ...columns).map((name) => ({ kind: 'column', name })),
  fc.constantFrom('read', 'write').map((access) => ({ access })),
)
const match = (only: boolean) =>
  merged(
    merged(
      only ? some(effectNames, 4).map((list) => ({ only: list })) : fc.constantFrom(...effectNames).map((one) => ({ any: [one] })),
      only ? maybe('any', some(effectNames)) : fc.constant({}),
      maybe('none', some(effectNames)),
    ).map((effects) => (Object.keys(effects).length > 0 ? { effects } : {})),
    maybe('touches', fc.array(touchPattern, { minLength: 1, maxLength: 2 })),
    maybe(
      'facts',
      fc.boolean().map((filtered) => ({ filtered })),
    ),
    maybe('functions', fc.constant(['pg_catalog.*'])),
    maybe('certainty', fc.constantFrom('exact', 'unknown')),
  )
const shadow = maybe('shadow', fc.constant(true))
const deny = merged(
  fc.constant({ action: 'deny' }),
  match(false).map((m) => ({ match: m })),
  shadow,
)
const opening = fc.oneof(
  merged(
    fc.constant({ action: 'allow' }),
    match(true).map((m) => ({ match: m })),
    shadow,
    maybe('when', fc.constantFrom('!action.facts.filtered', 'env.hour > 6')),
  ),
  merged(
    fc.constant({ action: 'hold', approvers: [{ groups: ['dba'] }] }),
    match(true).map((m) => ({ match: m })),
    shadow,
  ),
)
const mask = merged(
  fc.constantFrom(...columns).map((column) => ({ columns: [column] })),
  fc.constantFrom('redact', 'hash', 'nullify', { partial: { keep: 'first' } }, { partial: { keep: 'last' } }).map((as) => ({ as })),
  maybe('uses', fc.constant({ predicate: 'any', derived: 'mask' })),
)

function policyWith(rule: fc.Arbitrary<object>): fc.Arbitrary<object> {
  return merged(
    fc.array(rule, { minLength: 1, maxLength: 4 }).map((rules) => ({ rules: rules.map((r, i) => ({ id: `r${i}`, ...r })) })),
    maybe(
      'masks',
      fc.array(mask, { maxLength: 2 }).map((masks) => masks.map((m, i) => ({ id: `m${i}`, ...m }))),
    ),
    merged(maybe('groups', some(groups)), maybe('kinds', fc.constant(['agent'])), maybe('claims', fc.constant({ tier: 1 }))).map(
      (subjects) => ({ subjects }),
    ),
    maybe('record', fc.constantFrom('strict', 'buffered')),
    maybe('recording', fc.constantFrom({ rows: 'all' }, { rows: 10 })),
  )
}

const named = (documents: readonly object[], prefix = 'p'): readonly Policy[] =>
  documents.map((document, i) => policy({ name: `${prefix}${i}`, ...document }))
const wideOpen = { rules: [{ id: 'all', match: { effects: { only: [...effectNames] } }, action: 'allow' }] }
const policies = fc
  .tuple(
    fc.array(policyWith(fc.oneof({ weight: 4, arbitrary: opening }, { weight: 1, arbitrary: deny })), { maxLength: 4 }),
    fc.constantFrom([], [], [wideOpen]),
  )
  .map((documents) => named(documents.flat()))
const closingPolicies = fc.array(policyWith(deny), { minLength: 1, maxLength: 3 }).map((documents) => named(documents, 'closing'))

const actions = fc.array(
  fc
    .record({
      verb: fc.constantFrom('select', 'update'),
      effects: fc.oneof({ weight: 9, arbitrary: some(effectNames) }, { weight: 1, arbitrary: fc.constant([]) }),
      touches: fc.array(
        fc.oneof(
          fc.record({
            kind: fc.constant('relation'),
            name: fc.constantFrom(...relations),
            access: fc.constantFrom('read' as const, 'write' as const),
          }),
          fc.record({
            kind: fc.constant('column'),
            name: fc.constantFrom(...columns),
            access: fc.constant('read' as const),
            use: fc.constantFrom('output' as const, 'predicate' as const, 'derived' as const),
          }),
        ),
        { maxLength: 3 },
      ),
      functions: fc.constantFrom(undefined, [], ['pg_catalog.lower'], ['public.f']),
      facts: fc.constantFrom({}, { filtered: true }, { filtered: false, columns_listed: true }, { filtered: true, columns_listed: true }),
      certainty: fc.constantFrom(...Array.from({ length: 9 }, () => 'exact' as const), 'unknown' as const),
    })
    .map(({ functions, ...rest }): Action => (functions ? { ...rest, functions } : rest)),
  { minLength: 1, maxLength: 2 },
)

const who: fc.Arbitrary<Identity> = fc
  .record({
    actor: fc.subarray(['agents', 'dba']),
    behalf: fc.option(fc.subarray(['agents', 'dba']), { nil: undefined }),
    primary: fc.boolean(),
    claims: fc.constantFrom({}, { tier: 1 }, { tier: 2 }),
  })
  .map(({ actor, behalf, primary, claims }) => {
    const provider = primary ? 'demo' : 'corp'
    return identity(
      { groups: actor, provider, primary },
      behalf ? [principal({ subject: 'alice', groups: behalf, provider, primary })] : [],
      claims,
    )
  })

const rank = { deny: 0, hold: 1, allow: 2 } as const
const opens = (decision: Decision) => rank[decision.kind]
const runs = { numRuns: 500 }

describe('whatever the policies and the request', () => {
  it('the order of policies changes nothing, nor does asking again', () => {
    const shuffled = policies.chain((list) =>
      fc.tuple(fc.constant(list), fc.shuffledSubarray([...list], { minLength: list.length, maxLength: list.length })),
    )
    fc.assert(
      fc.property(shuffled, actions, who, ([list, other], unit, identity) => {
        const asked = request(unit, { identity })
        expect(decide(asked, other)).toEqual(decide(asked, list))
        expect(decide(asked, list)).toEqual(decide(asked, list))
        expect(decideConnect(asked, other)).toEqual(decideConnect(asked, list))
      }),
      runs,
    )
  })

  it('adding policies that only deny or mask never opens more', () => {
    fc.assert(
      fc.property(policies, closingPolicies, actions, who, (list, closing, unit, identity) => {
        const asked = request(unit, { identity })
        expect(opens(decide(asked, [...list, ...closing]))).toBeLessThanOrEqual(opens(decide(asked, list)))
        expect(opens(decideConnect(asked, [...list, ...closing]))).toBeLessThanOrEqual(opens(decideConnect(asked, list)))
      }),
      runs,
    )
  })

  it('only policies that only deny or mask open nothing', () => {
    fc.assert(
      fc.property(closingPolicies, actions, who, (closing, unit, identity) => {
        expect(decide(request(unit, { identity }), closing).kind).toBe('deny')
      }),
      runs,
    )
  })

  it('knowing less never opens more', () => {
    fc.assert(
      fc.property(policies, actions, who, fc.nat(), (list, unit, identity, pick) => {
        const at = pick % unit.length
        const less = (change: Partial<Action>) => opens(decide(request(unit.with(at, { ...unit[at]!, ...change }), { identity }), list))
        expect([less({ certainty: 'unknown' }), less({ effects: [] })]).toEqual([0, 0])
      }),
      runs,
    )
  })

  it('a fact that is absent opens no more than the stricter of its values', () => {
    fc.assert(
      fc.property(policies, actions, who, (list, unit, identity) => {
        const given = (facts: Action['facts']) =>
          opens(
            decide(
              request(
                unit.map((action) => ({ ...action, facts })),
                { identity },
              ),
              list,
            ),
          )
        const listed = { columns_listed: true }
        const open = Math.min(given({ ...listed, filtered: true }), given({ ...listed, filtered: false }))
        expect(given(listed)).toBeLessThanOrEqual(open)
        expect(given({})).toBeLessThanOrEqual(given(listed))
      }),
      runs,
    )
  })

  it('acting for somebody opens no more than acting alone, and no more than they may', () => {
    fc.assert(
      fc.property(policies, actions, who, (list, unit, identity) => {
        const together = opens(decide(request(unit, { identity }), list))
        for (const one of [identity.principal, ...identity.chain]) {
          expect(together).toBeLessThanOrEqual(opens(decide(request(unit, { identity: { ...identity, principal: one, chain: [] } }), list)))
        }
      }),
      runs,
    )
  })

  it('a whole unit opens no more than each of its actions', () => {
    fc.assert(
      fc.property(policies, actions, who, (list, unit, identity) => {
        const whole = opens(decide(request(unit, { identity }), list))
        expect(whole).toBe(Math.min(...unit.map((action) => opens(decide(request([action], { identity }), list)))))
      }),
      runs,
    )
  })

  it('a grant opens what was held, and nothing that was denied', () => {
    fc.assert(
      fc.property(policies, actions, who, (list, unit, identity) => {
        const before = decide(request(unit, { identity }), list)
        const policiesHash = before.kind === 'hold' ? before.policies : 'any'
        const after = decide(request(unit, { identity, digest: 'd', grants: [grant({ digest: 'd', policies: policiesHash })] }), list)
        const granted = before.kind === 'hold' && { kind: 'allow', grant: 'gra_1', record: 'strict', obligations: before.obligations }
        expect(after).toMatchObject(granted || before)
      }),
      runs,
    )
  })

  it('the worlds tried are open, held and closed often enough to mean something', () => {
    const kinds = fc
      .sample(fc.tuple(policies, actions, who), { numRuns: 2000, seed: 7 })
      .map(([list, unit, identity]) => decide(request(unit, { identity }), list).kind)
    for (const kind of ['allow', 'hold', 'deny'] as const) expect(kinds.filter((k) => k === kind).length).toBeGreaterThan(200)
  })

  it('every decision names a rule', () => {
    fc.assert(
      fc.property(policies, actions, who, (list, unit, identity) => {
        expect(decide(request(unit, { identity }), list).rules.length).toBeGreaterThan(0)
      }),
      runs,
    )
  })
})
