import type { MaskKind, PartialMask } from '@sallyport/core'
import { describe, expect, it } from 'vitest'
import { action, allowReads, column, identity, policy, relation, request, update } from '../test/fixtures.js'
import { decide } from './index.js'
import { strongestMask } from './masks.js'

const readers = policy({
  name: 'readers',
  rules: [allowReads, { id: 'w', match: { effects: { only: ['read', 'write', 'update'] } }, action: 'allow' }],
})
const email = 'public.customers.email'
const masking = (mask: object, name = 'm') => policy({ name, masks: [{ id: 'mask', columns: [email], as: 'redact', ...mask }] })
const reading = (...touches: readonly ReturnType<typeof column>[]) =>
  action({ touches: [relation('public.customers'), ...touches], facts: { columns_listed: true } })

describe('a masked column', () => {
  it('that goes out bare is owed a mask', () => {
    expect(
      decide(request([reading(column(email, 'output'), column('public.customers.id', 'output'))]), [readers, masking({})]),
    ).toMatchObject({
      kind: 'allow',
      obligations: [{ kind: 'mask', because: { policy: 'm', rule: 'mask' }, columns: [email], as: 'redact' }],
    })
  })

  it('that is not read owes nothing', () => {
    const decision = decide(request([reading(column('public.customers.id', 'output'))]), [readers, masking({})])
    expect(decision).toMatchObject({ kind: 'allow', obligations: [] })
    expect(decide(request([reading()]), [readers, masking({})])).toMatchObject({ kind: 'allow', obligations: [] })
  })

  it.each(['predicate', 'key', 'derived', 'copy', 'sink'] as const)('may not be used as %s', (use) => {
    const decision = decide(request([reading(column(email, use))]), [readers, masking({})])
    expect(decision).toMatchObject({ kind: 'deny', code: 'denied', rules: [{ policy: 'm', rule: 'mask' }] })
    expect(decision).toMatchObject({ message: expect.stringContaining(`policy m, rule mask: ${email} is masked`) as string })
    expect(decision).toMatchObject({ advice: expect.stringMatching(/^[^;]*\bemail\b|^use SELECT/) as string })
  })

  it.each([
    ['predicate', { predicate: 'any' }, 'allow', 0],
    ['predicate', { predicate: 'equality' }, 'deny', 0],
    ['key', { key: 'allow' }, 'allow', 1],
    ['derived', { derived: 'mask' }, 'allow', 1],
    ['copy', { copy: 'allow' }, 'allow', 1],
    ['sink', { sink: 'allow' }, 'allow', 1],
  ] as const)('as %s under %j: %s', (use, uses, kind, owed) => {
    const decision = decide(request([reading(column(email, use))]), [readers, masking({ uses })])
    expect([decision.kind, 'obligations' in decision ? decision.obligations.length : 0]).toEqual([kind, owed])
  })

  it('may be held against one value where equality is open, and against nothing else', () => {
    const equality = masking({ uses: { predicate: 'equality' } })
    const guess = { ...column(email, 'predicate'), test: 'equality' } as const
    expect(decide(request([reading(guess)]), [readers, equality])).toMatchObject({ kind: 'allow', obligations: [] })
    expect(decide(request([reading(guess, column(email, 'predicate'))]), [readers, equality])).toMatchObject({
      kind: 'deny',
      message: expect.stringContaining('only be compared by =') as string,
    })
    expect(decide(request([reading(guess)]), [readers, masking({})])).toMatchObject({ kind: 'deny' })
  })

  it('may be one that detectors look into: bare it goes out, and used it is refused like any', () => {
    const notes = 'public.customers.notes'
    const within = policy({ name: 'm', masks: [{ id: 'mask', columns: [notes], detect: ['email'], as: 'redact' }] })
    expect(decide(request([reading(column(notes, 'output', []))]), [readers, within])).toMatchObject({
      kind: 'allow',
      obligations: [{ kind: 'mask', columns: [notes], detect: ['email'], as: 'redact' }],
    })
    expect(decide(request([reading(column(email, 'derived', []))]), [readers, within])).toMatchObject({ kind: 'allow', obligations: [] })
    expect(decide(request([reading(column(notes, 'derived', []))]), [readers, within])).toMatchObject({ kind: 'deny' })
  })

  it('whose use is not known is closed, and so is a relation whose columns are not known', () => {
    expect(decide(request([reading(column(email))]), [readers, masking({})])).toMatchObject({
      kind: 'deny',
      message: expect.stringContaining('how it is used') as string,
    })
    expect(decide(request([{ ...reading(column('public.customers.id', 'output')), facts: {} }]), [readers, masking({})])).toMatchObject({
      kind: 'deny',
      message: expect.stringContaining('which columns of public.customers') as string,
    })
    expect(decide(request([action({ touches: [relation('public.orders')] })]), [readers, masking({})])).toMatchObject({ kind: 'allow' })
  })

  it('may be written, which shows nothing', () => {
    const touches = [relation('public.customers', 'write'), { kind: 'column', name: email, access: 'write' as const }]
    const write = { ...update, touches, facts: { filtered: true, columns_listed: true } }
    expect(decide(request([write]), [readers, masking({})])).toMatchObject({ kind: 'allow', obligations: [] })
  })

  it('may be named by labels, or by globs; labels that are not known count', () => {
    const labelled = (labels?: readonly string[]) => reading(column('public.customers.x', 'output', labels))
    const byLabel = policy({ name: 'l', masks: [{ id: 'mask', labels: ['pii.email'], as: 'hash' }] })
    const owed = (labels?: readonly string[]) => decide(request([labelled(labels)]), [readers, byLabel])
    expect(owed(['pii.email'])).toMatchObject({ obligations: [{ columns: ['public.customers.x'] }] })
    expect(owed(undefined)).toMatchObject({ obligations: [{ columns: ['public.customers.x'] }] })
    expect(owed([])).toMatchObject({ obligations: [] })
    expect(decide(request([reading(column(email, 'output'))]), [readers, masking({ columns: ['public.*.email'] })])).toMatchObject({
      obligations: [{ columns: [email] }],
    })
  })

  it('is masked for everybody the bare names may mean', () => {
    const agents = policy({ name: 'm', subjects: { groups: ['ai-agents'] }, masks: [{ id: 'mask', columns: [email], as: 'redact' }] })
    const stranger = { identity: identity({ provider: 'corp', primary: false }) }
    expect(decide(request([reading(column(email, 'output'))], stranger), [readers, agents])).toMatchObject({
      obligations: [{ columns: [email] }],
    })
  })
})

describe('masks that meet', () => {
  const partial = (keep: PartialMask['keep']): MaskKind => ({ partial: { keep } })

  it.each<[readonly MaskKind[], MaskKind]>([
    [['redact', 'nullify'], 'nullify'],
    [['hash', 'redact'], 'redact'],
    [[partial('domain'), 'hash'], 'hash'],
    [[partial('domain'), partial('domain')], partial('domain')],
    [[partial('domain'), partial('first')], 'redact'],
    [[partial('domain'), partial('first'), 'hash'], 'hash'],
  ])('%j: %j, in whatever order', (kinds, expected) => {
    expect(strongestMask(kinds)).toEqual(expected)
    expect(strongestMask([...kinds].reverse())).toEqual(expected)
  })

  it('leave each column one mask, and name why', () => {
    const policies = [readers, masking({ as: 'hash' }, 'a'), masking({ as: 'nullify', columns: [email, 'public.customers.phone'] }, 'b')]
    const asked = reading(column(email, 'output'), column('public.customers.phone', 'output'))
    expect(decide(request([asked]), policies)).toMatchObject({
      obligations: [{ because: { policy: 'b', rule: 'mask' }, columns: [email, 'public.customers.phone'], as: 'nullify' }],
    })
  })

  it('by JSON path or detector are always owed', () => {
    const decision = decide(request([action()]), [readers, masking({ columns: ['$.items[*].email'], detect: ['card'] })])
    expect(decision).toMatchObject({ obligations: [{ columns: ['$.items[*].email'] }, { columns: [], detect: ['card'] }] })
  })
})

describe('recording', () => {
  const keeps = (name: string, rows: string | number) => policy({ name, rules: [allowReads], recording: { rows } })
  const owed = (...policies: Parameters<typeof decide>[1]) =>
    (decide(request([action()]), policies) as { obligations?: readonly object[] }).obligations

  it('is owed as the policy that keeps most says', () => {
    expect(owed(keeps('a', 200))).toEqual([{ kind: 'record', because: { policy: 'a', rule: 'recording' }, rows: 200 }])
    expect(owed(keeps('a', 200), keeps('b', 'all'), keeps('c', 'digest'))).toMatchObject([{ rows: 'all' }])
    expect(owed(keeps('a', 'digest'), keeps('b', 1))).toMatchObject([{ rows: 1 }])
    expect(owed(keeps('a', 'none'))).toEqual([])
  })
})
