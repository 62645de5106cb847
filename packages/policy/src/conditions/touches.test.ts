import { describe, expect, it } from 'vitest'
import { action, column, relation, scope } from '../../test/fixtures.js'
import { type Answer, maybe, no, yes } from '../answer.js'
import type { Quantifier } from './condition.js'
import { touches } from './touches.js'

type Patterns = Parameters<typeof touches>[0]

function test(
  patterns: Patterns,
  touched: ReturnType<typeof relation>[],
  quantifier: Quantifier,
  parts: Partial<Parameters<typeof action>[0]> = {},
): Answer {
  return touches(patterns, quantifier).test(action({ touches: touched, ...parts }), scope())
}

const payroll: Patterns = [{ kind: 'relation', name: 'public.payroll' }]
const orders: Patterns = [{ kind: 'relation', name: 'public.orders' }]

describe('touches of a deny rule', () => {
  it('fit when one touch does', () => {
    expect(test(payroll, [relation('public.orders'), relation('public.payroll')], 'one')).toBe(yes)
    expect(test(payroll, [relation('public.orders')], 'one')).toBe(no)
    expect(test(payroll, [], 'one')).toBe(no)
  })

  it('may fit what is not surely listed', () => {
    expect(test(payroll, [], 'one', { certainty: 'unknown' })).toBe(maybe)
  })

  it('for a relation reach its columns', () => {
    expect(test(payroll, [column('public.payroll.salary')], 'one')).toBe(yes)
    expect(test(payroll, [column('public.payroll."a.b"')], 'one')).toBe(yes)
    expect(test(payroll, [column('public.payrolls.salary')], 'one')).toBe(no)
  })

  it('for a column may be met by a relation whose columns are not known', () => {
    const email: Patterns = [{ kind: 'column', name: 'public.customers.email' }]
    expect(test(email, [relation('public.customers')], 'one')).toBe(maybe)
    expect(test(email, [relation('public.orders')], 'one')).toBe(no)
    expect(test(email, [relation('public.customers'), column('public.customers.id')], 'one')).toBe(maybe)
    expect(test(email, [relation('public.customers'), column('public.customers.email')], 'one')).toBe(yes)
    expect(test(email, [relation('public.customers')], 'one', { facts: { columns_listed: true } })).toBe(no)
    expect(test([{ kind: 'column', name: '*.email' }], [relation('public.customers')], 'one')).toBe(maybe)
  })

  it('fit by globs, access and labels', () => {
    expect(test([{ name: 'public.*' }], [relation('public.x')], 'one')).toBe(yes)
    expect(test([{ access: 'write' }], [relation('public.x')], 'one')).toBe(no)
    expect(test([{ access: 'write' }], [relation('public.x', 'write')], 'one')).toBe(yes)
    expect(test([{ kind: 'column', labels: ['pii.email'] }], [column('a.b', 'output', ['pii.email'])], 'one')).toBe(yes)
    expect(test([{ kind: 'column', labels: ['pii.email'] }], [column('a.b', 'output', [])], 'one')).toBe(no)
    expect(test([{ kind: 'column', labels: ['pii.email'] }], [column('a.b')], 'one')).toBe(maybe)
  })
})

describe('touches of an allow or hold rule', () => {
  it('fit only when every touch does', () => {
    expect(test(orders, [relation('public.orders')], 'all')).toBe(yes)
    expect(test(orders, [relation('public.orders'), relation('public.payroll')], 'all')).toBe(no)
    expect(test(orders, [relation('public.orders'), { kind: 'program', name: 'ls', access: 'read' }], 'all')).toBe(no)
    expect(test(orders, [], 'all')).toBe(yes)
  })

  it('never surely fit what may touch more', () => {
    expect(test(orders, [relation('public.orders')], 'all', { certainty: 'unknown' })).toBe(maybe)
  })

  it('for a relation include its columns, unless the rule names columns', () => {
    const touched = [relation('public.orders'), column('public.orders.id'), column('public.orders.notes')]
    expect(test(orders, touched, 'all')).toBe(yes)
    expect(test([...orders, { kind: 'column', name: 'public.orders.id' }], touched, 'all')).toBe(no)
    expect(test([...orders, { kind: 'column', name: 'public.orders.*' }], touched, 'all')).toBe(yes)
  })

  it('do not fit a label that is not known', () => {
    expect(test([{ kind: 'column', labels: ['public'] }], [column('a.b')], 'all')).toBe(maybe)
  })

  it('say what is left over', () => {
    const why = touches(orders, 'all').why(action({ touches: [relation('public.payroll')] }), scope())
    expect(why).toBe('read relation public.payroll is not among what the rule names relation public.orders')
  })
})
