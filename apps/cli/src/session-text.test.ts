import { expect, it } from 'vitest'
import { sessionText } from './session-text.js'

const session = { id: 'ses_1', state: 'ended', token_id: 'jti-9', opened_at: '2026-01-02T03:04:05.000Z' }
const events = [
  {
    type: 'session.opened',
    at: '2026-01-02T03:04:05.000Z',
    identity: {
      principal: { provider: 'demo', subject: 'billing-agent', kind: 'agent', groups: ['ai-agents'] },
      chain: [],
      token: { id: 'jti-9' },
    },
    resource: { name: 'shop', protocol: 'postgres' },
    facts: { client: { address: '127.0.0.1', application: 'psql' }, database: 'shop', role: 'shop_gateway' },
    rules: [{ policy: 'agents-on-shop', rule: 'read' }],
  },
  {
    type: 'statement.decided',
    at: '2026-01-02T03:04:06.000Z',
    statement: 'stm_1',
    decision: 'allow',
    rules: [{ policy: 'agents-on-shop', rule: 'read' }],
    actions: [
      {
        verb: 'select',
        effects: ['read'],
        touches: [{ kind: 'relation', name: 'public.products', access: 'read' }],
        facts: {},
        certainty: 'exact',
      },
    ],
    texts: [{ text: 'select *\nfrom products where id = $1' }],
    params: [
      { type: 'int4', format: 'text', value: '7' },
      { format: 'text', value: null },
    ],
  },
  {
    type: 'statement.ended',
    at: '2026-01-02T03:04:06.100Z',
    statement: 'stm_1',
    outcome: { status: 'ok', rows: 1, bytes: 80 },
    duration: 12,
  },
  {
    type: 'statement.decided',
    at: '2026-01-02T03:04:07.000Z',
    statement: 'stm_2',
    decision: 'deny',
    rules: [{ policy: 'guardrails-on-shop', rule: 'no-schema-changes' }],
    code: 'denied',
    message: 'changes of the schema are for admins',
    actions: [{ verb: 'drop', effects: ['ddl'], touches: [], facts: {}, certainty: 'exact' }],
    texts: [{ text: 'drop table products; \u001b[2J' }],
    params: [],
  },
  { type: 'session.ended', at: '2026-01-02T03:04:08.000Z', reason: { code: 'client_closed', message: 'the client hung up' }, units: 2 },
]

const text = sessionText(session, events)

it('says who: provider, subject, kind, groups, token', () => {
  for (const part of ['demo/billing-agent (agent)', 'ai-agents', 'jti-9', '127.0.0.1, psql']) expect(text).toContain(part)
})

it('says what was asked: every line of the statement, parameters, verb, effects, relations', () => {
  for (const part of ['| select *', '| from products where id = $1', `$1 = '7'::int4, $2 = NULL`, 'public.products (read)'])
    expect(text).toContain(part)
  expect(text).toMatch(/verb\s+select/)
  expect(text).toMatch(/effects\s+read/)
})

it('says what was decided, because of what, and how it ended', () => {
  expect(text).toMatch(/1\. 2026-01-02T03:04:06\.000Z {2}allow {2}ok, 1 rows, 80 bytes, 12 ms/)
  expect(text).toMatch(/2\. .* deny/)
  expect(text).toMatch(/rules\s+guardrails-on-shop\/no-schema-changes/)
  expect(text).toContain('changes of the schema are for admins (denied)')
  expect(text).toContain('ended: client_closed: the client hung up; 2 units')
})

it('does not let recorded text steer the terminal', () => {
  expect(text).not.toContain('\u001b')
  expect(text).toContain('drop table products; \\u001b[2J')
})

it('calls a session without an end what it is', () => {
  const open = sessionText({ ...session, state: 'active' }, events.slice(0, 2))
  expect(open).toContain('still open')
  expect(open).toContain('still running, or its end is not known yet')
  expect(open).toContain('state: active')
})
