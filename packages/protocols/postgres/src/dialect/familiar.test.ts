import type { Classification } from '@sallyport/sql'
import { expect, it } from 'vitest'
import { meaning } from '../../test/play/meaning.js'
import type { FrontendMessage } from '../codec/index.js'
import { createBatch } from './batch.js'
import { resolveFamiliar } from './familiar.js'
import { type Change, createNames, type Statement } from './names.js'
import type { Scope } from './resolution.js'
import { resolveAny } from './unit.js'

const userType = 20_000
const bytes = (text: string) => new TextEncoder().encode(text)
const made = (text: string, by: Statement['made'] = 'parse', types: readonly number[] = []): Statement => {
  return { made: by, text, raw: bytes(text), types, meant: undefined }
}

const texts = [
  'select 1',
  '',
  'select 1;select 2',
  'oh?',
  'begin',
  'set x to y',
  'set search_path to x',
  'execute other',
  'copy t from stdin',
]
/** Every text but the last is classified. */
const classified = new Map<string, Classification>([...texts, 'insert'].map((text) => [text, meaning(text)]))
const everyText = [...texts, 'delete']

function parses(text: string): readonly (readonly FrontendMessage[])[] {
  const parse = (name: string, types: readonly number[] = []): FrontendMessage => ({ type: 'parse', name, text, raw: bytes(text), types })
  return [[], [parse('')], [parse('s')], [parse('s', [23])], [parse('s', [userType])], [parse('s'), parse('')]]
}

const params = [{ format: 'text', value: bytes('1') }] as const
const binds: readonly FrontendMessage[] = [
  { type: 'bind', portal: '', statement: 's', params },
  { type: 'bind', portal: 'p', statement: '', params: [] },
  { type: 'bind', portal: '', statement: 'typed', params },
  { type: 'bind', portal: '', statement: 'prepared', params },
  { type: 'bind', portal: '', statement: 'gone', params },
]
const describes: readonly (readonly FrontendMessage[])[] = [
  [],
  [{ type: 'describe', space: 'portals', name: '' }],
  [{ type: 'describe', space: 'portals', name: 'p' }],
  [{ type: 'describe', space: 'statements', name: 's' }],
]
const ends: readonly (readonly FrontendMessage[])[] = [
  [],
  [{ type: 'execute', portal: '', rows: 0 }],
  [{ type: 'execute', portal: 'p', rows: 5 }],
  [
    { type: 'execute', portal: '', rows: 0 },
    { type: 'close', space: 'portals', name: '' },
  ],
]

function scopes(text: string): readonly Scope[] {
  const names = createNames()
  const statements = { '': made(text), s: made(text), typed: made(text, 'parse', [23]), prepared: made('prepare p as insert', 'prepare') }
  for (const [name, to] of Object.entries(statements)) names.apply({ space: 'statements', name, to })
  const change: Change = { space: 'statements', name: 's', to: made('insert') }
  const elsewhere: Change = { space: 'portals', name: '', to: undefined }
  const plain: Scope = { names, own: [], others: [], classified, runsCode: (type) => type === userType }
  const other = (...changes: Change[]) => ({ ...createBatch(), changes })
  return [
    plain,
    { ...plain, own: [change] },
    { ...plain, others: [other(elsewhere)] },
    { ...plain, others: [other(elsewhere), other(change)] },
    { ...plain, others: [other({ space: 'both', all: true })] },
    { ...plain, names: { ...names, roomFor: () => false } },
  ]
}

it('what is usual is resolved as it would be the longer way, and anything else is left to that', () => {
  let usual = 0
  for (const text of everyText) {
    for (const scope of scopes(text)) {
      for (const parse of parses(text)) {
        for (const bind of binds) {
          for (const describe of describes) {
            for (const end of ends) {
              const messages = [...parse, bind, ...describe, ...end]
              const quick = resolveFamiliar(messages, scope)
              if (!quick) continue
              usual++
              expect(quick).toEqual(resolveAny(messages, scope))
            }
          }
        }
      }
    }
  }
  expect(usual).toBeGreaterThan(50)
})

it('so is a simple query of one statement, and any other is left to the longer way', () => {
  const usual: string[] = []
  for (const text of everyText) {
    for (const scope of scopes(text)) {
      const query: FrontendMessage = { type: 'query', text, raw: bytes(text) }
      for (const messages of [[query], [query, query]]) {
        const quick = resolveFamiliar(messages, scope)
        if (!quick) continue
        usual.push(text)
        expect(quick).toEqual(resolveAny(messages, scope))
      }
    }
  }
  expect([...new Set(usual)]).toEqual(['select 1', 'delete'])
})

it('what drivers send over and over is usual', () => {
  const [scope] = scopes('select 1') as [Scope]
  const [bind] = binds as [FrontendMessage]
  const execute: FrontendMessage = { type: 'execute', portal: '', rows: 0 }
  const parse: FrontendMessage = { type: 'parse', name: 's', text: 'select 1', raw: bytes('select 1'), types: [] }
  const describe: FrontendMessage = { type: 'describe', space: 'portals', name: '' }
  for (const messages of [
    [bind, execute],
    [bind, describe, execute],
    [parse, bind, execute],
    [parse, bind, describe, execute],
  ])
    expect(resolveFamiliar(messages, scope)).toMatchObject({ is: 'resolved', plan: { items: [{ params: [{ value: bytes('1') }] }] } })
})
