import type { Action, Unit } from '@sallyport/core'
import type { TargetModel } from '@sallyport/sql'
import { expect, test, vi } from 'vitest'
import { createClassifiers } from './classifier.js'
import { createClassifying } from './classifying.js'
import type { TransactionStatus } from './codec/index.js'
import type { Meanings } from './dialect/question.js'
import type { ModelLease } from './model/source.js'
import { readTarget } from './target.js'

const classifiers = createClassifiers()
const target = readTarget({ host: 'h', port: 1, database: 'd', user: 'u' })

function modelWith(...tables: readonly string[]): TargetModel {
  const relations = tables.map((name, i) => [`public.${name}`, { oid: 20_000 + i, kind: 'table', system: false, columns: [] }] as const)
  return {
    epoch: tables.join(),
    searchPath: ['public'],
    serverVersion: 150_000,
    relations: new Map(relations),
    functions: new Map(),
    types: new Map(),
    operators: [],
    casts: [],
  }
}

const known: ReadonlyMap<string, string[][]> = new Map([
  ['show search_path', [['public']]],
  ['show role', [['none']]],
  ['select pg_catalog.pg_my_temp_schema()', [['0']]],
])

/** A lease whose catalog a test changes by hand; `seen` is what was last read of it. */
function world(options: { searchPath?: readonly string[] | undefined } = { searchPath: ['public'] }) {
  const state = { catalog: modelWith('a'), seen: modelWith('a') as TargetModel | undefined, status: 'I' as TransactionStatus }
  const ready = vi.fn(async () => state.seen)
  const refresh = vi.fn(async (_age: number) => (state.seen = state.catalog))
  const lease: ModelLease = { current: () => state.seen, ready, refresh, release: () => undefined }
  const classifying = createClassifying({
    classifiers,
    lease,
    target,
    searchPath: options.searchPath,
    status: () => state.status,
    label: 'sallyport',
    reported: () => undefined,
  })
  const query = (text: string, renamed: boolean) => ({ kind: 'classify', texts: [text], renamed, askable: true }) as const
  /** The target tells the path of the login and that there is nothing temporary; its catalog it does not tell. */
  const ask = (text: string, renamed = false) => {
    let answer = classifying.answer(query(text, renamed))
    for (let asked = 0; !(answer instanceof Promise) && 'ask' in answer && asked < 5; asked++) {
      const results = answer.ask.map((sql) => known.get(sql))
      const told = { results: results.every((rows) => rows !== undefined) ? results : undefined }
      answer = classifying.answer({ ...query(text, renamed), told })
    }
    return answer as Meanings | Promise<Meanings>
  }
  return { state, ready, refresh, classifying, ask }
}

const certainty = async (answer: Meanings | Promise<Meanings>) => (await answer).classifications[0]!.statements[0]!.action.certainty

function unit(effects: readonly string[], certainty: Action['certainty'] = 'exact'): Unit {
  return { actions: [{ verb: 'x', effects, touches: [], facts: {}, certainty }], exact: [], context: {} }
}

test('a text that was read before is answered at once, and nothing is looked up for it', async () => {
  const { ask, refresh } = world()
  expect(await certainty(ask('table a'))).toBe('exact')
  expect(ask('table a')).not.toBeInstanceOf(Promise)
  expect(refresh).not.toHaveBeenCalled()
})

test('an unknown name is looked for once, then it is unknown', async () => {
  const { ask, refresh, state } = world()
  expect(await certainty(ask('table b'))).toBe('unknown')
  expect(refresh).toHaveBeenCalledWith(1000)
  state.catalog = modelWith('a', 'b')
  expect(await certainty(ask('table b'))).toBe('exact')
})

test('what IF EXISTS did not find is looked for too', async () => {
  const { ask, refresh, state } = world()
  state.catalog = modelWith('a', 'b')
  const [found] = (await ask('drop table if exists b')).classifications
  expect(refresh).toHaveBeenCalledWith(1000)
  expect(found!.statements[0]!.action.facts).not.toHaveProperty('absent')
})

test.each([
  ['ddl', unit(['ddl', 'write'])],
  ['code that nobody knows', unit(['execute_unknown'])],
  ['something not understood', unit(['read'], 'unknown')],
])('after %s the catalog is read before anything else is judged', async (_name, ended) => {
  const { ask, classifying, refresh, state } = world()
  await ask('table a')
  state.catalog = modelWith()
  classifying.ended(ended)
  expect(await certainty(ask('table a'))).toBe('unknown')
  expect(refresh.mock.calls[0]).toEqual([0])
})

test('after reading and writing nothing is looked up', async () => {
  const { ask, classifying, refresh } = world()
  await ask('table a')
  classifying.ended(unit(['read', 'write', 'update']))
  await ask('table a')
  expect(refresh).not.toHaveBeenCalled()
})

test('DDL inside a transaction is looked for again when the transaction has ended', async () => {
  const { ask, classifying, state } = world()
  await ask('table a')
  state.status = 'T'
  classifying.ended(unit(['ddl']))
  // Before COMMIT only the session itself can tell.
  expect(await certainty(ask('table a'))).toBe('unknown')
  state.status = 'I'
  state.catalog = modelWith()
  classifying.ended(unit(['tx']))
  expect(await certainty(ask('table a'))).toBe('unknown')
})

test('a changed search path, or one that was never known, leaves every name in doubt', async () => {
  expect(await certainty(world().ask('table a', true))).toBe('unknown')
  expect(await certainty(world({ searchPath: undefined }).ask('table a'))).toBe('unknown')
  expect(await certainty(world({ searchPath: undefined }).ask('select 1'))).toBe('exact')
})

test('without a model it waits for one, and goes on without when there is none', async () => {
  const { ask, ready, state } = world()
  state.seen = undefined
  expect(await certainty(ask('table a'))).toBe('unknown')
  expect(ready).toHaveBeenCalledOnce()
})
