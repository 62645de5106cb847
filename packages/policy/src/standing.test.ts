import { describe, expect, it } from 'vitest'
import { action, allowReads, column, identity, policy, request } from '../test/fixtures.js'
import { masksFor, masksInForce } from './index.js'

const email = 'public.customers.email'
const masked = (name: string, mask: object, more: object = {}) =>
  policy({ name, rules: [allowReads], masks: [{ id: 'm', as: 'redact', ...mask }], ...more })

describe('what is masked whatever the statement', () => {
  it('is nothing where no mask is about the caller', () => {
    expect(masksFor(request([]), [policy({ name: 'p', rules: [allowReads] })])).toBeUndefined()
    expect(masksFor(request([]), [masked('p', { columns: [email] }, { subjects: { groups: ['strangers'] } })])).toBeUndefined()
  })

  it('is told by name, by glob and by label, the strongest mask of all policies', () => {
    const masks = masksFor(request([]), [
      masked('names', { columns: [email], as: 'hash' }),
      masked('globs', { columns: ['*.customers.*'], as: { partial: { keep: 'last' } } }),
      masked('labels', { labels: ['pii.email'], as: 'nullify' }),
    ])!
    expect(masks.of(email, [])).toBe('hash')
    expect(masks.of('public.customers.phone', [])).toEqual({ partial: { keep: 'last' } })
    expect(masks.of('public.orders.contact', ['pii.email'])).toBe('nullify')
    expect(masks.of('public.orders.contact', [])).toBeUndefined()
    expect(masks.of('public.orders.contact')).toBe('nullify')
    expect(masks.because(email, [])).toEqual([
      { policy: 'globs', rule: 'm' },
      { policy: 'names', rule: 'm' },
    ])
  })

  it('says which relations may hide something, and which detectors run', () => {
    const masks = masksFor(request([]), [masked('names', { columns: [email] }), masked('detectors', { detect: ['card'], as: 'nullify' })])!
    expect([masks.mayHide('public.customers'), masks.mayHide('public.orders')]).toEqual([true, false])
    expect(masks.detect).toEqual([{ detectors: ['card'], as: 'nullify' }])
    expect(masksFor(request([]), [masked('labels', { labels: ['pii'] })])!.mayHide('public.orders')).toBe(true)
  })

  it('looks only into the columns that a mask with detectors names, and never masks them whole', () => {
    const masks = masksFor(request([]), [masked('notes', { columns: ['public.customers.notes'], detect: ['card'] })])!
    expect(masks.of('public.customers.notes', [])).toBeUndefined()
    expect(masks.within('public.customers.notes', [])).toEqual([{ detectors: ['card'], as: 'redact' }])
    expect([masks.within(email, []), masks.detect, masks.byContent, masks.mayHide('public.customers')]).toEqual([[], [], true, true])
  })

  it('knows an action that holds a masked column against a value', () => {
    const masks = masksFor(request([]), [masked('names', { columns: [email] })])!
    const guess = (name: string) => action({ touches: [{ ...column(name, 'predicate', []), test: 'equality' }] })
    expect([masks.guesses(guess(email)), masks.guesses(guess('public.customers.id'))]).toEqual([true, false])
    expect(masks.guesses(action({ touches: [column(email, 'output', [])] }))).toBe(false)
  })

  it('counts a policy that only may be about the caller, and everyone the caller acts for', () => {
    const agents = masked('agents', { columns: [email] }, { subjects: { groups: ['ai-agents'] } })
    expect(masksFor(request([], { identity: identity({ provider: 'corp', primary: false }) }), [agents])?.of(email, [])).toBe('redact')
    const person = { ...identity({}).principal, groups: ['people'] }
    const people = masked('people', { columns: [email] }, { subjects: { groups: ['people'] } })
    expect(masksFor(request([], { identity: { ...identity({}), chain: [person] } }), [people])?.of(email, [])).toBe('redact')
  })

  it('lists the rules in force, each as it is written', () => {
    const policies = [
      masked('p', { columns: [email], labels: ['pii'] }),
      masked('q', { columns: [email] }, { subjects: { groups: ['x'] } }),
    ]
    expect(masksInForce(request([]), policies)).toEqual([
      { rule: { policy: 'p', rule: 'm' }, columns: [email], labels: ['pii'], detect: [], as: 'redact' },
    ])
  })

  it('has the same key for the same rules, whatever else the policies say', () => {
    const key = (...policies: Parameters<typeof masksFor>[1][number][]) => masksFor(request([]), policies)!.key
    const one = masked('p', { columns: [email] })
    expect(key(one)).toBe(key(masked('p', { columns: [email] }, { rules: [] })))
    expect(key(one)).not.toBe(key(masked('p', { columns: [email], as: 'nullify' })))
  })
})
