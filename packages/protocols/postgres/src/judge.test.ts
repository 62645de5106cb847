import { modelToJson } from '@sallyport/sql'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { startTarget, type TestTarget } from '../test/target.js'
import { postgres } from './index.js'
import { loadModel } from './model/load.js'

let server: TestTarget
let json: string
beforeAll(async () => {
  server = await startTarget()
  await server.sql('create table customers (id int, email text)')
  const side = await server.side()
  json = modelToJson((await loadModel(side)).model)
  side.close()
})
afterAll(() => server.stop())

test('a statement is told with the eyes of the model, as text or parsed', async () => {
  const judge = await postgres.load.judge()
  for (const model of [json, JSON.parse(json) as unknown]) {
    const actions = await judge.actions('select email from customers; delete from customers', model)
    expect(actions).toMatchObject([
      { verb: 'select', effects: ['read'], certainty: 'exact' },
      { verb: 'delete', facts: { filtered: false }, certainty: 'exact' },
    ])
    expect(actions[0]!.touches).toContainEqual(expect.objectContaining({ kind: 'relation', name: 'public.customers' }))
  }
})

test('without a model names are of unknown certainty, and what cannot be read is unparsable', async () => {
  const judge = await postgres.load.judge()
  expect(await judge.actions('select email from customers')).toMatchObject([{ certainty: 'unknown' }])
  expect(await judge.actions('select 1')).toMatchObject([{ certainty: 'exact' }])
  expect(await judge.actions('selec 1', json)).toMatchObject([{ effects: ['unparsable'], certainty: 'unknown' }])
})

test('a model that is none is refused', async () => {
  const judge = await postgres.load.judge()
  for (const model of ['nonsense', '{}', {}, 7, null, [], { relations: [], functions: [], types: [] }]) {
    await expect(judge.actions('select 1', model)).rejects.toThrow(/cannot be read/)
  }
})
