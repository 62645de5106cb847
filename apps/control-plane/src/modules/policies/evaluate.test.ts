import { gzipSync } from 'node:zlib'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { newId } from '../../ids.js'
import { type Body, resourceBody, startWorld, type World } from '../../testing/world.js'

const text = 'pg_catalog.text'
const column = (name: string, attnum: number, from?: object) => ({ name, attnum, type: text, ...(from && { from }) })
const relation = (name: string, oid: number, more: object) => [name, { oid, kind: 'table', system: false, ...more }]

/** As an agent uploads it. */
const model = {
  epoch: 'abc123',
  searchPath: ['public'],
  schemas: ['public', 'hidden', 'pg_catalog'],
  serverVersion: 180_000,
  relations: [
    relation('public.customers', 20_000, { columns: [column('id', 1), column('email', 2), column('note', 3)] }),
    relation('public.contacts', 20_001, {
      kind: 'view',
      columns: [column('mail', 1, { bare: ['public.customers.email'], derived: [] })],
      reads: ['public.customers'],
    }),
    relation('hidden.customers', 20_002, { columns: [column('secret', 1)] }),
  ],
  functions: [
    ['public.shout', [{ oid: 30_000, args: [text], defaults: 0, variadic: false, volatility: 'i', kind: 'f', builtin: false }]],
    ['pg_catalog.upper', [{ oid: 871, args: [text], defaults: 0, variadic: false, volatility: 'i', kind: 'f', builtin: true }]],
  ],
  types: [[text, { kind: 'base', builtin: true }]],
  operators: [],
  casts: [],
}

const policy = {
  subjects: { groups: ['agents'] },
  resources: { names: ['shop'] },
  rules: [
    { id: 'read', match: { effects: { only: ['read', 'session_ok'] } }, action: 'allow' },
    { id: 'spare', when: 'session.database == "spare"', action: 'deny' },
    { id: 'someday', match: { touches: [{ kind: 'relation', name: 'public.customers' }] }, action: 'deny', shadow: true },
  ],
  masks: [{ id: 'pii', labels: ['pii.email'], as: { partial: { keep: 'domain' } }, uses: { derived: 'mask' } }],
}

let world: World
let admin: string

async function saveResource(target: object): Promise<string> {
  const body = resourceBody({ target: { databases: ['spare'], labels: { 'public.customers.email': ['pii.email'] }, ...target } })
  return (await world.ask('PUT', '/v1/resources/shop', { token: admin, body })).body.id
}

async function evaluate(statement: string, more: object = {}): Promise<Body & { readonly status: number }> {
  const body = { subject: { name: 'billing', groups: ['agents'] }, resource: 'shop', statement, ...more }
  const { status, body: answer } = await world.ask('POST', '/v1/policies/evaluate', { token: admin, body })
  return { status, ...answer }
}

beforeAll(async () => {
  world = await startWorld()
  admin = await world.as('admin')
  const resourceId = await saveResource({})
  await world.ask('PUT', '/v1/policies/masking', { token: admin, body: policy })
  const agentId = newId('agt')
  const key = new Uint8Array(32)
  const keys = { tlsKey: key, auditKey: key, sealingKey: key, certificateExpiresAt: new Date() }
  await world.db.agent.create({ data: { id: agentId, labels: {}, state: 'disconnected', version: '0', ...keys } })
  const packed = Uint8Array.from(gzipSync(JSON.stringify(model)))
  await world.db.targetModel.create({ data: { resourceId, database: 'shop', agentId, epoch: model.epoch, model: packed } })
})
afterAll(() => world.close())

describe('evaluate with the model of the target', () => {
  it('says which masks are in force, and what becomes of every column that comes out', async () => {
    const told = await evaluate('select id, email, upper(email) from customers; select mail from contacts')
    expect(told).toMatchObject({ status: 200, model: { known: true, epoch: 'abc123' }, decision: { kind: 'allow' }, role: 'gateway' })
    expect(told['masks']).toEqual([
      { rule: { policy: 'masking', rule: 'pii' }, columns: [], labels: ['pii.email'], detect: [], as: { partial: { keep: 'domain' } } },
    ])
    const domain = { partial: { keep: 'domain' } }
    expect(told['outputs']).toMatchObject([
      [{ bare: ['public.customers.id'], as: null }, { bare: ['public.customers.email'], as: domain }, { as: 'nullify' }],
      [{ as: domain }],
    ])
  })

  it('goes by the resource’s own document: functions, labels, search path, time limits', async () => {
    expect((await evaluate(`select shout(note) from customers`)).decision).toMatchObject({ kind: 'deny' })
    const functions = { 'public.shout(text)': { effects: ['read'], reads: ['public.customers.nothing'] } }
    await saveResource({ functions })
    const declared = await evaluate(`select shout(note) from customers`)
    expect(declared['actions'][0]).toMatchObject({ certainty: 'exact', functions: ['public.shout'] })
    expect(declared['warnings']).toEqual([expect.stringContaining('public.customers.nothing')])

    expect((await evaluate('set statement_timeout = 60000')).decision).toMatchObject({ kind: 'allow' })
    await saveResource({ imposed: { statement_timeout: '5s', search_path: ['hidden'] } })
    expect((await evaluate('set statement_timeout = 60000')).decision).toMatchObject({ kind: 'deny' })
    expect((await evaluate('select secret from customers'))['actions'][0]).toMatchObject({ certainty: 'exact' })
    await saveResource({})
  })

  it('is of one database, by its own model, and session facts are those of a session there', async () => {
    expect(await evaluate('select 1', { database: 'spare' })).toMatchObject({
      database: 'spare',
      model: { known: false },
      decision: { kind: 'deny', rules: [{ rule: 'spare' }] },
    })
    expect((await evaluate('select 1')).decision).toMatchObject({ kind: 'allow' })
    const { status, errors } = await evaluate('select 1', { database: 'elsewhere' })
    expect([status, errors[0]!.path]).toEqual([422, '/database'])
  })

  it('tells what a shadow rule would have decided, and what the engine refuses by itself', async () => {
    expect((await evaluate('select id from customers')).decision).toMatchObject({
      kind: 'allow',
      shadow: [{ rule: { rule: 'someday' }, action: 'deny' }],
    })
    const prepared = await evaluate('execute nothing')
    expect(prepared.decision).toMatchObject({ kind: 'deny', code: 'protocol_violation' })
  })

  it('says what the deciding policies ask for and the agent does not do', async () => {
    const body = { ...policy, recording: { rows: 5 } }
    await world.ask('PUT', '/v1/policies/masking', { token: admin, body })
    expect((await evaluate('select id from customers'))['warnings']).toEqual([expect.stringContaining('recording of results on postgres')])
    await world.ask('PUT', '/v1/policies/masking', { token: admin, body: policy })
    expect((await evaluate('select id from customers'))['warnings']).toEqual([])
  })

  it('judges the tests of a policy the same way', async () => {
    const as = { groups: ['agents'] }
    const tests = [
      { as, resource: 'shop', statement: 'select mail from contacts', expect: 'allow', rule: 'read' },
      { as, resource: 'shop', statement: 'select id from customers order by email', expect: 'deny', rule: 'pii' },
      { as, resource: 'shop', statement: 'select 1', expect: 'allow' },
    ]
    const rules = [...policy.rules, { id: 'role', when: 'session.role != "gateway"', action: 'deny' }]
    const { body } = await world.ask('POST', '/v1/policies/test', { token: admin, body: { name: 'trial', ...policy, rules, tests } })
    expect(body).toMatchObject({ passed: 3, failures: [], models: [{ resource: 'shop', known: true }] })
  })
})
