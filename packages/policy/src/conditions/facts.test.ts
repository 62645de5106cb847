import { describe, expect, it } from 'vitest'
import { action, scope } from '../../test/fixtures.js'
import { type Answer, maybe, no, yes } from '../answer.js'
import { facts } from './facts.js'

function test(spec: Parameters<typeof facts>[0], known: Readonly<Record<string, unknown>>, quantifier: 'one' | 'all' = 'all'): Answer {
  return facts(spec, quantifier).test(action({ facts: known }), scope())
}

describe('facts', () => {
  it.each<[Parameters<typeof facts>[0], Readonly<Record<string, unknown>>, Answer]>([
    [{ filtered: false }, { filtered: false }, yes],
    [{ filtered: false }, { filtered: true }, no],
    [{ filtered: false }, {}, maybe],
    [{ filtered: false }, { filtered: null }, maybe],
    [{ filtered: false }, { filtered: 'unknown' }, maybe],
    [{ filtered: true, multi: false }, { filtered: true, multi: true }, no],
    [{ filtered: true, multi: false }, { filtered: true }, maybe],
    [{ filtered: true, multi: false }, { filtered: false }, no],
    [{ method: ['GET', 'HEAD'] }, { method: 'HEAD' }, yes],
    [{ method: ['GET', 'HEAD'] }, { method: 'POST' }, no],
    [{ route: '/v1/orders/*' }, { route: '/v1/orders/{id}' }, yes],
    [{ 'body.amount': 5 }, { body: { amount: 5 } }, yes],
    [{ 'body.amount': 5 }, { body: { amount: 6 } }, no],
    [{ 'body.amount': 5 }, { body: {} }, maybe],
    [{ 'body.amount': 5 }, { body: null }, maybe],
    [{ 'body.amount': 5 }, { body: [{ amount: 5 }] }, maybe],
    [{ 'body.amount': 5 }, { 'body.amount': 5, body: { amount: 6 } }, yes],
    [{ 'body.constructor': 'x' }, { body: {} }, maybe],
    [{ 'body.note': null }, { body: { note: null } }, yes],
    [{ 'body.note': null }, { body: { note: 'x' } }, no],
  ])('%j on %j', (spec, known, expected) => {
    expect(test(spec, known)).toBe(expected)
  })

  it('that are lists fit a deny by one element and an allow by all, never by none', () => {
    const spec = { paths: ['/srv/**'] }
    expect(test(spec, { paths: ['/srv/a', '/etc/shadow'] }, 'one')).toBe(yes)
    expect(test(spec, { paths: ['/srv/a', '/etc/shadow'] }, 'all')).toBe(no)
    expect(test(spec, { paths: ['/srv/a', '/srv/b/c'] }, 'all')).toBe(yes)
    expect([test(spec, { paths: [] }, 'one'), test(spec, { paths: [] }, 'all')]).toEqual([no, no])
    expect(test(spec, { paths: ['/srv/a', 7] }, 'all')).toBe(maybe)
  })

  it('say what they are', () => {
    expect(facts({ filtered: true }, 'all').why(action(), scope())).toBe('filtered is not known, wanted true')
  })
})
