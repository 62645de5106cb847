import type { HoldRequest } from '@sallyport/core'
import { describe, expect, it } from 'vitest'
import { canonicalBytes } from './canonical.js'
import { encodeHold, readEnded, readHold } from './holds.js'
import { limits } from './limits.js'

const hash = 'a'.repeat(64)
const token = { id: 'jti-1', issuer: 'https://id.example', audience: ['sallyport'], issuedAt: 1, expiresAt: 2 }
const ana = { provider: 'test', subject: 'ana', name: 'ana', kind: 'agent', groups: ['ai-agents'], owner: 'alice', primary: true } as const
const alice = {
  provider: 'test',
  subject: 'alice',
  name: 'alice',
  kind: 'human',
  groups: [],
  person: 'alice@example',
  primary: true,
} as const
const request: HoldRequest = {
  digest: hash,
  hold: {
    kind: 'hold',
    rules: [{ policy: 'p', rule: 'r' }],
    shadow: [{ rule: { policy: 'q', rule: 's' }, action: 'deny' }],
    obligations: [{ kind: 'max_rows', because: { policy: 'p', rule: 'r' }, rows: 100 }],
    approvers: [{ groups: ['dba'], principals: [], count: 1 }],
    policies: hash,
    wait: 600_000,
    ttl: 900_000,
    mode: 'wait',
    inTransaction: { wait: 30_000 },
    reasonRequired: false,
    maxRows: 100,
  },
  statement: 'stm_1',
  session: { id: 'ses_1', protocol: 'postgres', client: { address: '::1', application: 'psql' }, database: 'shop', role: 'app' },
  identity: { principal: ana, chain: [alice], token, claims: { email: 'not-for-others@example' } },
  resource: { id: 'res_1', name: 'shop', protocol: 'postgres', labels: { env: 'prod' } },
  actions: [
    {
      verb: 'update',
      effects: ['update'],
      touches: [{ kind: 'column', name: 'public.orders.id', access: 'read', use: 'predicate', labels: ['pii'], test: 'equality' }],
      functions: ['public.f'],
      facts: { filtered: true, rows: 1, nested: { list: [null] } },
      certainty: 'exact',
    },
  ],
  texts: [{ text: 'UPDATE orders\0 SET x = $1', truncated: 90_000, sha256: hash }],
  params: [
    { type: 'text', format: 'text', value: 'refunded' },
    { format: 'binary', value: null },
  ],
  context: { database: 'shop' },
  waiting: true,
}
const { claims: _claims, ...identity } = request.identity

describe('what is put before people', () => {
  it('arrives as it was said, but for the claims of the token', () => {
    expect(readHold(encodeHold(request))).toEqual({ ...request, identity })
    expect(encodeHold(request).toString()).not.toContain('not-for-others')
  })

  it.each([
    ['an unknown field', { more: 1 }],
    ['no digest', { digest: 'abc' }],
    ['nobody to approve', { hold: { ...request.hold, approvers: [] } }],
    ['fewer than one person', { hold: { ...request.hold, approvers: [{ groups: ['dba'], principals: [], count: 0 }] } }],
    ['half a person', { hold: { ...request.hold, approvers: [{ groups: ['dba'], principals: [], count: 0.5 }] } }],
    ['an endless time', { hold: { ...request.hold, ttl: 'for ever' } }],
    ['another kind of principal', { identity: { ...identity, principal: { ...ana, kind: 'root' } } }],
    ['a missing chain', { identity: { principal: ana, token } }],
  ])('is refused with %s', (_, wrong) => {
    expect(() => readHold(canonicalBytes({ ...request, identity, ...wrong }))).toThrow(/^\//)
  })

  it('is refused in another spelling, and when it is too large, at both ends', () => {
    expect(() => readHold(Buffer.from(` ${encodeHold(request).toString()}`))).toThrow('canonical')
    const large = { ...request, texts: [{ text: 'x'.repeat(limits.hold) }] }
    expect(() => encodeHold(large)).toThrow('too large')
    expect(() => readHold(canonicalBytes({ ...large, identity }))).toThrow('too large')
  })
})

it('an end without a grant is one of three', () => {
  const ended = { approvalId: 'apr_1', state: 'denied', message: 'no' }
  expect(readEnded(ended)).toEqual({ approval: 'apr_1', state: 'denied', message: 'no' })
  expect(() => readEnded({ ...ended, state: 'approved' })).toThrow('does not know')
})
