import { expect, test } from 'vitest'
import type { Lineage } from './lineage.js'
import type { ColumnModel, RelationModel, TargetModel } from './model.js'
import { qualifiedName } from './model.js'
import { originsOf } from './origins.js'

const column = (name: string, attnum: number, from?: Lineage): ColumnModel => ({
  name,
  attnum,
  type: 'pg_catalog.text',
  ...(from && { from }),
})
const bare = (...names: string[]): Lineage => ({ bare: names, derived: [] })
const derived = (...names: string[]): Lineage => ({ bare: [], derived: names })

let oids = 20_000
const relation = (name: string, columns: readonly ColumnModel[], more: Partial<RelationModel> = {}): [string, RelationModel] => [
  qualifiedName('public', name),
  { oid: ++oids, kind: 'table', system: false, columns, ...more },
]

const relations = new Map([
  relation('people', [column('id', 1), column('email', 2), column('initial', 3, derived('public.people.email'))]),
  relation('a.b', [column('x.y', 1)]),
  relation('contacts', [column('mail', 1, bare('public.people.email')), column('size', 2, derived('public.people.initial'))], {
    kind: 'view',
  }),
  relation('opaque', [column('mail', 1)], { kind: 'view' }),
  relation('over_opaque', [column('mail', 1, bare('public.opaque.mail'))], { kind: 'view' }),
  relation('all', [column('at', 1)], { kind: 'partitioned', children: ['public.half', 'public.leaf', 'public.other'] }),
  relation('half', [column('at', 1)], { kind: 'partitioned', parents: ['public.all'], children: ['public.leaf'] }),
  relation('leaf', [column('at', 1), column('own', 2)], { parents: ['public.half', 'public.all', 'public.aside'] }),
  relation('other', [column('at', 1)], { parents: ['public.all'] }),
  relation('aside', [column('at', 1)], { children: ['public.leaf'] }),
  relation('view_of_half', [column('t', 1, bare('public.half.at'))], { kind: 'view' }),
])
const origins = originsOf({ relations } as unknown as TargetModel)
const sorted = (lineage: Lineage | undefined) => lineage && { bare: lineage.bare.toSorted(), derived: lineage.derived.toSorted() }

test('A column of a table is itself; one that is generated also tells of what it is made from.', () => {
  expect(origins.of('public.people.email')).toEqual(bare('public.people.email'))
  expect(origins.of('public.people.initial')).toEqual({ bare: ['public.people.initial'], derived: ['public.people.email'] })
  expect(origins.of('public."a.b"."x.y"')).toEqual(bare('public."a.b"."x.y"'))
})

test('A column of a view is itself and what it shows, all the way down.', () => {
  expect(origins.of('public.contacts.mail')).toEqual(bare('public.contacts.mail', 'public.people.email'))
  expect(sorted(origins.of('public.contacts.size'))).toEqual({
    bare: ['public.contacts.size'],
    derived: ['public.people.email', 'public.people.initial'],
  })
})

test('Where the lineage of a view is not known, nor is that of what is above it.', () => {
  expect(origins.of('public.opaque.mail')).toBeUndefined()
  expect(origins.of('public.over_opaque.mail')).toBeUndefined()
  expect(origins.of('public.people.nothing')).toBeUndefined()
  expect(origins.at(1, 1)).toBeUndefined()
})

test('Rows of a parent are rows of its children and of what those are children of, but not of its siblings.', () => {
  const half = ['public.all.at', 'public.aside.at', 'public.half.at', 'public.leaf.at']
  expect(sorted(origins.of('public.half.at'))).toEqual(bare(...half))
  expect(sorted(origins.of('public.other.at'))).toEqual(bare('public.all.at', 'public.other.at'))
  expect(sorted(origins.of('public.view_of_half.t'))).toEqual(bare(...half, 'public.view_of_half.t'))
  expect(origins.of('public.leaf.own')).toEqual(bare('public.leaf.own'))
})

test('By OID and number of the column, as a row description tells it: zero is the whole row, below it are no stored data.', () => {
  const { oid } = relations.get('public.people')!
  expect(origins.relation(oid)).toBe('public.people')
  expect(origins.at(oid, 2)).toEqual(bare('public.people.email'))
  expect(origins.at(oid, -1)).toEqual(bare())
  expect(sorted(origins.at(oid, 0))).toEqual(derived('public.people.email', 'public.people.id', 'public.people.initial'))
  expect(origins.at(relations.get('public.opaque')!.oid, 0)).toBeUndefined()
  expect(origins.at(oid, 9)).toBeUndefined()
})
