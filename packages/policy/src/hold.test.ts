import type { Decision, Grant, Hold } from '@sallyport/core'
import { describe, expect, it } from 'vitest'
import { allowReads, grant, holdWrites, policy, read, request, update } from '../test/fixtures.js'
import { decide } from './index.js'

const rule = (id: string, parts: object = {}) => ({ ...holdWrites, id, ...parts })
const one = policy({ name: 'one', rules: [allowReads, rule('a')] })

function hold(decision: Decision): Hold {
  if (decision.kind !== 'hold') throw new Error(`${decision.kind}: ${JSON.stringify(decision)}`)
  return decision
}

describe('several holds', () => {
  it('need everybody’s approvers, the shortest times and the strictest manners', () => {
    const two = policy({
      name: 'two',
      rules: [
        rule('b', {
          approvers: [{ principals: ['dana'], count: 2 }, { groups: ['dba'] }],
          hold: { wait: '1m', ttl: '1h', mode: 'retry', in_transaction: { wait: '5s' }, max_rows: 50 },
          message: 'writes are watched',
        }),
      ],
    })
    const three = policy({ name: 'three', rules: [rule('c', { hold: { in_transaction: 'refuse', reason_required: true, max_rows: 10 } })] })
    expect(hold(decide(request([update]), [one, two, three]))).toMatchObject({
      rules: [
        { policy: 'one', rule: 'a' },
        { policy: 'three', rule: 'c' },
        { policy: 'two', rule: 'b' },
      ],
      approvers: [
        { groups: ['dba'], principals: [], count: 1 },
        { groups: [], principals: ['dana'], count: 2 },
      ],
      wait: 60_000,
      ttl: 900_000,
      mode: 'retry',
      inTransaction: 'refuse',
      reasonRequired: true,
      maxRows: 10,
      message: 'writes are watched',
      obligations: [{ kind: 'max_rows', because: { policy: 'three', rule: 'c' }, rows: 10 }],
    })
  })

  it('wait in a transaction only where all of them do', () => {
    const waits = policy({
      name: 'w',
      rules: [rule('w', { hold: { in_transaction: { wait: '5s' } } }), rule('v', { hold: { in_transaction: { wait: '3s' } } })],
    })
    expect(hold(decide(request([update]), [waits])).inTransaction).toEqual({ wait: 3_000 })
    expect(hold(decide(request([update]), [waits, one])).inTransaction).toBe('retry')
  })
})

describe('a grant', () => {
  const masked = policy({ name: 'masked', masks: [{ id: 'all', detect: ['email'], as: 'redact' }] })
  const policies = [one, masked]
  const asked = hold(decide(request([update]), policies))
  const good = grant({ digest: 'd', policies: asked.policies })
  const kindWith = (parts: Partial<Grant>, digest: string | undefined = 'd') =>
    decide(request([update], { grants: [{ ...good, ...parts }], ...(digest !== undefined && { digest }) }), policies).kind

  it('turns its hold into an allow, with everything that is owed and the use to consume', () => {
    expect(decide(request([update], { digest: 'd', grants: [good] }), policies)).toEqual({
      kind: 'allow',
      rules: [{ policy: 'one', rule: 'a' }],
      shadow: [],
      obligations: [{ kind: 'mask', because: { policy: 'masked', rule: 'all' }, columns: [], detect: ['email'], as: 'redact' }],
      record: 'strict',
      grant: 'gra_1',
    })
  })

  it('is for one digest, one set of policies, one time, and one session where it says so', () => {
    expect(kindWith({})).toBe('allow')
    expect(kindWith({ digest: 'e' })).toBe('hold')
    expect(kindWith({ policies: 'other' })).toBe('hold')
    expect(kindWith({ expiresAt: request([]).now })).toBe('hold')
    expect(kindWith({ expiresAt: request([]).now + 1 })).toBe('allow')
    expect(kindWith({ uses: 0 })).toBe('hold')
    expect(kindWith({ session: 'ses_1' })).toBe('allow')
    expect(kindWith({ session: 'ses_2' })).toBe('hold')
    expect(decide(request([update], { grants: [good] }), policies).kind).toBe('hold')
  })

  it('ends with the policy that held: a changed one asks again', () => {
    const changed = policy({ name: 'one', rules: [allowReads, rule('a', { hold: { max_rows: 5 } })] })
    expect(decide(request([update], { digest: 'd', grants: [good] }), [changed, masked]).kind).toBe('hold')
    const unrelated = policy({ name: 'other', rules: [allowReads] })
    expect(decide(request([update], { digest: 'd', grants: [good] }), [...policies, unrelated]).kind).toBe('allow')
  })

  it('lifts no deny, also of another action of the unit', () => {
    const deny = policy({ name: 'deny', rules: [{ id: 'no', match: { effects: { any: ['update'] } }, action: 'deny' }] })
    expect(decide(request([update], { digest: 'd', grants: [good] }), [...policies, deny]).kind).toBe('deny')
    expect(decide(request([update, { ...read, effects: ['ddl'] }], { digest: 'd', grants: [good] }), policies).kind).toBe('deny')
  })

  it('of several, the one that ends first is used', () => {
    const grants = [good, { ...good, id: 'gra_2', expiresAt: good.expiresAt - 1 }, { ...good, id: 'gra_0' }]
    expect(decide(request([update], { digest: 'd', grants }), policies)).toMatchObject({ grant: 'gra_2' })
  })
})
