import type { Action } from '@sallyport/core'
import { describe, expect, test } from 'vitest'
import { type Case, classified, corpus, psql } from '../corpus/world.js'
import { withPrepared } from './classify.js'
import type { Classified } from './classified.js'
import type { Control } from './control.js'

type Verdict = 'allow' | 'mask' | 'approve' | 'deny'

const order: readonly Verdict[] = ['allow', 'mask', 'approve', 'deny']
const reads: ReadonlySet<string> = new Set(['read', 'tx', 'session_ok', 'cursor', 'prepare', 'explain'])
const approvable: ReadonlySet<string> = new Set([...reads, 'ddl', 'define_code', 'write'])

const masked = 'public.users.email'

/** The corpus policy (read only; mask users.email; DDL needs approval) over what the classifier says. */
function judge({ certainty, effects, touches }: Action): Verdict {
  if (certainty !== 'exact') return 'deny'
  const uses = touches.filter(({ kind, name, access }) => kind === 'column' && access === 'read' && name === masked)
  if (uses.some(({ use }) => use !== 'output')) return 'deny'
  if (effects.every((effect) => reads.has(effect))) return uses.length > 0 ? 'mask' : 'allow'
  return effects.includes('ddl') && effects.every((effect) => approvable.has(effect)) ? 'approve' : 'deny'
}

function statements(text: string): readonly Classified[] {
  const prepared = new Map<string, Extract<Control, { kind: 'prepare' }>>()
  return classified(text).map((one) => {
    if (one.control.kind === 'prepare') prepared.set(one.control.name, one.control)
    const known = one.control.kind === 'execute' ? prepared.get(one.control.name) : undefined
    return known === undefined ? one : withPrepared(one, known)
  })
}

function verdict(text: string): Verdict {
  const verdicts = statements(text).map(({ action }) => judge(action))
  return order[Math.max(...verdicts.map((each) => order.indexOf(each)))]!
}

/** Refused in the corpus. They go back to what the session began with, which the gateway chose or checked at the login: shown on a real server. */
const backToStart: ReadonlySet<string> = new Set(['discard-all', 'reset-all'])

const single = corpus.cases.filter((each): each is Case & { sql: string } => each.sql !== undefined)

describe('the bypass corpus, statements', () => {
  test.each(single.map((each) => [each.category, each.name, each] as const))(
    '%s: %s',
    (_, name, { sql, expect: expected, accept = [] }) => {
      const safe = backToStart.has(name) ? ['allow'] : [expected, ...accept]
      expect(safe).toContain(verdict(sql))
    },
  )

  test('none is left out: those that need a wire are the dialect’s', () => {
    const count = (category: string) => single.filter((each) => each.category === category).length
    const categories = ['A-false-positive', 'B-mask-bare', 'C-mask-evasion', 'D-writes', 'E-ddl-privilege', 'F-session-state']
    expect(categories.map(count)).toEqual([16, 19, 53, 41, 17, 13])
    expect(corpus.cases.length - single.length).toBe(28)
  })

  test('every case about the masked column touches its table', () => {
    const about = single.filter((each) => each.category === 'B-mask-bare' || each.category === 'C-mask-evasion')
    const without = about.filter(({ sql }) => {
      const actions = statements(sql).map(({ action }) => action)
      const seen = actions.some(({ touches }) => touches.some(({ name }) => name === 'public.users'))
      return !seen && actions.every(({ certainty, effects }) => certainty === 'exact' && effects.every((effect) => reads.has(effect)))
    })
    expect(without).toEqual([])
  })

  const writes = single.filter((each) => each.expect_rw !== undefined)
  test.each(writes.map((each) => [each.name, each] as const))(
    'with writes allowed: %s',
    (_, { sql, expect_rw: expected, accept_rw: accept = [] }) => {
      const filtered = statements(sql).every(({ action }) => action.facts['filtered'] === true)
      expect([expected, ...accept]).toContain(filtered ? 'allow' : 'deny')
    },
  )
})

describe('what psql sends for its meta-commands', () => {
  const refused = psql.statements.flatMap((text) =>
    classified(text).filter(({ action }) => action.certainty !== 'exact' || !action.effects.every((effect) => reads.has(effect))),
  )

  test('is read, but for settings, user mappings and subscriptions', () => {
    expect(psql.statements.length).toBeGreaterThan(80)
    expect(refused.map(({ action }) => [action.certainty, action.effects.join(' ')])).toEqual([
      ['exact', 'introspect_values read'],
      ['exact', 'introspect_values read'],
      ['exact', 'introspect_settings read'],
    ])
  })
})
