import { readFileSync } from 'node:fs'
import { detectorNames } from '@sallyport/core'
import { describe, expect, it } from 'vitest'
import { allowReads, holdWrites, policy, problemsOf } from '../test/fixtures.js'
import { compilePolicy } from './index.js'

/** The example that the outside contract shows, key for key. */
const example: unknown = JSON.parse(readFileSync(new URL('../test/agents-on-shop.json', import.meta.url), 'utf8'))

const when = (text: string, match: object = { effects: { only: ['read'] } }) =>
  problemsOf({ rules: [{ id: 'r', match, when: text, action: 'allow' }] })['/rules/0/when']

describe('a policy document', () => {
  it('is taken as the contract shows it', () => {
    const compiled = compilePolicy(example)
    expect(compiled).toMatchObject({ ok: true, policy: { name: 'agents-on-shop', opens: true } })
  })

  it('has a hash of what it says, not of how it is written', () => {
    const one = policy({ name: 'a', rules: [allowReads] })
    expect(policy({ rules: [{ action: 'allow', match: allowReads.match, id: 'reads' }], name: 'a' }).hash).toBe(one.hash)
    expect(policy({ name: 'a', rules: [{ ...allowReads, shadow: true }] }).hash).not.toBe(one.hash)
    expect(one.hash).toMatch(/^[0-9a-f]{64}$/)
  })

  it('is refused with every reason at once', () => {
    const found = problemsOf({
      name: 'A!',
      subjects: { groups: [], everybody: true },
      resources: { labels: { env: 7 } },
      rules: [{ id: 'r', action: 'permit', extra: 1, match: { effects: { only: 'read' } } }],
      masks: [{ id: 'm', columns: ['a.b'], as: 'blur' }],
      record: 'always',
      tests: [{ as: {}, resource: 'shop', statement: 'select 1', expect: 'maybe' }],
    })
    expect(Object.keys(found).sort()).toEqual([
      '/masks/0/as',
      '/name',
      '/record',
      '/resources/labels/env',
      '/rules/0/action',
      '/rules/0/extra',
      '/rules/0/match/effects/only',
      '/subjects/everybody',
      '/subjects/groups',
      '/tests/0/expect',
    ])
    expect(found['/rules/0/action']).toBe('must be one of allow, hold, deny')
    expect(found['/rules/0/extra']).toBe('is not a known key')
  })

  it('that is wrong in its shape, across its keys and in its conditions is told all of it', () => {
    const found = problemsOf({
      record: 'always',
      rules: [
        { id: 'a', action: 'permit' },
        { id: 'b', action: 'allow' },
        { id: 'b', match: { effects: { only: ['read'] } }, action: 'allow', when: 'nobody' },
      ],
      tests: [{ as: {}, resource: 'shop', statement: 'select 1', expect: 'deny', rule: 'c' }],
    })
    expect(Object.keys(found).sort()).toEqual([
      '/record',
      '/rules/0/action',
      '/rules/1/match/effects/only',
      '/rules/2/id',
      '/rules/2/when',
      '/tests/0/rule',
    ])
  })

  it.each(['kind', 'name', 'subjects', 'resources'])('needs %s', (key) => {
    const { [key]: _, ...rest } = { kind: 'policy', name: 'p', subjects: {}, resources: {}, rules: [allowReads] } as Record<string, unknown>
    expect(compilePolicy(rest)).toEqual({ ok: false, problems: [{ path: `/${key}`, message: 'is required' }] })
  })

  it.each([
    ['/subjects/except', { subjects: { except: ['x'] } }],
    ['/imposed', { imposed: { read_only: true } }],
    ['/interactive', { interactive: true }],
    ['/forward', { forward: [] }],
    ['/break_glass', { break_glass: {} }],
    ['/limits', { limits: { rows: 1 } }],
    ['/rules/0/limits', { rules: [{ ...allowReads, limits: { rows: 1 } }] }],
  ])('with %s is refused by that name', (path, document) => {
    expect(problemsOf({ rules: [allowReads], ...document })[path]).toBe(`this build cannot honour ${path.split('/').at(-1)}`)
  })

  it.each(['floor', 'lock', 'default'])('may not be called %s', (name) => {
    expect(problemsOf({ name, rules: [allowReads] })).toHaveProperty('/name')
  })

  it('without a rule or a mask says nothing', () => {
    expect(problemsOf({ rules: [] })).toHaveProperty('/rules')
  })

  it.each([null, 'policy', [], 7, new Date(0), () => 1])('is an object of plain JSON, not %s', (document) => {
    expect(compilePolicy(document)).toMatchObject({ ok: false })
  })
})

describe('rules', () => {
  it('that let something through must name every effect', () => {
    const found = problemsOf({
      rules: [
        { id: 'a', action: 'allow' },
        { ...holdWrites, match: { effects: { any: ['write'] } } },
      ],
    })
    expect(Object.keys(found)).toEqual(['/rules/0/match/effects/only', '/rules/1/match/effects/only'])
    expect(problemsOf({ rules: [{ id: 'd', action: 'deny' }] })).toEqual({})
  })

  it('and masks have ids of their own', () => {
    const found = problemsOf({ rules: [allowReads, allowReads], masks: [{ id: 'reads', columns: ['a.b'], as: 'redact' }] })
    expect(found).toEqual({ '/rules/1/id': 'the id reads is used twice', '/masks/0/id': 'the id reads is used twice' })
  })

  it('that mask what is detected name detectors that there are', () => {
    const masks = (...detect: readonly string[]) => problemsOf({ masks: [{ id: 'a', detect, as: 'redact' }] })
    expect(masks(...detectorNames)).toEqual({})
    expect(masks('email', 'mail')['/masks/0/detect/1']).toContain('one of email, ')
    expect(masks()).toHaveProperty('/masks/0/detect')
  })

  it('that hold say who approves, and others do not', () => {
    const { approvers: _, ...nobody } = holdWrites
    expect(problemsOf({ rules: [nobody] })).toHaveProperty('/rules/0/approvers')
    expect(problemsOf({ rules: [{ ...holdWrites, approvers: [{ count: 1 }] }] })).toHaveProperty('/rules/0/approvers/0')
    expect(problemsOf({ rules: [{ ...allowReads, approvers: holdWrites.approvers, hold: {}, message: 'hi' }] })).toEqual({
      '/rules/0/approvers': 'belongs to hold rules only',
      '/rules/0/hold': 'belongs to hold rules only',
      '/rules/0/message': expect.stringContaining('nobody'),
    })
  })

  it('that hold have the times they say, or the defaults', () => {
    const [plain] = policy({ rules: [holdWrites] }).rules
    expect(plain!.hold).toEqual({
      approvers: [{ groups: ['dba'], principals: [], count: 1 }],
      wait: 600_000,
      ttl: 900_000,
      mode: 'wait',
      inTransaction: 'retry',
      reasonRequired: false,
    })
    const said = { wait: '30s', ttl: '2h', mode: 'retry', in_transaction: { wait: '5s' }, reason_required: true, max_rows: 100 }
    const [rule] = policy({ rules: [{ ...holdWrites, hold: said }] }).rules
    expect(rule!.hold).toMatchObject({
      wait: 30_000,
      ttl: 7_200_000,
      mode: 'retry',
      inTransaction: { wait: 5_000 },
      reasonRequired: true,
      maxRows: 100,
    })
  })

  it.each([
    [{ wait: '20m' }, '/rules/0/hold/wait'],
    [{ wait: '31d', ttl: '31d' }, '/rules/0/hold/ttl'],
    [{ wait: '10' }, '/rules/0/hold/wait'],
    [{ wait: '0s' }, '/rules/0/hold/wait'],
    [{ in_transaction: { wait: 'soon' } }, '/rules/0/hold/in_transaction'],
    [{ in_transaction: 'maybe' }, '/rules/0/hold/in_transaction'],
    [{ max_rows: 0 }, '/rules/0/hold/max_rows'],
  ])('with the terms %j are refused at %s', (hold, path) => {
    expect(problemsOf({ rules: [{ ...holdWrites, hold }] })).toHaveProperty([path])
  })

  it('are at most 200', () => {
    const rules = Array.from({ length: 201 }, (_, i) => ({ ...allowReads, id: `r${i}` }))
    expect(problemsOf({ rules })).toHaveProperty('/rules')
    expect(problemsOf({ rules: rules.slice(1) })).toEqual({})
  })

  it('may be tested only if they exist', () => {
    const test = { as: {}, resource: 'shop', statement: 'select 1', expect: 'allow', rule: 'none' }
    expect(problemsOf({ rules: [allowReads], tests: [test] })).toEqual({ '/tests/0/rule': 'there is no rule none' })
  })
})

describe('sizes', () => {
  it('are bounded before anything else is looked at', () => {
    const wide = Array.from({ length: 20_001 }, () => 1)
    expect(Object.values(problemsOf({ rules: wide }))[0]).toContain('more than 20000 values')
    expect(Object.values(problemsOf({ name: 'x'.repeat(300_000) }))[0]).toContain('larger than')
  })

  it('bound what YAML aliases blow up, and what never ends', () => {
    let tree: unknown = 'leaf'
    for (let i = 0; i < 12; i++) tree = [tree, tree, tree, tree]
    expect(Object.values(problemsOf({ rules: tree }))[0]).toContain('more than 20000 values')
    const loop: Record<string, unknown> = {}
    loop['rules'] = loop
    expect(Object.values(problemsOf(loop))[0]).toContain('nested deeper')
  })
})

describe('when', () => {
  it.each([
    '!action.facts.multi',
    'action.facts.filtered || action.facts.rows_estimate < 1000',
    'subject.claims.department == "finance"',
    'subject.claims.level > 3',
    'subject.claims.roles.exists(r, r == "x")',
    'resource.labels.env == "prod" && env.hour > 8 && env.weekday != "sunday"',
    'action.facts.method == "POST" && action.facts.body.amount < 100',
    'action.facts.program == "/bin/ls" && action.facts.args.size() == 0',
    'action.touches.all(t, !has(t.labels) || t.labels.all(l, l != "pii"))',
    'has(action.facts.nothing)',
  ])('%s is taken', (text) => {
    expect(when(text)).toBeUndefined()
  })

  it.each([
    ['1 +', 'is not valid CEL'],
    ['action.verb', 'fails on a sample'],
    ['stmnt.x', 'names stmnt'],
    ['true || stmnt.x', 'names stmnt'],
    ['true || action.fact.multi', 'action.fact'],
    ['true || subject["grups"] == []', 'subject.grups'],
    ['session.client.ip == ""', 'session.client.ip'],
    ['action.facts.filterd', 'field not found: filterd'],
    ['action.facts.filtered && action.facts.method == "GET"', 'fails on a sample'],
    ['nosuch(action)', 'unbound function'],
    ['google.protobuf.Duration{} == 1', 'message'],
    ['action.touches.all(a, action.touches.all(b, a == b))', 'loop inside a loop'],
    ['action.touches.all(a, [1, 2].all(b, b > 0))', 'loop inside a loop'],
    [
      'subject.claims.a == 1 && subject.claims.b == 1 && subject.claims.c == 1 && subject.claims.d == 1 && subject.claims.e == 1',
      'more than 4',
    ],
  ])('%s is refused: %s', (text, reason) => {
    expect(when(text)).toContain(reason)
  })

  it('need only survive the statement kinds that its rule can meet', () => {
    const text = 'action.verb == "update" ? true : action.facts.nothing'
    expect(when(text)).toBeDefined()
    expect(when(text, { effects: { only: ['read', 'write', 'update'], any: ['update'] }, verbs: ['update'] })).toBeUndefined()
  })

  it('is at most 2000 characters', () => {
    expect(when(`${'true && '.repeat(300)}true`)).toContain('length')
  })
})
