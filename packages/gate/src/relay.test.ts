import type { Resource } from '@sallyport/core'
import type { Policy } from '@sallyport/policy'
import { createDuplexPair, createLineDialect, createWorld, identityOf, listen, policyOf } from '@sallyport/testkit'
import { describe, expect, it } from 'vitest'
import type { Dialect } from './dialect.js'
import { createGate } from './gate.js'
import { relay, type RelayLimits } from './relay.js'

const resource: Resource = { id: 'res_1', name: 'shop', protocol: 'line', labels: {}, target: {}, secrets: {} }
const policy = policyOf({
  kind: 'policy',
  name: 'line',
  subjects: { groups: ['ai-agents'] },
  resources: { names: ['shop'] },
  rules: [
    { id: 'all', match: { effects: { only: ['read', 'write'] } }, action: 'allow' },
    { id: 'closed', match: { touches: [{ kind: 'thing', name: 'secret' }] }, action: 'deny' },
  ],
  record: 'buffered',
})

interface Wiring {
  readonly answer?: (query: string) => string | Promise<string>
  readonly highWaterMark?: number
  readonly dialect?: Dialect<string, string>
  readonly policy?: Policy
  readonly limits?: Partial<RelayLimits>
}

async function wired(options: Wiring = {}) {
  const world = createWorld({ policies: [options.policy ?? policy], resources: [resource] })
  const gate = createGate(world, { obligations: () => ({ mask: 'refused', record: 'honoured', max_rows: 'refused', hold: 'honoured' }) })
  const session = await gate.open(identityOf('ana', { groups: ['ai-agents'] }), {
    resource: 'shop',
    facts: { protocol: 'line', client: { address: '::1' } },
  })
  const size = options.highWaterMark === undefined ? {} : { highWaterMark: options.highWaterMark }
  const [client, clientEnd] = createDuplexPair(size)
  const [target, targetEnd] = createDuplexPair(size)
  let cancels = 0
  const over = relay({
    client: clientEnd,
    target: targetEnd,
    session,
    dialect: options.dialect ?? createLineDialect(),
    answer: options.answer ?? ((query) => query),
    cancel: () => cancels++,
    limits: { linger: 50, unsent: 4096, ...options.limits },
  })
  return { world, session, client, target, over, cancels: () => cancels }
}

describe('the relay', () => {
  it('forwards what is permitted, byte for byte, and the answer back', async () => {
    const { client, target } = await wired()
    const heard = listen(client)
    const asked = listen(target)
    client.write('read a\n')
    await asked.until('read a\n')
    target.write('value of a\n')
    await heard.until('value of a\n')
    expect(asked.text()).toBe('read a\n')
  })

  it('never lets a refused line reach the target, and goes on', async () => {
    const { client, target } = await wired()
    const heard = listen(client)
    const asked = listen(target)
    client.write('read secret\nfetch x\nread b\n')
    await asked.until('read b\n')
    expect(asked.text()).toBe('read b\n')
    await heard.until('refused')
  })

  it('keeps a refusal behind the answers that were asked for earlier', async () => {
    const { client, target } = await wired()
    const heard = listen(client)
    const asked = listen(target)
    client.write('read a\nread secret\nread b\n')
    await asked.until('read a\nread b\n')
    expect(heard.text()).toBe('')
    target.write('A\n')
    target.write('B\n')
    await heard.until('B\n')
    expect(heard.text()).toMatch(/^A\nrefused .*\nB\n$/)
  })

  it('stops reading a client while the dialect has its hands full', async () => {
    let full = true
    const dialect: Dialect<string, string> = {
      ...createLineDialect(),
      full: () => full,
    }
    const { client, target } = await wired({ dialect, highWaterMark: 64 })
    const asked = listen(target)
    client.write('read a\n')
    await asked.until('read a\n')
    for (let i = 0; i < 100; i++) client.write(`read ${i}\n`)
    await new Promise((resolve) => setImmediate(resolve))
    expect(client.writableNeedDrain).toBe(true)
    expect(asked.text()).toBe('read a\n')
    full = false
    target.write('A\n')
    await asked.until('read 99\n')
  })

  it('holds back later lines while a question is open, then goes on in order', async () => {
    let reply: (answer: string) => void = () => undefined
    const { client, target } = await wired({ answer: () => new Promise((resolve) => (reply = resolve)) })
    const asked = listen(target)
    client.write('slow: x\nread b\n')
    await new Promise(setImmediate)
    client.write('read c\n')
    await new Promise(setImmediate)
    expect(asked.text()).toBe('')
    reply('read a')
    await asked.until('read c\n')
    expect(asked.text()).toBe('read a\nread b\nread c\n')
  })

  it('ends the session when an answer from outside fails', async () => {
    const { client, over, world } = await wired({ answer: () => Promise.reject(new Error('worker died')) })
    listen(client)
    client.write('slow: x\n')
    await over
    expect(world.journal.ofType('session.ended')).toMatchObject([{ reason: { code: 'internal' } }])
  })

  it('records the outcome of each permit, and unknown for one whose target died', async () => {
    const { client, target, over, world } = await wired()
    listen(client)
    const asked = listen(target)
    client.write('read a\nread b\n')
    await asked.until('read b\n')
    target.write('A\n')
    await new Promise(setImmediate)
    target.destroy()
    await over
    expect(world.journal.ofType('statement.ended').map((e) => e.outcome.status)).toEqual(['ok', 'unknown'])
    expect(world.journal.events.at(-1)).toMatchObject({ type: 'session.ended', reason: { code: 'target_closed' } })
  })

  it('cuts both sides in the words of the protocol when the session is revoked', async () => {
    const { client, target, over, world } = await wired()
    const heard = listen(client)
    const asked = listen(target)
    client.write('read a\n')
    await asked.until('read a\n')
    world.config.apply({ policies: [] })
    await heard.until('cut revoked')
    await over
    expect(target.destroyed || target.readableEnded).toBe(true)
  })

  it('cancels upstream and cuts when a running permit lapses', async () => {
    const { client, target, over, world, cancels } = await wired()
    const heard = listen(client)
    const asked = listen(target)
    client.write('write a\n')
    await asked.until('write a\n')
    const rules = [{ id: 'read', match: { effects: { only: ['read'] } }, action: 'allow' }]
    world.config.apply({
      policies: [policyOf({ kind: 'policy', name: 'r', subjects: { groups: ['ai-agents'] }, resources: { names: ['shop'] }, rules })],
    })
    await heard.until('cut revoked')
    expect(cancels()).toBe(1)
    await over
    expect(world.journal.ofType('statement.ended')).toMatchObject([{ outcome: { status: 'cancelled' } }])
  })

  it('forwards nothing of a unit whose strict record was still being written when the client left', async () => {
    const { client, target, over, world } = await wired()
    const asked = listen(target)
    const strict = policyOf({
      kind: 'policy',
      name: 's',
      record: 'strict',
      subjects: { groups: ['ai-agents'] },
      resources: { names: ['shop'] },
      rules: [{ id: 'w', match: { effects: { only: ['write'] } }, action: 'allow' }],
    })
    world.config.apply({ policies: [strict] })
    world.journal.stall()
    client.write('write a\n')
    await new Promise(setImmediate)
    client.destroy()
    await new Promise(setImmediate)
    world.journal.release()
    await over
    expect(asked.text()).toBe('')
    expect(world.journal.ofType('statement.ended')).toMatchObject([{ outcome: { status: 'cancelled' } }])
  })

  it('ends though a cut client takes nothing any more', async () => {
    const { client, target, over, world, session } = await wired({ highWaterMark: 16 })
    const asked = listen(target)
    client.write('read a\n')
    await asked.until('read a\n')
    target.write(`${'x'.repeat(5000)}\n`)
    await new Promise(setImmediate)
    world.config.terminate(session.id, 'by root')
    await over
    expect(world.journal.ofType('session.ended')).toMatchObject([{ reason: { code: 'terminated' } }])
  })

  it('stops reading the target while the client does not take the answer', async () => {
    const { client, target } = await wired({ highWaterMark: 1024 })
    const asked = listen(target)
    client.write('read a\n')
    await asked.until('read a\n')
    let taken = 0
    const line = `${'x'.repeat(1023)}\n`
    const pump = () => {
      while (taken < 1000 && target.write(line)) taken++
    }
    target.on('drain', pump)
    pump()
    for (let i = 0; i < 50; i++) await new Promise(setImmediate)
    expect(taken).toBeLessThan(50)
  })
})

describe('while people are asked', () => {
  const held = {
    id: 'held',
    match: { touches: [{ kind: 'thing', name: 'held' }], effects: { only: ['read'] } },
    action: 'hold',
    approvers: [{ groups: ['dba'], count: 1 }],
  }
  const people = policyOf({
    kind: 'policy',
    name: 'people',
    subjects: { groups: ['ai-agents'] },
    resources: { names: ['shop'] },
    rules: [held, { id: 'others', match: { effects: { only: ['read'] } }, action: 'allow' }],
  })
  const turn = () => new Promise((resolve) => setTimeout(resolve, 10))

  async function waiting(dialect: Partial<Dialect<string, string>> = {}) {
    const wires = await wired({
      policy: people,
      dialect: { ...createLineDialect(), ...dialect },
      limits: { unwatched: 50, readAhead: 1024 },
    })
    wires.client.write('read held\n')
    while (wires.world.approvals.requests.length === 0) await turn()
    await turn()
    return { ...wires, heard: listen(wires.client) }
  }

  it('a client that says goodbye in what it sent ahead waits no more', async () => {
    const seen: string[] = []
    const leaves = (chunk: Uint8Array) => (seen.push(Buffer.from(chunk).toString()), seen.join('').includes('quit'))
    const { client, world } = await waiting({ leaves })
    client.write('read b\n')
    await turn()
    expect(world.approvals.withdrawn).toEqual([])
    client.write('quit\n')
    await turn()
    expect(world.approvals.withdrawn).toEqual(['apr_1'])
    expect(seen.join('')).toBe('read b\nquit\n')
  })

  it('a client that is not read any more waits a moment, and who is read waits on', async () => {
    const { client, world, heard } = await waiting()
    client.write('read b\n')
    await new Promise((resolve) => setTimeout(resolve, 100))
    expect(world.approvals.withdrawn).toEqual([])
    client.write(`read ${'b'.repeat(2000)}\n`)
    await new Promise((resolve) => setTimeout(resolve, 100))
    expect(world.approvals.withdrawn).toEqual(['apr_1'])
    await heard.until('withdrawn')
  })
})
