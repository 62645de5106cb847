import type { Action } from '@sallyport/core'
import type { Classified, RelationModel, TargetModel } from '@sallyport/sql'
import { expect, test } from 'vitest'
import { createLabeller } from './labels.js'

const flags = { changesSettings: false, changesNames: false, changesLexing: false, ddl: false, returnsRows: true }

function touching(...columns: readonly string[]): Action {
  const touches = columns.map((name) => ({ kind: 'column', name, access: 'read' as const }))
  return {
    verb: 'select',
    effects: ['read'],
    touches: [{ kind: 'relation', name: 'public.customers', access: 'read' }, ...touches],
    facts: {},
    certainty: 'exact',
  }
}

function model(relations: Readonly<Record<string, Partial<RelationModel>>>): TargetModel {
  const full = Object.entries(relations).map(
    ([name, one]) => [name, { oid: 1, kind: 'table', system: false, columns: [], ...one }] as const,
  )
  return {
    epoch: 'e',
    searchPath: [],
    serverVersion: 150_000,
    relations: new Map(full),
    functions: new Map(),
    types: new Map(),
    operators: [],
    casts: [],
  }
}

const world = model({
  'public.customers': {},
  'public.contacts': { kind: 'view' },
  'public.child': { parents: ['public.parent'] },
  'public.parent': { children: ['public.child'] },
  '"odd.schema".t': {},
})

function labelsAfter(labels: Readonly<Record<string, readonly string[]>>, action: Action, seen: TargetModel | 'none' = world) {
  const statement: Classified = { text: '', action, control: { kind: 'none', ...flags } }
  return createLabeller(labels)(statement, seen === 'none' ? undefined : seen).action.touches.map((touch) => touch.labels)
}

const email = { 'public.customers.email': ['pii.email'] }

test('a labelled column carries its labels, another column of its table is known to have none, a relation has no list', () => {
  expect(labelsAfter(email, touching('public.customers.email', 'public.customers.id'))).toEqual([undefined, ['pii.email'], []])
})

test('a column that may show another one has no list, unless it is given one itself', () => {
  const action = touching('public.contacts.email', 'public.child.a', 'public.parent.a', 'public.nothing.a')
  expect(labelsAfter(email, action)).toEqual([undefined, undefined, undefined, undefined, undefined])
  expect(labelsAfter({ ...email, 'public.contacts.email': ['pii.email'] }, touching('public.contacts.email'))[1]).toEqual(['pii.email'])
})

test('without a model only what is written is known, and without labels nothing has any', () => {
  expect(labelsAfter(email, touching('public.customers.id', 'public.customers.email'), 'none')).toEqual([
    undefined,
    undefined,
    ['pii.email'],
  ])
  expect(labelsAfter({}, touching('public.contacts.email'))).toEqual([undefined, []])
})

test('schemas with dots are no trap', () => {
  expect(labelsAfter(email, touching('"odd.schema".t.x'))[1]).toEqual([])
})

test('what a prepared statement will run is labelled too', () => {
  const inner = touching('public.customers.email')
  const control = { kind: 'prepare' as const, name: 'x', inner, innerFlags: flags, ...flags }
  const { control: made } = createLabeller(email)({ text: '', action: touching(), control }, world)
  expect(made.kind === 'prepare' && made.inner.touches[1]?.labels).toEqual(['pii.email'])
})
