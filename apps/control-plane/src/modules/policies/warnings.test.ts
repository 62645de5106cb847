import { compilePolicy, type Policy } from '@sallyport/policy'
import { expect, it } from 'vitest'
import { warningsOf } from './warnings.js'

const asking = compile({
  masks: [{ id: 'email', columns: ['public.customers.email'], as: 'redact' }],
  recording: { rows: 200 },
  rules: [
    { id: 'read', match: { effects: { only: ['read'] } }, action: 'allow' },
    { id: 'write', match: { effects: { only: ['update'] } }, action: 'hold', approvers: [{ groups: ['dba'] }], hold: { max_rows: 5 } },
    { id: 'tried', match: { effects: { only: ['ddl'] } }, action: 'hold', approvers: [{ groups: ['dba'] }], shadow: true },
  ],
})

function compile(document: object): Policy {
  const compiled = compilePolicy({ kind: 'policy', name: 'p', subjects: {}, resources: {}, ...document })
  if (!compiled.ok) throw new Error(JSON.stringify(compiled.problems))
  return compiled.policy
}

const honoured = { mask: 'honoured', record: 'honoured', max_rows: 'honoured', hold: 'honoured' } as const

it('says of every wish what each protocol does instead, and names what asks for it', () => {
  const warnings = warningsOf(asking, [
    { name: 'none', obligations: { mask: 'refused', record: 'unkept', max_rows: 'refused' } },
    { name: 'some', obligations: { ...honoured, mask: 'refused' } },
  ])
  expect(warnings).toEqual([
    'hold rules (write) on none: what they match is refused in this build',
    'masks (email) on none, some: what would owe it is refused in this build',
    'recording of results on none: left out in this build; what would owe it runs without',
    'max_rows (write) on none: what would owe it is refused in this build',
  ])
})

it('says nothing of what is honoured, nor of what nobody asks for', () => {
  expect(warningsOf(asking, [{ name: 'all', obligations: honoured }])).toEqual([])
  const plain = compile({ rules: [{ id: 'read', match: { effects: { only: ['read'] } }, action: 'allow' }] })
  expect(warningsOf(plain, [{ name: 'none', obligations: { mask: 'refused', record: 'refused', max_rows: 'refused' } }])).toEqual([])
})
