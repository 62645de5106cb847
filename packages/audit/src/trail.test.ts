import { generateKeyPairSync } from 'node:crypto'
import { assert, integer, nat, property } from 'fast-check'
import type { AuditEvent, Identity } from '@sallyport/core'
import { describe, expect, it } from 'vitest'
import {
  createChain,
  decodeRecord,
  encodeRecord,
  EncodingError,
  genesis,
  hashRecord,
  signHead,
  standsIn,
  verifyBatch,
  verifyHead,
  verifySession,
} from './index.js'
import type { Batch, Head } from './index.js'

const origin = { agent: 'agt_a', instance: 'ins_a', spool: 'spl_a' }
const keys = generateKeyPairSync('ed25519')

const identity: Identity = {
  principal: { provider: 'demo', subject: 'billing-agent', name: 'billing-agent', kind: 'agent', groups: ['ai-agents'], primary: true },
  chain: [{ provider: 'demo', subject: 'alice', name: 'alice', kind: 'human', groups: [], person: 'alice@example.com', primary: true }],
  token: { id: 'jti-1', issuer: 'http://issuer', audience: ['sallyport'], issuedAt: 1, expiresAt: 2 },
  claims: { zeta: [1, { b: null, a: 'ü\u2028' }], alpha: true },
}

const opened = (session: string): AuditEvent => ({
  id: 'evt_1',
  at: 1,
  type: 'session.opened',
  session,
  identity,
  resource: { id: 'res_1', name: 'shop', protocol: 'postgres', labels: { env: 'prod' } },
  facts: { id: session, protocol: 'postgres', client: { address: '127.0.0.1', application: 'psql' }, database: 'shop', role: 'app' },
  rules: [{ policy: 'p', rule: 'r' }],
})

const decided = (session: string): AuditEvent => ({
  id: 'evt_2',
  at: 2,
  type: 'statement.decided',
  session,
  statement: 'stm_1',
  decision: 'deny',
  rules: [{ policy: 'p', rule: 'r' }],
  shadow: [{ rule: { policy: 's', rule: 'q' }, action: 'deny' }],
  code: 'denied',
  message: 'no',
  actions: [
    {
      verb: 'select',
      effects: ['read'],
      touches: [{ kind: 'relation', name: 'public.t', access: 'read', use: 'output', labels: ['pii'] }],
      functions: ['pg_catalog.count'],
      facts: { filtered: false, rows_estimate: 12.5 },
      certainty: 'unknown',
      reason: 'a reason',
    },
  ],
  texts: [{ text: 'select 1' }, { text: 'sel', truncated: 8, sha256: 'ab' }],
  params: [
    { type: 'int4', format: 'text', value: '1' },
    { format: 'binary', value: null },
  ],
  context: { database: 'shop' },
  policyVersion: '7',
})

const ended = (session: string): AuditEvent => ({
  id: 'evt_3',
  at: 3,
  type: 'session.ended',
  session,
  reason: { code: 'client_closed', message: 'bye' },
  units: 1,
})

const events: readonly AuditEvent[] = [
  { id: 'evt_0', at: 0, type: 'agent.noted', what: 'started', detail: { version: '1', pid: 2, clean: true } },
  { id: 'evt_l', at: 0, type: 'login.refused', protocol: 'postgres', address: '::1', code: 'token_expired', message: 'expired' },
  opened('ses_a'),
  opened('ses_b'),
  decided('ses_a'),
  {
    id: 'evt_e',
    at: 3,
    type: 'statement.ended',
    session: 'ses_a',
    statement: 'stm_1',
    outcome: { status: 'ok', rows: 3, bytes: 9 },
    duration: 1.25,
  },
  {
    id: 'evt_r',
    at: 3,
    type: 'session.refused',
    session: 'ses_c',
    identity,
    resource: 'x',
    protocol: 'postgres',
    address: '::1',
    code: 'locked',
    message: 'm',
    rules: [],
  },
  ended('ses_b'),
  ended('ses_a'),
]

function written(list: readonly AuditEvent[] = events): { readonly records: readonly Uint8Array[]; readonly head: Head } {
  const chain = createChain(origin)
  const appended = list.map((event) => chain.append(event))
  const last = appended.at(-1)
  return { records: appended.map((a) => a.bytes), head: { ...origin, sequence: last?.sequence ?? 0, hash: last?.hash ?? genesis } }
}

function batch(change: Partial<Batch> = {}): Batch {
  const { records, head } = written()
  return { previous: { sequence: 0, hash: genesis }, records, head: signHead(head, keys.privateKey), publicKey: keys.publicKey, ...change }
}

describe('a trail', () => {
  it('is the same bytes whether an action is told for the first time or again', () => {
    const chain = createChain(origin)
    const event = decided('ses_a')
    const written = [opened('ses_a'), event, { ...event, id: 'evt_3' }, { ...decided('ses_a'), id: 'evt_4' }].map((one) =>
      chain.append(one),
    )
    for (const { bytes, hash } of written) {
      const { hash: told, ...record } = decodeRecord(bytes)
      expect(Buffer.from(encodeRecord(record).bytes).equals(bytes)).toBe(true)
      expect(told).toBe(hash)
    }
  })

  it('verifies as it was written, and gives back every event', () => {
    const verdict = verifyBatch(batch())
    if (!verdict.ok) throw new Error(verdict.reason)
    expect(verdict.events.map((record) => record.event)).toEqual(events)
    expect(verdict.events.map((record) => record.sequence)).toEqual(events.map((_, i) => i + 1))
    expect(verdict.hash).toBe(batch().head.hash)
  })

  it('verifies in batches that each go on where the last one ended', () => {
    const chain = createChain(origin)
    let previous = { sequence: 0, hash: genesis }
    for (const event of events) {
      const { bytes, sequence, hash } = chain.append(event)
      const head = signHead({ ...origin, sequence, hash }, keys.privateKey)
      expect(verifyBatch({ previous, records: [bytes], head, publicKey: keys.publicKey }).ok).toBe(true)
      previous = { sequence, hash }
    }
  })

  it('goes on in another process from the state it left, open sessions included', () => {
    const first = createChain(origin)
    const before = events.slice(0, 5).map((event) => first.append(event))
    const second = createChain({ ...origin, head: structuredClone(first.state()) })
    const after = events.slice(5).map((event) => second.append(event))
    expect([...before, ...after].map((a) => a.hash)).toEqual(written().records.map(hashRecord))
  })

  it('detects any change of a single byte', () => {
    const { records, head } = written()
    const signed = signHead(head, keys.privateKey)
    assert(
      property(nat(records.length - 1), nat(), integer({ min: 1, max: 255 }), (at, offset, flip) => {
        const changed = Buffer.from(records.at(at)!)
        const index = offset % changed.length
        changed[index] = changed[index]! ^ flip
        const verdict = verifyBatch(batch({ records: records.with(at, changed), head: signed }))
        expect(verdict.ok).toBe(false)
        expect(verdict.ok ? 0 : verdict.at).toBeGreaterThan(at)
      }),
      { numRuns: 2000 },
    )
  })

  it('detects every removal, truncation, repetition and swap', () => {
    const { records } = written()
    for (let i = 0; i < records.length; i++) {
      expect(verifyBatch(batch({ records: records.toSpliced(i, 1) })).ok).toBe(false)
      expect(verifyBatch(batch({ records: records.slice(0, i) })).ok).toBe(false)
      expect(verifyBatch(batch({ records: records.slice(i + 1) })).ok).toBe(false)
      expect(verifyBatch(batch({ records: records.toSpliced(i, 0, records.at(i)!) })).ok).toBe(false)
      for (let j = i + 1; j < records.length; j++) {
        expect(verifyBatch(batch({ records: records.with(i, records.at(j)!).with(j, records.at(i)!) })).ok).toBe(false)
      }
    }
  })

  it('detects a fork: the same sequence with another record, properly signed', () => {
    const { records, head } = written()
    const other = written([...events.slice(0, -1), { ...events.at(-1)!, at: 99 }])
    expect(verifyBatch(batch({ records: other.records, head: signHead(head, keys.privateKey) }))).toMatchObject({
      ok: false,
      reason: 'head',
    })
    const prefix = written(events.slice(0, 4))
    const strangers = { previous: { sequence: 4, hash: hashRecord(other.records.at(5)!) }, records: records.slice(4) }
    expect(verifyBatch(batch(strangers))).toEqual({ ok: false, reason: 'chain', at: 5 })
    expect(verifyBatch(batch({ ...strangers, previous: { sequence: 4, hash: prefix.head.hash } })).ok).toBe(true)
  })

  it('detects a head that another key signed, or that names another spool', () => {
    const { head } = written()
    const stranger = generateKeyPairSync('ed25519')
    expect(verifyBatch(batch({ head: signHead(head, stranger.privateKey) }))).toMatchObject({ ok: false, reason: 'signature' })
    expect(verifyBatch(batch({ head: signHead({ ...head, spool: 'spl_b' }, keys.privateKey) }))).toMatchObject({
      ok: false,
      reason: 'origin',
      at: 1,
    })
    expect(verifyHead({ ...signHead(head, keys.privateKey), sequence: 1 }, keys.publicKey)).toBe(false)
    expect(verifyHead({ ...signHead(head, keys.privateKey), signature: new Uint8Array(3) }, keys.publicKey)).toBe(false)
  })

  it('signs with Ed25519 only', () => {
    const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
    expect(() => signHead(written().head, privateKey)).toThrow('Ed25519')
  })

  it('takes an empty batch only with a head of what is known already', () => {
    const { head } = written()
    const known = { sequence: head.sequence, hash: head.hash }
    expect(verifyBatch(batch({ records: [], previous: known })).ok).toBe(true)
    expect(verifyBatch(batch({ records: [] }))).toMatchObject({ ok: false, reason: 'head' })
  })
})

describe('the trail of a session', () => {
  const of = (session: string): Uint8Array[] => written().records.filter((_, i) => events.at(i)!.session === session)

  it('verifies alone, and says whether it reaches its end', () => {
    const whole = of('ses_a')
    expect(verifySession('ses_a', whole)).toMatchObject({ ok: true, complete: true })
    expect(verifySession('ses_a', whole.slice(0, -1))).toMatchObject({ ok: true, complete: false })
  })

  it('detects a record removed, repeated, swapped or of another session', () => {
    const whole = of('ses_a')
    for (let i = 0; i < whole.length - 1; i++) expect(verifySession('ses_a', whole.toSpliced(i, 1)).ok).toBe(false)
    expect(verifySession('ses_a', [...whole, whole.at(0)!]).ok).toBe(false)
    expect(verifySession('ses_a', [whole.at(1)!, whole.at(0)!]).ok).toBe(false)
    expect(verifySession('ses_a', of('ses_b')).ok).toBe(false)
  })
})

describe('a chain', () => {
  it('refuses what cannot follow, and stays as it was', () => {
    const chain = createChain(origin)
    chain.append(opened('ses_a'))
    const before = chain.state()
    expect(() => chain.append(opened('ses_a'))).toThrow('open already')
    expect(() => chain.append(ended('ses_b'))).toThrow('not open')
    expect(() => chain.append({ ...ended('ses_a'), type: 'session.vanished' } as unknown as AuditEvent)).toThrow('does not know')
    expect(() => chain.append({ ...ended('ses_a'), type: 'constructor' } as unknown as AuditEvent)).toThrow('does not know')
    expect(() => chain.append({ ...ended('ses_a'), units: Number.NaN } as AuditEvent)).toThrow(EncodingError)
    expect(chain.state()).toEqual(before)
    chain.append(ended('ses_a'))
    expect(() => chain.append(ended('ses_a'))).toThrow('not open')
  })

  it('refuses a record beyond the size limit', () => {
    const huge = { id: 'evt_1', at: 1, type: 'agent.noted', what: 'x'.repeat(2 * 1024 * 1024), detail: {} } as const
    expect(() => createChain(origin).append(huge)).toThrow('larger than')
  })
})

describe('decoding a record', () => {
  const record = { ...origin, sequence: 1, previous: genesis, event: events.at(0)! }
  const line = Buffer.from(encodeRecord(record).bytes).toString()

  it('gives back what was encoded', () => {
    expect(decodeRecord(Buffer.from(line))).toEqual({ ...record, hash: hashRecord(Buffer.from(line)) })
  })

  it.each([
    ['white space', ` ${line}`],
    ['a byte order mark', `\ufeff${line}`],
    ['a field of another version', line.replace('"v":1', '"v":1,"x":2')],
    ['another version', line.replace('"v":1', '"v":2')],
    ['an escaped spelling of the same text', line.replace('"agt_a"', '"\\u0061gt_a"')],
    ['a number spelled otherwise', line.replace('"sequence":1', '"sequence":1.0')],
    ['a sequence of zero', line.replace('"sequence":1', '"sequence":0')],
    ['an upper-case hash', line.replace(genesis, 'A'.repeat(64))],
    ['half a session chain', line.replace('"event"', '"session_sequence":1,"event"')],
    ['fields in another order', line.replace('"v":1,"agent":"agt_a"', '"agent":"agt_a","v":1')],
    ['a repeated field', line.replace('"v":1', '"v":1,"v":1')],
    ['no object', '7'],
    ['no event', '{"v":1}'],
    ['an event that is null', line.replace(/"event":\{.*\}\}/, '"event":null}')],
    ['nothing', ''],
  ])('refuses %s', (_name, bytes) => {
    expect(bytes).not.toBe(line)
    expect(() => decodeRecord(Buffer.from(bytes))).toThrow(EncodingError)
  })

  it('tells a record at its place from one at any other', () => {
    const { sequence, previous } = record
    const standsAt = standsIn(origin)
    expect(standsAt(Buffer.from(line), { sequence, previous })).toBe(true)
    expect(standsAt(Buffer.from(line), { sequence: 2, previous })).toBe(false)
    expect(standsAt(Buffer.from(line), { sequence, previous: 'a'.repeat(64) })).toBe(false)
    expect(standsIn({ ...origin, spool: 'spl_' })(Buffer.from(line), { sequence, previous })).toBe(false)
    expect(standsIn({ ...origin, spool: 'spl_b' })(Buffer.from(line), { sequence, previous })).toBe(false)
    expect(standsAt(new Uint8Array(3), { sequence, previous })).toBe(false)
  })

  it('refuses bytes that are not UTF-8', () => {
    const broken = Buffer.from(line)
    broken[broken.indexOf('agt_a')] = 0xff
    expect(() => decodeRecord(broken)).toThrow(EncodingError)
  })
})
