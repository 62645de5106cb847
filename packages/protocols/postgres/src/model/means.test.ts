import type { Action } from '@sallyport/core'
import type { RelationModel, TargetModel } from '@sallyport/sql'
import { expect, test } from 'vitest'
import { meansOf } from './means.js'

const table: RelationModel = { oid: 20000, kind: 'table', system: false, columns: [{ name: 'id', attnum: 1, type: 'pg_catalog.int4' }] }
const view: RelationModel = { ...table, oid: 20001, kind: 'view', reads: ['public.t'], definition: 'aa' }
const model = (relations: Readonly<Record<string, RelationModel>>) =>
  ({
    relations: new Map(Object.entries(relations)),
    functions: new Map([
      ['public.f', [{ oid: 30000, args: [], defaults: 0, variadic: false, volatility: 'v', kind: 'f', builtin: false }]],
    ]),
  }) as unknown as TargetModel
const action = (name: string, functions: readonly string[] = []): Action => ({
  verb: 'select',
  effects: ['read'],
  touches: [
    { kind: 'relation', name, access: 'read' },
    { kind: 'column', name: `${name}.id`, access: 'read', use: 'output' },
  ],
  functions,
  facts: {},
  certainty: 'exact',
})
const before = meansOf([action('public.v')], model({ 'public.t': table, 'public.v': view }))

test('a view means itself and all that it reads, once each', () => {
  expect(before).toEqual([
    expect.stringMatching(/^relation public\.v 20001 [0-9a-f]{64}$/),
    expect.stringMatching(/^relation public\.t 20000 [0-9a-f]{64}$/),
  ])
  expect(meansOf([action('public.v'), action('public.t')], model({ 'public.t': table, 'public.v': view }))).toEqual(before)
})

test.each<[string, Readonly<Record<string, RelationModel>>]>([
  ['another table of that name', { 'public.t': { ...table, oid: 20002 }, 'public.v': view }],
  ['another definition of the view', { 'public.t': table, 'public.v': { ...view, definition: 'bb' } }],
  ['a column more', { 'public.t': { ...table, columns: [...table.columns, { name: 'b', attnum: 2, type: 'x.y' }] }, 'public.v': view }],
  ['a rule', { 'public.t': { ...table, rules: ['update'] }, 'public.v': view }],
])('%s is another meaning', (_what, relations) => {
  expect(meansOf([action('public.v')], model(relations))).not.toEqual(before)
})

test('functions are told with what is known of them, and what is not known as unknown', () => {
  expect(meansOf([action('public.none', ['public.f', 'public.g'])], model({}))).toEqual([
    'relation public.none ?',
    expect.stringMatching(/^function public\.f .*30000/),
    'function public.g ?',
  ])
  expect(meansOf([action('public.t')], undefined)).toEqual(['relation public.t ?'])
})
