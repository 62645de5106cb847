import type { Action, CloseReason, Resource, Unit } from '@sallyport/core'
import { createWorld, identityOf, policyOf } from '@sallyport/testkit'
import { describe, expect, it } from 'vitest'
import type { Permit } from './engine.js'
import { createGate } from './gate.js'

const resource: Resource = { id: 'res_1', name: 'shop', protocol: 'line', labels: {}, target: {}, secrets: {} }
const rule = (id: string, effect: string, rest: object) => ({ id, match: { effects: { any: [effect], only: [effect] } }, ...rest })
const policy = policyOf({
  kind: 'policy',
  name: 'mixed',
  subjects: { groups: ['ai-agents'] },
  resources: { names: ['shop'] },
  rules: [
    rule('read', 'read', { action: 'allow' }),
    rule('write', 'write', { action: 'allow' }),
    rule('held', 'delete', { action: 'hold', approvers: [{ groups: ['dba'], count: 1 }] }),
    { id: 'secret', match: { touches: [{ kind: 'relation', name: 'public.payroll' }] }, action: 'deny', message: 'payroll is closed' },
  ],
  masks: [{ id: 'mail', columns: ['public.customers.email'], as: 'redact' }],
})
const ana = identityOf('ana', { groups: ['ai-agents'] })

function action(effect: string, touches: Action['touches'] = [], facts: Action['facts'] = {}): Action {
  return { verb: effect, effects: [effect], touches, facts, certainty: 'exact' }
}
const unitOf = (...actions: Action[]): Unit => ({ actions, exact: actions.map((a) => Buffer.from(a.verb)), context: { database: 'shop' } })

async function opened() {
  const world = createWorld({ policies: [policy], resources: [resource] })
  const gate = createGate(world, { obligations: () => ({ mask: 'refused', record: 'honoured', max_rows: 'refused' }) })
  const session = await gate.open(ana, { resource: 'shop', facts: { protocol: 'line', client: { address: '::1' } } })
  return { world, gate, session }
}

describe('judge', () => {
  it('answers a buffered allow at once, with its decision already recorded', async () => {
    const { world, session } = await opened()
    const permit = session.judge(unitOf(action('read')))
    expect(permit).toMatchObject({ kind: 'permit' })
    expect(world.journal.ofType('statement.decided')).toMatchObject([
      {
        decision: 'allow',
        rules: [{ policy: 'mixed', rule: 'read' }],
        texts: [{ text: 'read' }],
        context: { database: 'shop' },
        session: session.id,
      },
    ])
  })

  it('waits for a strict record before it permits', async () => {
    const { world, session } = await opened()
    world.journal.stall()
    const answer = session.judge(unitOf(action('write')))
    expect(answer).toBeInstanceOf(Promise)
    let permitted: unknown
    void Promise.resolve(answer).then((p) => (permitted = p))
    await new Promise(setImmediate)
    expect(permitted).toBeUndefined()
    world.journal.release()
    await new Promise(setImmediate)
    expect(permitted).toMatchObject({ kind: 'permit' })
  })

  it('refuses the whole unit when one action is denied, and names policy and rule', async () => {
    const { session } = await opened()
    const payroll = action('read', [{ kind: 'relation', name: 'public.payroll', access: 'read' }])
    const refusal = session.judge(unitOf(action('read'), payroll))
    expect(refusal).toMatchObject({ kind: 'deny', code: 'denied', rules: [{ policy: 'mixed', rule: 'secret' }] })
    expect((refusal as { message: string }).message).toContain('payroll is closed')
  })

  it('refuses what a hold or a mask would need, as long as the protocol cannot do it', async () => {
    const { session } = await opened()
    expect(session.judge(unitOf(action('delete')))).toMatchObject({
      kind: 'deny',
      code: 'needs_approval',
      message: expect.stringContaining('dba'),
    })
    const email = action('read', [{ kind: 'column', name: 'public.customers.email', access: 'read', use: 'output' }])
    expect(session.judge(unitOf(email))).toMatchObject({ kind: 'deny', message: expect.stringContaining('masked') })
  })

  it('masks columns where the protocol can, and refuses what asks for a path within a value', async () => {
    const permitted = async (columns: readonly string[]) => {
      const masked = policyOf({
        ...policyDocument('masked'),
        rules: [rule('read', 'read', { action: 'allow' })],
        masks: [{ id: 'mail', columns, as: 'redact' }],
      })
      const world = createWorld({ policies: [masked], resources: [resource] })
      const gate = createGate(world, { obligations: () => ({ mask: 'columns', record: 'honoured', max_rows: 'refused' }) })
      const session = await gate.open(ana, { resource: 'shop', facts: { protocol: 'line', client: { address: '::1' } } })
      return session.judge(
        unitOf(
          action('read', [{ kind: 'column', name: 'public.customers.email', access: 'read', use: 'output' }], { columns_listed: true }),
        ),
      )
    }
    expect(await permitted(['public.customers.email'])).toMatchObject({ kind: 'permit', masks: { key: expect.stringContaining('mail') } })
    expect(await permitted(['$.email'])).toMatchObject({
      kind: 'deny',
      message: expect.stringContaining('$.email may only be shown masked'),
    })
  })

  it('lets run what a recording that nobody keeps was asked for, and refuses it where the protocol says so', async () => {
    const replayed = policyOf({
      ...policyDocument('replayed'),
      rules: [rule('read', 'read', { action: 'allow' })],
      recording: { rows: 200 },
    })
    for (const [record, kind] of [
      ['unkept', 'permit'],
      ['refused', 'deny'],
    ] as const) {
      const world = createWorld({ policies: [replayed], resources: [resource] })
      const gate = createGate(world, { obligations: () => ({ mask: 'refused', record, max_rows: 'refused' }) })
      const session = await gate.open(ana, { resource: 'shop', facts: { protocol: 'line', client: { address: '::1' } } })
      expect(session.judge(unitOf(action('read')))).toMatchObject({ kind })
    }
  })

  it('refuses, records nothing as run and cuts the session when the trail cannot be written', async () => {
    const { world, session } = await opened()
    world.journal.breakDown()
    expect(session.judge(unitOf(action('read')))).toMatchObject({ kind: 'deny', code: 'record_failed' })
    expect(session.signal.reason).toMatchObject({ code: 'record_failed' })
    expect(session.judge(unitOf(action('read')))).toMatchObject({ kind: 'deny' })
  })

  it('refuses when the session was revoked while the strict record was being written', async () => {
    const { world, session } = await opened()
    world.journal.stall()
    const answer = session.judge(unitOf(action('write')))
    world.config.terminate(session.id, 'by root')
    world.journal.release()
    expect(await answer).toMatchObject({ kind: 'deny' })
    expect(world.journal.ofType('statement.ended')).toMatchObject([{ outcome: { status: 'cancelled' } }])
  })

  it('refuses when only this unit lapsed while the strict record was being written', async () => {
    const { world, session } = await opened()
    world.journal.stall()
    const answer = session.judge(unitOf(action('write')))
    const readOnly = policyOf({ ...policyDocument('read-only'), rules: [rule('read', 'read', { action: 'allow' })] })
    world.config.apply({ policies: [readOnly] })
    world.journal.release()
    expect(session.signal.aborted).toBe(false)
    expect(await answer).toMatchObject({ kind: 'deny' })
  })

  it('judges under a stale snapshot to a refusal even before the timer fires', async () => {
    const { world, session } = await opened()
    world.config.apply({ expiresAt: world.clock.now() })
    expect(session.judge(unitOf(action('read')))).toMatchObject({ kind: 'deny' })
  })
})

describe('a permit', () => {
  it('ends once, with its duration', async () => {
    const { world, session } = await opened()
    const permit = session.judge(unitOf(action('read'))) as Permit
    world.clock.advance(40)
    permit.done({ status: 'ok', rows: 3 })
    permit.done({ status: 'failed' })
    expect(world.journal.ofType('statement.ended')).toMatchObject([{ duration: 40, outcome: { status: 'ok', rows: 3 } }])
  })

  it('that nobody ended is told as outcome unknown when the session closes', async () => {
    const { world, session } = await opened()
    void session.judge(unitOf(action('read')))
    await session.close({ code: 'target_closed', message: 'gone' })
    expect(world.journal.ofType('statement.ended')).toMatchObject([{ outcome: { status: 'unknown' } }])
    expect(world.journal.events.at(-1)).toMatchObject({ type: 'session.ended', units: 1 })
  })

  it('lapses when a new snapshot denies what it permits, and others stay', async () => {
    const { world, session } = await opened()
    const write = (await session.judge(unitOf(action('write')))) as Permit
    const read = session.judge(unitOf(action('read'))) as Permit
    const lapsed: [string, CloseReason][] = []
    write.onLapse((reason) => lapsed.push(['write', reason]))
    read.onLapse((reason) => lapsed.push(['read', reason]))
    world.config.apply({ policies: [policyOf({ ...policyDocument('read-only'), rules: [rule('read', 'read', { action: 'allow' })] })] })
    expect(lapsed).toMatchObject([['write', { code: 'revoked' }]])
  })
})

describe('what is recorded', () => {
  it('tells each statement with its own text and parameters, also one that comes with the same bytes again', async () => {
    const { world, session } = await opened()
    const one = action('read')
    const [first, second] = [new TextEncoder().encode('select $1'), new TextEncoder().encode('select $1, 2')]
    const run = (exact: Uint8Array, value: string) =>
      session.judge({ actions: [one], exact: [exact], params: [{ format: 'text', value: Buffer.from(value) }], context: {} })
    for (const [exact, value] of [
      [first, 'a'],
      [second, 'b'],
      [first, 'c'],
      [Buffer.from('select $1'), 'd'],
    ] as const)
      void run(exact, value)
    const told = world.journal.ofType('statement.decided')
    expect(told.map(({ texts, params }) => [texts[0]?.text, params[0]?.value])).toEqual([
      ['select $1', 'a'],
      ['select $1, 2', 'b'],
      ['select $1', 'c'],
      ['select $1', 'd'],
    ])
    expect(told[2]?.texts).toBe(told[0]?.texts)
  })

  it('cuts a long text between characters and names the whole by its digest', async () => {
    const { world, session } = await opened()
    const text = Buffer.from(`${'x'.repeat(64 * 1024 - 1)}ü${'y'.repeat(100)}`)
    void session.judge({ ...unitOf(action('read')), exact: [text] })
    const [told] = world.journal.ofType('statement.decided')[0]!.texts
    expect(told).toMatchObject({ truncated: text.length, sha256: expect.stringMatching(/^[0-9a-f]{64}$/) })
    expect(told!.text).toBe('x'.repeat(64 * 1024 - 1))
  })

  it('says how much of a huge unit it leaves out, under a digest that a change of the least part changes', async () => {
    const { world, session } = await opened()
    const params = Array.from({ length: 40_000 }, (_, i) => ({ format: 'text', value: Buffer.from(String(i)) }) as const)
    const exact = Array.from({ length: 40_000 }, () => Buffer.from('insert into t values ($1)'))
    void session.judge({ ...unitOf(action('read')), exact, params })
    void session.judge({ ...unitOf(action('read')), exact, params: [...params.slice(0, -1), { format: 'text', value: Buffer.from('x') }] })
    const [first, second] = world.journal.ofType('statement.decided')
    expect(first!.texts.length + first!.omitted!.texts).toBe(40_000)
    expect(first!.params.length + first!.omitted!.params).toBe(40_000)
    expect(JSON.stringify(first).length).toBeLessThan(1 << 20)
    expect(first!.omitted!.sha256).not.toBe(second!.omitted!.sha256)
  })

  it('keeps parameters by format, and bytes that are no text as base64', async () => {
    const { world, session } = await opened()
    const params = [
      { type: 'int4', format: 'text', value: Buffer.from('7') },
      { format: 'binary', value: Uint8Array.of(0, 255) },
      { format: 'text', value: null },
    ] as const
    void session.judge({ ...unitOf(action('read')), exact: [Uint8Array.of(0xff, 0xfe)], params })
    const event = world.journal.ofType('statement.decided')[0]!
    expect(event.params).toEqual([
      { type: 'int4', format: 'text', value: '7' },
      { format: 'binary', value: '00ff' },
      { format: 'text', value: null },
    ])
    expect(event.texts[0]!.text).toBe('base64://4=')
  })
})

function policyDocument(name: string) {
  return { kind: 'policy', name, subjects: { groups: ['ai-agents'] }, resources: { names: ['shop'] } }
}
