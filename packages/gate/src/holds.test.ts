import type { Action, Hold, Resource, Unit } from '@sallyport/core'
import { createWorld, identityOf, policyOf } from '@sallyport/testkit'
import { describe, expect, it } from 'vitest'
import { createGate } from './gate.js'

const resource: Resource = { id: 'res_1', name: 'shop', protocol: 'line', labels: {}, target: {}, secrets: {} }
const held = (hold: object = {}) => ({
  id: 'held',
  match: { effects: { any: ['delete'], only: ['delete'] } },
  action: 'hold',
  approvers: [{ groups: ['dba'], count: 1 }],
  hold,
})
const policy = (hold: object = {}, more: object = {}) =>
  policyOf({ kind: 'policy', name: 'p', subjects: { groups: ['ai-agents'] }, resources: { names: ['shop'] }, rules: [held(hold)], ...more })
const ana = identityOf('ana', { groups: ['ai-agents'] })
/** Whose token runs out. */
const mortal = identityOf('ana', { groups: ['ai-agents'], expiresAt: Date.UTC(2026, 0, 1, 5) })
const action: Action = { verb: 'delete', effects: ['delete'], touches: [], facts: {}, certainty: 'exact' }
const unit = (text = 'DELETE 7', more: Partial<Unit> = {}): Unit => ({
  actions: [action],
  exact: [Buffer.from(text)],
  context: { database: 'shop' },
  ...more,
})
const turn = () => new Promise(setImmediate)

/** A client that can leave. */
function client() {
  const controller = new AbortController()
  const told: { hold: Hold; id: string }[] = []
  const presenter = { signal: () => controller.signal, held: (hold: Hold, { id }: { id: string }) => void told.push({ hold, id }) }
  return { presenter, told, leave: () => controller.abort() }
}

async function opened(policies = [policy()], who = ana) {
  const world = createWorld({ policies, resources: [resource] })
  const gate = createGate(world, { obligations: () => ({ mask: 'refused', record: 'honoured', max_rows: 'refused', hold: 'honoured' }) })
  const session = await gate.open(who, { resource: 'shop', facts: { protocol: 'line', client: { address: '::1' } } })
  const ask = (asked: Unit = unit()) => {
    const who = client()
    let verdict: unknown
    void Promise.resolve(session.judge(asked, who.presenter)).then((v) => (verdict = v))
    return { ...who, verdict: () => verdict }
  }
  const approve = (at = -1, more = {}) => {
    const grant = world.approvals.grantOf(world.approvals.requests.at(at)!, more)
    world.config.apply({ grants: [...(world.config.current()!.grants ?? []), grant] })
    return grant
  }
  return { world, session, ask, approve }
}

describe('a hold', () => {
  it('is filed with all that people must see, told to the client, and let run once when it is approved', async () => {
    const { world, ask, approve } = await opened()
    const asked = ask()
    await turn()
    expect(asked.verdict()).toBeUndefined()
    expect(asked.told).toMatchObject([{ hold: { approvers: [{ groups: ['dba'] }] }, id: 'apr_1' }])
    expect(world.approvals.requests).toMatchObject([
      { texts: [{ text: 'DELETE 7' }], resource: { name: 'shop' }, identity: { principal: { name: 'ana' } }, waiting: true },
    ])
    const grant = approve()
    await turn()
    expect(asked.verdict()).toMatchObject({ kind: 'permit', allow: { grant: grant.id, rules: [{ rule: 'held' }] } })
    expect(world.approvals.used).toEqual([grant.id])
    expect(world.journal.events.map(({ type }) => type)).toEqual([
      'session.opened',
      'statement.decided',
      'statement.held',
      'statement.released',
    ])
    expect(world.journal.ofType('statement.released')).toMatchObject([{ decision: 'allow', grant: grant.id, approval: 'apr_1' }])
  })

  it('asks again for the same thing once its approval is used', async () => {
    const { world, ask, approve } = await opened()
    ask()
    await turn()
    approve()
    await turn()
    const second = ask()
    await turn()
    expect(second.verdict()).toBeUndefined()
    expect(world.approvals.requests.length).toBe(2)
  })

  it.each<[string, Unit]>([
    ['another text', unit('DELETE 8')],
    ['another parameter', unit('DELETE 7', { params: [{ format: 'text', value: Buffer.from('8') }] })],
    ['another type of parameter', unit('DELETE 7', { params: [{ type: '25', format: 'text', value: Buffer.from('7') }] })],
    ['another meaning of its names', unit('DELETE 7', { means: () => ['public.orders 16400'] })],
    ['another setting', unit('DELETE 7', { context: { database: 'shop', search_path: 'evil' } })],
  ])('approved for one thing does not let %s run', async (_what, other) => {
    const { world, ask, approve } = await opened()
    ask(unit('DELETE 7', { params: [{ format: 'text', value: Buffer.from('7') }] }))
    await turn()
    approve()
    const asked = ask(other)
    await turn()
    expect(asked.verdict()).toBeUndefined()
    expect(world.approvals.requests.length).toBe(2)
    expect(world.approvals.requests[0]!.digest).not.toBe(world.approvals.requests[1]!.digest)
  })

  it('of two who ask the same lets one run by a grant of one use', async () => {
    const { world, ask, approve } = await opened()
    const both = [ask(), ask()]
    await turn()
    approve()
    await turn()
    await turn()
    expect(both.map((one) => one.verdict()).filter((v) => v !== undefined)).toMatchObject([{ kind: 'permit' }])
    expect(world.approvals.used.length).toBe(1)
  })

  it('that is denied tells why', async () => {
    const { world, ask } = await opened()
    const asked = ask()
    await turn()
    world.approvals.end({ approval: 'apr_1', state: 'denied', message: 'dana denied it: not on a Friday' })
    await turn()
    expect(asked.verdict()).toMatchObject({ kind: 'deny', code: 'denied', message: 'policy p, rule held: dana denied it: not on a Friday' })
    expect(world.journal.ofType('statement.released')).toMatchObject([{ decision: 'deny', approval: 'apr_1' }])
  })
})

describe('what nobody waits for any more never runs', () => {
  it.each([
    ['before it is filed', 0],
    ['while people decide', 1],
  ])('the client left %s', async (_when, turns) => {
    const { world, ask, approve } = await opened()
    if (turns === 0) world.approvals.stall()
    const asked = ask()
    await turn()
    asked.leave()
    world.approvals.goOn()
    await turn()
    expect(asked.verdict()).toMatchObject({ kind: 'deny', code: 'withdrawn' })
    expect(world.approvals.withdrawn).toEqual(['apr_1'])
    approve()
    await turn()
    expect(world.approvals.used).toEqual([])
  })

  it('the client left while the use was being taken: it is spent, and nothing runs', async () => {
    const { world, ask, approve } = await opened()
    const asked = ask()
    await turn()
    world.approvals.stall()
    approve()
    await turn()
    asked.leave()
    world.approvals.goOn()
    await turn()
    expect(asked.verdict()).toMatchObject({ kind: 'deny', code: 'withdrawn' })
    expect(world.approvals.used.length).toBe(1)
    expect(world.journal.ofType('statement.released')).toMatchObject([{ decision: 'deny' }])
  })

  it('the session was cut, its token ran out, somebody locked it', async () => {
    for (const end of ['cut', 'token', 'lock'] as const) {
      const { world, session, ask } = await opened([policy({ wait: '20h', ttl: '20h' })], mortal)
      const asked = ask()
      await turn()
      if (end === 'cut') world.config.terminate(session.id, 'by root')
      if (end === 'token') world.clock.advance(10 * 3_600_000)
      if (end === 'lock') world.config.apply({ policies: [] })
      await turn()
      expect(asked.verdict()).toMatchObject({ kind: 'deny' })
      expect(world.approvals.withdrawn).toEqual(['apr_1'])
    }
  })

  it('a policy came that denies it, or that holds it for other reasons', async () => {
    const deny = { id: 'no', match: { effects: { any: ['delete'] } }, action: 'deny', message: 'frozen' }
    const { world, ask } = await opened()
    const asked = ask()
    await turn()
    world.config.apply({ policies: [policy({}, { rules: [held(), deny] })] })
    await turn()
    expect(asked.verdict()).toMatchObject({ kind: 'deny', message: expect.stringContaining('frozen') as string })
    const again = ask()
    world.config.apply({ policies: [policy()] })
    const third = ask()
    await turn()
    world.config.apply({ policies: [policy({ ttl: '1h' })] })
    await turn()
    expect(again.verdict()).toMatchObject({ kind: 'deny' })
    expect(third.verdict()).toMatchObject({ kind: 'deny', message: expect.stringContaining('have changed') as string })
  })

  it('a policy that came while the use was being taken denies it', async () => {
    const { world, ask, approve } = await opened()
    const asked = ask()
    await turn()
    world.approvals.stall()
    approve()
    await turn()
    const deny = { id: 'no', match: { effects: { any: ['delete'] } }, action: 'deny', message: 'frozen' }
    world.config.apply({ policies: [policy({}, { rules: [held(), deny] })] })
    world.approvals.goOn()
    await turn()
    expect(asked.verdict()).toMatchObject({ kind: 'deny' })
  })
})

describe('what people cannot have approved', () => {
  it('is what its names came to stand for while it waited: no use is taken, and nothing runs', async () => {
    const { world, ask, approve } = await opened()
    let oid = 16400
    const asked = ask(unit('DELETE 7', { means: () => [`public.orders ${oid}`] }))
    await turn()
    oid++
    approve()
    await turn()
    expect(asked.verdict()).toMatchObject({ kind: 'deny', message: expect.stringContaining('has changed since') as string })
    expect(world.approvals.used).toEqual([])
  })

  it('is what comes only once it runs: nobody is asked', async () => {
    const { world, ask } = await opened()
    const asked = ask(unit('COPY', { unseen: 'the data comes later' }))
    await turn()
    expect(asked.verdict()).toMatchObject({ kind: 'deny', message: expect.stringContaining('the data comes later') as string })
    expect(world.approvals.requests).toEqual([])
  })

  it('is told to them as they can read it, and bound to what it is', async () => {
    const { world, ask } = await opened()
    const params = [{ type: '23', format: 'binary', value: Buffer.from([0, 0, 0, 7]) }] as const
    ask(unit('DELETE $1', { params, readable: () => [{ type: 'int4', format: 'text', value: Buffer.from('7') }] }))
    ask(unit('DELETE $1', { params }))
    await turn()
    const [first, second] = world.approvals.requests
    expect([first!.params, second!.params]).toEqual([
      [{ type: 'int4', format: 'text', value: '7' }],
      [{ type: '23', format: 'binary', value: '00000007' }],
    ])
    expect(first!.digest).toBe(second!.digest)
  })
})

describe('who cannot wait', () => {
  it('is told where to ask when the wait is over, and passes once when it asks again after the approval', async () => {
    const { world, ask, approve } = await opened([policy({ wait: '1m' })])
    const asked = ask()
    await turn()
    world.clock.advance(60_000)
    await turn()
    expect(asked.verdict()).toMatchObject({ kind: 'deny', code: 'needs_approval', approval: { id: 'apr_1' } })
    expect(world.approvals.withdrawn).toEqual([])
    approve()
    const rerun = ask()
    await turn()
    expect(rerun.verdict()).toMatchObject({ kind: 'permit' })
    const third = ask()
    await turn()
    expect(third.verdict()).toBeUndefined()
  })

  it('is answered at once under mode: retry, inside a transaction, and by the patience of its protocol', async () => {
    const retry = await opened([policy({ mode: 'retry' })])
    const first = retry.ask()
    await turn()
    expect(first.verdict()).toMatchObject({ kind: 'deny', approval: { id: 'apr_1' } })
    expect(retry.world.approvals.requests).toMatchObject([{ waiting: false }])

    const inside = await opened()
    const open = inside.ask(unit('DELETE 7', { transaction: 'open' }))
    await turn()
    expect(open.verdict()).toMatchObject({ kind: 'deny', approval: { id: 'apr_1' } })

    const short = await opened()
    const hurried = short.ask(unit('DELETE 7', { patience: 500 }))
    await turn()
    short.world.clock.advance(500)
    await turn()
    expect(hurried.verdict()).toMatchObject({ kind: 'deny', approval: { id: 'apr_1' } })
  })

  it('inside a transaction is refused without asking anybody, or waits so long, where the policy says so', async () => {
    const refuse = await opened([policy({ in_transaction: 'refuse' })])
    const refused = refuse.ask(unit('DELETE 7', { transaction: 'open' }))
    await turn()
    expect(refused.verdict()).toMatchObject({ kind: 'deny', code: 'needs_approval' })
    expect(refuse.world.approvals.requests).toEqual([])

    const wait = await opened([policy({ in_transaction: { wait: '5s' } })])
    const waits = wait.ask(unit('DELETE 7', { transaction: 'open' }))
    await turn()
    expect(waits.verdict()).toBeUndefined()
    wait.world.clock.advance(5_000)
    await turn()
    expect(waits.verdict()).toMatchObject({ kind: 'deny', approval: { id: 'apr_1' } })
  })

  it('is refused clearly while nobody can be asked', async () => {
    const { world, ask } = await opened()
    world.approvals.breakDown()
    const asked = ask()
    await turn()
    expect(asked.verdict()).toMatchObject({
      kind: 'deny',
      code: 'needs_approval',
      message: expect.stringContaining('nobody can be asked') as string,
    })
  })
})

describe('what an approval let run', () => {
  it('stays when its grant leaves the configuration or runs out, and lapses when a policy denies it', async () => {
    const { world, ask, approve } = await opened()
    const asked = ask()
    await turn()
    approve(-1, { expiresAt: world.clock.now() + 1000 })
    await turn()
    const lapsed: string[] = []
    const permit = asked.verdict() as { onLapse(listener: (reason: { message: string }) => void): void }
    permit.onLapse(({ message }) => lapsed.push(message))
    world.clock.advance(2000)
    world.config.apply({ grants: [] })
    expect(lapsed).toEqual([])
    const deny = { id: 'no', match: { effects: { any: ['delete'] } }, action: 'deny', message: 'frozen' }
    world.config.apply({ policies: [policy({}, { rules: [held(), deny] })] })
    expect(lapsed).toMatchObject([expect.stringContaining('frozen')])
  })
})
