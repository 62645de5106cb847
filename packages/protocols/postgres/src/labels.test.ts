import type { Action } from '@sallyport/core'
import type { Classified, Lineage, RelationModel, TargetModel } from '@sallyport/sql'
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

const column = (name: string, from?: Lineage) => ({ name, attnum: 1, type: 'pg_catalog.text', ...(from && { from }) })

const world = model({
  'public.customers': { columns: [column('id'), column('email'), column('initial', { bare: [], derived: ['public.customers.email'] })] },
  'public.contacts': {
    kind: 'view',
    columns: [
      column('mail', { bare: ['public.customers.email'], derived: [] }),
      column('number', { bare: ['public.customers.id'], derived: [] }),
    ],
  },
  'public.opaque': { kind: 'view', columns: [column('email')] },
  'public.child': { parents: ['public.parent'], columns: [column('a')] },
  'public.parent': { children: ['public.child'], columns: [column('a')] },
  '"odd.schema".t': { columns: [column('x')] },
})

function labelsAfter(labels: Readonly<Record<string, readonly string[]>>, action: Action, seen: TargetModel | 'none' = world) {
  const statement: Classified = { text: '', action, control: { kind: 'none', ...flags } }
  return createLabeller(labels)(statement, seen === 'none' ? undefined : seen).action.touches.map((touch) => touch.labels)
}

const email = { 'public.customers.email': ['pii.email'] }

test('a labelled column carries its labels, another column of its table is known to have none, a relation has no list', () => {
  expect(labelsAfter(email, touching('public.customers.email', 'public.customers.id'))).toEqual([undefined, ['pii.email'], []])
})

test('a column carries the labels of what it shows, and of the same column above and below it', () => {
  const action = touching('public.contacts.mail', 'public.contacts.number', 'public.customers.initial', 'public.child.a')
  const labels = { ...email, 'public.contacts.mail': ['shown'], 'public.parent.a': ['kept'] }
  expect(labelsAfter(labels, action)).toEqual([undefined, ['shown', 'pii.email'], [], ['pii.email'], ['kept']])
  expect(labelsAfter({ 'public.child.a': ['kept'] }, touching('public.parent.a'))[1]).toEqual(['kept'])
})

test('a column of which nobody knows what it shows has no list, unless it is given one itself', () => {
  expect(labelsAfter(email, touching('public.opaque.email', 'public.nothing.a'))).toEqual([undefined, undefined, undefined])
  expect(labelsAfter({ ...email, 'public.opaque.email': ['pii.email'] }, touching('public.opaque.email'))[1]).toEqual(['pii.email'])
})

test('without a model only what is written is known, and without labels nothing has any', () => {
  expect(labelsAfter(email, touching('public.customers.id', 'public.customers.email'), 'none')).toEqual([
    undefined,
    undefined,
    ['pii.email'],
  ])
  expect(labelsAfter({}, touching('public.opaque.email'))).toEqual([undefined, []])
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
