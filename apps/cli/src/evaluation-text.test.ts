import { expect, it } from 'vitest'
import { evaluationText } from './evaluation-text.js'

type Evaluation = Parameters<typeof evaluationText>[0]

const rule = { policy: 'agents', rule: 'read' }
const evaluation: Evaluation = {
  subject: { provider: 'demo', name: 'billing-agent', kind: 'agent', groups: ['ai-agents'] },
  resource: 'shop',
  database: 'shop',
  role: 'gateway',
  connect: { kind: 'allow', rules: [rule], shadow: [] },
  decision: { kind: 'allow', rules: [rule], shadow: [{ rule: { policy: 'next', rule: 'closed' }, action: 'deny' }] },
  actions: [{ verb: 'select' }],
  masks: [
    {
      rule: { policy: 'agents', rule: 'email' },
      columns: ['public.customers.email'],
      labels: ['pii'],
      detect: [],
      as: { partial: { keep: 'domain' } },
    },
    { rule: { policy: 'agents', rule: 'cards' }, columns: [], labels: [], detect: ['card'], as: 'redact' },
  ],
  outputs: [
    [
      { bare: ['public.customers.id'], derived: [], as: null },
      { bare: ['public.customers.email'], derived: [], as: { partial: { keep: 'domain' } } },
      { bare: [], derived: ['public.customers.email'], as: 'redact' },
      { bare: [], derived: [], as: null },
    ],
    null,
  ],
  model: { known: true, epoch: 'abc', note: null },
  warnings: ['a column is not there'],
  explanation: [
    {
      action: 0,
      principal: 'demo/billing-agent',
      policies: [
        {
          policy: 'agents',
          resource: true,
          subject: { matched: 'yes', reason: 'is in ai-agents' },
          rules: [{ rule: { policy: 'agents', rule: 'someday' }, action: 'deny', shadow: true, matched: 'yes', reasons: [] }],
          masks: [
            { mask: { policy: 'agents', rule: 'email' }, columns: [], refused: 'public.customers.email is masked' },
            { mask: { policy: 'agents', rule: 'phone' }, columns: ['public.customers.phone'] },
            { mask: { policy: 'agents', rule: 'idle' }, columns: [] },
          ],
        },
      ],
    },
  ],
}

it('tells the decision with what shadow rules would have made of it, and what does not fit the target', () => {
  expect(evaluationText(evaluation).split('\n').slice(0, 4)).toEqual([
    'allow because of agents/read',
    '  in shadow: deny because of next/closed',
    '',
    'note: a column is not there',
  ])
  expect(evaluationText(evaluation)).toContain('someday (deny, in shadow): yes')
})

it('tells which masks are in force, what each column comes out as, and why a mask refuses', () => {
  const text = evaluationText(evaluation)
  expect(text).toContain(`masks in force:
  agents/email: public.customers.email, label pii as {"partial":{"keep":"domain"}}
  agents/cards: whatever looks like card as redact
`)
  expect(text).toContain(`columns that action 0 answers:
  1: as it is, but for what detectors find (public.customers.id)
  2: {"partial":{"keep":"domain"}} (public.customers.email)
  3: redact (computed from public.customers.email)
  4: as it is, but for what detectors find (no stored column)
`)
  expect(text).toContain('    email (mask): public.customers.email is masked\n    phone (mask): public.customers.phone')
  expect(text).not.toContain('idle')
  expect(evaluationText({ ...evaluation, masks: evaluation.masks.slice(0, 1) })).toContain('  1: as it is (public.customers.id)')
})

it('says nothing of masks where none is in force', () => {
  const text = evaluationText({ ...evaluation, masks: [] })
  expect(text).not.toContain('masks in force')
  expect(text).not.toContain('columns that')
})

it('lets no text of others steer the terminal', () => {
  const outputs = [[{ bare: ['public."\u001b[2J".x'], derived: [], as: null }]]
  expect(evaluationText({ ...evaluation, outputs })).not.toContain('\u001b')
})
