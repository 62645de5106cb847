import { describe, expect, it } from 'vitest'
import { action, column, identity, relation, scope } from '../../test/fixtures.js'
import { type Answer, maybe, no, yes } from '../answer.js'
import { parseCel } from '../cel.js'
import { when } from './when.js'

function condition(text: string) {
  const parsed = parseCel(text)
  if (!parsed.ok) throw new Error(parsed.message)
  return when(text, parsed.evaluate)
}

function test(text: string, parts: Parameters<typeof action>[0] = {}): Answer {
  return condition(text).test(action(parts), scope({ identity: identity({ groups: ['dba'] }, [], { level: 3 }) }))
}

describe('when', () => {
  it.each([
    ['!action.facts.multi', yes],
    ['action.facts.multi', no],
    ['action.facts.nothing', maybe],
    ['has(action.facts.nothing)', no],
    ['action.verb', maybe],
    ['1', maybe],
    ['"true"', maybe],
    ['nobody.knows', maybe],
    ['action.facts.rows_estimate / 2 > 10', yes],
    ['action.facts.rows_estimate > 99.5', yes],
    ['"dba" in subject.groups && subject.kind == "agent" && subject.id == "demo/billing-agent"', yes],
    ['subject.claims.level >= 3', yes],
    ['session.client.application == "psql" && session.database == "shop"', yes],
    ['resource.labels.env == "prod" && resource.name == "shop"', yes],
    ['env.weekday == "monday" && env.hour == 12 && env.minute == 30 && env.date == "2026-06-01"', yes],
    ['timestamp(env.time).getHours("Europe/Berlin") == 14', yes],
    ['env.now > 0', yes],
    ['action.touches.exists(t, t.name == "public.orders" && t.access == "read")', yes],
    ['action.touches.all(t, t.labels.size() == 0)', maybe],
    ['action.facts.constructor == null', maybe],
    ['subject.constructor == null', maybe],
  ])('%s', (text, expected) => {
    const touches = [relation('public.orders'), column('public.orders.id')]
    expect(test(text, { touches, facts: { multi: false, rows_estimate: 100 } })).toBe(expected)
  })

  it('is not run over more touches than anybody needs', () => {
    const touches = Array.from({ length: 1001 }, (_, i) => relation(`public.t${i}`))
    expect(test('action.touches.size() > 0', { touches })).toBe(maybe)
    expect(test('action.touches.size() > 0', { touches: touches.slice(1) })).toBe(yes)
  })

  it('says its value, or why it has none', () => {
    expect(condition('action.verb == "select"').why(action(), scope())).toBe('action.verb == "select" is true')
    expect(condition('action.facts.x').why(action(), scope())).toContain('cannot be evaluated')
  })
})
