import type { Masks } from '@sallyport/core'
import { modelToJson } from '@sallyport/sql'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { startTarget, type TestTarget } from '../test/target.js'
import { postgres } from './index.js'
import { loadModel } from './model/load.js'

const target = { host: 'db', database: 'shop', databases: ['spare'], user: 'postgres' }

let server: TestTarget
let json: string
beforeAll(async () => {
  server = await startTarget()
  await server.sql(
    'create table customers (id int, email text)',
    'create view contacts as select id, email as mail from customers',
    'create schema hidden',
    'create table hidden.customers (id int, secret text)',
    `create function shout(text) returns text language sql immutable as 'select upper($1)'`,
  )
  const side = await server.side()
  json = modelToJson((await loadModel(side)).model)
  side.close()
})
afterAll(() => server.stop())

const loaded = postgres.load.judge()
const judge = async (statement: string, eyes: object = {}) => (await loaded).judge(statement, { target, model: json, ...eyes })
const actions = async (statement: string, eyes: object = {}) => (await judge(statement, eyes)).actions

test('a statement is told with the eyes of the model, as text or parsed', async () => {
  for (const model of [json, JSON.parse(json) as unknown]) {
    const found = await actions('select email from customers; delete from customers', { model })
    expect(found).toMatchObject([
      { verb: 'select', effects: ['read'], certainty: 'exact' },
      { verb: 'delete', facts: { filtered: false }, certainty: 'exact' },
    ])
    expect(found[0]!.touches).toContainEqual(expect.objectContaining({ kind: 'relation', name: 'public.customers' }))
  }
})

test('without a model names are of unknown certainty, and what cannot be read is unparsable', async () => {
  expect(await actions('select email from customers', { model: undefined })).toMatchObject([{ certainty: 'unknown' }])
  expect(await actions('select 1', { model: undefined })).toMatchObject([{ certainty: 'exact' }])
  expect(await actions('selec 1')).toMatchObject([{ effects: ['unparsable'], certainty: 'unknown' }])
})

test('a model that is none is refused, and so is a document that no session would be served by', async () => {
  for (const model of ['nonsense', '{}', {}, 7, null, [], { relations: [], functions: [], types: [] }]) {
    await expect(actions('select 1', { model })).rejects.toThrow(/cannot be read/)
  }
  await expect(actions('select 1', { target: { host: 'db' } })).rejects.toThrow(/cannot be served/)
})

test('the document counts: the functions it vouches for, its labels, its search path, its time limits', async () => {
  const functions = { 'public.shout(text)': { effects: ['read'], reads: ['public.customers.email'] } }
  expect(await actions(`select shout('x')`)).toMatchObject([{ certainty: 'unknown' }])
  expect(await actions(`select shout('x')`, { target: { ...target, functions } })).toMatchObject([{ certainty: 'exact' }])

  const labels = { 'public.customers.email': ['pii'] }
  const [labelled] = await actions('select mail from contacts', { target: { ...target, labels } })
  expect(labelled!.touches).toContainEqual(expect.objectContaining({ name: 'public.contacts.mail', labels: ['pii'] }))

  const imposed = { search_path: ['hidden'], statement_timeout: '5s' }
  const [elsewhere] = await actions('select secret from customers', { target: { ...target, imposed } })
  expect(elsewhere!.touches).toContainEqual(expect.objectContaining({ name: 'hidden.customers' }))
  expect(await actions(`set statement_timeout = '10s'`)).toMatchObject([{ effects: ['session_ok'] }])
  expect(await actions(`set statement_timeout = '10s'`, { target: { ...target, imposed } })).toMatchObject([
    { effects: ['unsafe_setting'] },
  ])
})

test('what the engine refuses by itself is refused here', async () => {
  const imposed = { read_only: true }
  const writable = 'set transaction read write'
  expect(await actions(writable, { target: { ...target, imposed } })).toMatchObject([{}, { effects: ['protocol_violation'] }])
  expect(await actions(`set search_path = hidden; select 1`)).toMatchObject([{}, {}, { effects: ['protocol_violation'] }])
  expect(await actions('execute nothing')).toMatchObject([
    {},
    { effects: ['protocol_violation'], reason: expect.stringMatching(/nothing/) },
  ])
  expect(await actions('prepare p as delete from customers; execute p')).toMatchObject([{}, { facts: { filtered: false } }])
})

test('the session is of the database that is asked for, where the resource has it', async () => {
  expect((await judge('select 1')).session).toEqual({ database: 'shop', role: 'postgres' })
  expect((await judge('select 1', { database: 'spare' })).session).toEqual({ database: 'spare', role: 'postgres' })
  await expect(judge('select 1', { database: 'other' })).rejects.toThrow(/has the databases shop, spare/)
})

test('columns that a function is said to read and that are not there are told', async () => {
  const functions = { 'public.shout(text)': { effects: ['read'], reads: ['public.customers.email', 'public.customers.mail'] } }
  expect((await judge('select 1', { target: { ...target, functions } })).warnings).toEqual([
    expect.stringMatching(/shout\(text\) reads public\.customers\.mail,/),
  ])
  expect((await judge('select 1')).warnings).toEqual([])
})

const masks: Masks = {
  key: 'm',
  rules: new Set(['m']),
  of: (column) => (column === 'public.customers.email' ? { partial: { keep: 'domain' } } : undefined),
  within: () => [],
  because: () => [],
  guesses: () => false,
  mayHide: (relation) => relation === 'public.customers',
  byContent: false,
  detect: [],
}

test('what is masked of the columns that come out is told as the rows would be', async () => {
  const told = await judge('select id, mail, upper(mail), 1 from contacts; delete from customers where id = 1', { masks })
  expect(told.outputs.length).toBe(2)
  expect(told.outputs[0]).toMatchObject([
    {},
    { bare: expect.arrayContaining(['public.customers.email']), as: { partial: { keep: 'domain' } } },
    { derived: expect.arrayContaining(['public.customers.email']), as: 'nullify' },
    { bare: [], derived: [] },
  ])
  expect(told.outputs[0]![0]).not.toHaveProperty('as')
})
