import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { agentTransitions, approvalTransitions, pairs, sessionTransitions } from '@sallyport/core'
import type { Transitions } from '@sallyport/core'
import { describe, expect, it } from 'vitest'
import { migrationsFolder } from '../db/index.js'

const sql = readdirSync(migrationsFolder, { withFileTypes: true })
  .filter((entry) => entry.isDirectory())
  .map(({ name }) => readFileSync(join(migrationsFolder, name, 'migration.sql'), 'utf8'))
  .join('\n')

/** The pairs that a transition function of the migration lists. */
function listed(name: string): readonly (readonly string[])[] {
  const [, body = ''] = new RegExp(`CREATE FUNCTION ${name}\\(\\).*?NOT IN \\((.*?)\\) THEN`, 's').exec(sql) ?? []
  return [...body.matchAll(/\('(\w+)', '(\w+)'\)/g)].map(([, from, to]) => [from!, to!])
}

/** The states that a check of the migration lists. */
function allowed(constraint: string): readonly string[] {
  const [, list = ''] = new RegExp(`"${constraint}" CHECK \\("state" IN \\(([^)]*)\\)`).exec(sql) ?? []
  return [...list.matchAll(/'(\w+)'/g)].map(([, state]) => state!)
}

const sorted = (list: readonly (readonly string[])[]): readonly string[] => list.map((pair) => pair.join('>')).sort()

describe.each([
  ['agents', agentTransitions as Transitions<string, string>, 'sallyport_agent_transition', 'agent_state_check'],
  ['approvals', approvalTransitions as Transitions<string, string>, 'sallyport_approval_transition', 'approval_state_check'],
  ['sessions', sessionTransitions as Transitions<string, string>, 'sallyport_session_transition', 'session_state_check'],
])('the database knows of %s', (_, table, transition, check) => {
  it('exactly the transitions of core', () => {
    expect(sorted(listed(transition))).toEqual(sorted(pairs(table)))
  })

  it('exactly the states of core', () => {
    expect([...allowed(check)].sort()).toEqual(Object.keys(table).sort())
  })
})
