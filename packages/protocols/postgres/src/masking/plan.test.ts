import type { Action, MaskKind, Masks } from '@sallyport/core'
import { masksFor } from '@sallyport/policy'
import type { Classified, Lineage, RelationModel, TargetModel } from '@sallyport/sql'
import { identityOf, policyOf } from '@sallyport/testkit'
import { describe, expect, test } from 'vitest'
import type { DescribedColumn } from '../codec/index.js'
import { planResult, type View } from './plan.js'

const text = 'pg_catalog.text'
const column = (name: string, attnum: number, from?: Lineage) => ({ name, attnum, type: text, ...(from && { from }) })
const relations = new Map<string, RelationModel>([
  [
    'public.people',
    {
      oid: 1,
      kind: 'table',
      system: false,
      columns: [column('id', 1), column('email', 2), column('ssn', 3), column('bio', 4), column('notes', 5)],
    },
  ],
  [
    'public.addresses',
    {
      oid: 2,
      kind: 'view',
      system: false,
      reads: ['public.people'],
      columns: [
        column('mail', 1, { bare: ['public.people.email'], derived: [] }),
        column('loud', 2, { bare: [], derived: ['public.people.email'] }),
        column('odd', 3),
      ],
    },
  ],
  ['public.plain', { oid: 3, kind: 'table', system: false, columns: [column('a', 1)] }],
])
const model = { relations } as unknown as TargetModel

const masks = masksFor(
  {
    identity: identityOf('me', { groups: ['agents'] }),
    resource: { id: 'res_1', name: 'shop', protocol: 'postgres', labels: {} },
    session: { id: 'ses_1', protocol: 'postgres', client: { address: '::1' } },
  },
  [
    policyOf({
      kind: 'policy',
      name: 'masks',
      subjects: { groups: ['agents'] },
      resources: { names: ['shop'] },
      rules: [],
      masks: [
        { id: 'mail', columns: ['public.people.email'], as: { partial: { keep: 'domain' } } },
        { id: 'ssn', columns: ['public.people.ssn'], as: 'nullify' },
        { id: 'secret', labels: ['secret'], as: 'hash' },
        { id: 'notes', columns: ['public.people.notes'], detect: ['email'], as: 'redact' },
      ],
    }),
  ],
) as Masks
const view: View = { masks, model, labels: { 'public.people.bio': ['secret'] } }

const domain: MaskKind = { partial: { keep: 'domain' } }
const at = (table: number, attnum: number): DescribedColumn => ({ name: 'x', table, attnum, type: 25, typmod: -1, format: 0 })
const bare = (...names: string[]): Lineage => ({ bare: names.map((name) => `public.people.${name}`), derived: [] })
const derived = (...names: string[]): Lineage => ({ bare: [], derived: names.map((name) => `public.people.${name}`) })

interface Shape {
  readonly outputs?: readonly Lineage[]
  readonly relation?: string
  readonly access?: 'read' | 'write'
  readonly verb?: string
  readonly certainty?: Action['certainty']
}

function statement({ outputs, relation = 'public.people', access = 'read', verb = 'select', certainty = 'exact' }: Shape = {}): Classified {
  const action: Action = { verb, effects: [], touches: [{ kind: 'relation', name: relation, access }], facts: {}, certainty }
  const none = { changesSettings: false, changesNames: false, changesLexing: false, ddl: false, returnsRows: true, kind: 'none' } as const
  return { text: '', action, control: none, ...(outputs && { outputs }) }
}

const masked = (columns: readonly DescribedColumn[], shown: Classified | undefined, under = view) =>
  planResult(columns, shown, under).columns.map(({ as }) => as)

describe('by origin', () => {
  test('a column, and a bare one of a view, has its mask, a computed one is NULL', () => {
    expect(masked([at(1, 1), at(1, 2), at(1, 3), at(2, 1), at(2, 2)], statement())).toEqual([
      undefined,
      domain,
      'nullify',
      domain,
      'nullify',
    ])
  })

  test('labels count, those of the target’s document', () => {
    expect(masked([at(1, 4)], statement())).toEqual(['hash'])
    expect(masked([at(1, 4)], statement(), { ...view, labels: {} })).toEqual([undefined])
  })

  test('a whole row is as its most hidden column, columns of the system hold no data', () => {
    expect(masked([at(1, 0), at(1, -1)], statement())).toEqual(['nullify', undefined])
  })

  test('what the model does not know is NULL, and so is everything without one', () => {
    const unknown = planResult([at(9, 1), at(1, 7), at(2, 3), at(1, 1)], statement({ outputs: [bare(), bare(), bare(), bare()] }), view)
    expect([unknown.columns.map(({ as }) => as), unknown.unknown]).toEqual([['nullify', 'nullify', 'nullify', undefined], true])
    expect(masked([at(1, 1), at(0, 0)], statement(), { ...view, model: undefined })).toEqual(['nullify', 'nullify'])
  })
})

describe('by lineage', () => {
  test('what comes from nowhere that the target names is as its lineage', () => {
    const outputs = [bare('email'), derived('email'), bare('id'), bare('email', 'id'), bare('email', 'ssn')]
    expect(
      masked(
        outputs.map(() => at(0, 0)),
        statement({ outputs }),
      ),
    ).toEqual([domain, 'nullify', undefined, domain, 'nullify'])
  })

  test('with origin it is the stronger of both', () => {
    expect(masked([at(1, 2), at(1, 1), at(1, 2)], statement({ outputs: [bare('ssn'), bare('email'), bare('email')] }))).toEqual([
      'nullify',
      domain,
      domain,
    ])
  })

  test('where it does not know a column that the target says is masked, that is told', () => {
    const plan = planResult([at(1, 2), at(1, 3)], statement({ outputs: [bare('id'), bare('ssn')] }), view)
    expect([plan.columns.map(({ as }) => as), plan.contradicted]).toEqual([[domain, 'nullify'], ['public.people.email']])
  })
})

describe('without lineage', () => {
  test.each([
    ['touches what may be hidden', {}, 'nullify'],
    ['touches nothing that may be', { relation: 'public.plain' }, undefined],
    ['touches what nobody knows', { relation: 'public.later' }, 'nullify'],
    ['may touch more than is known', { relation: 'public.plain', certainty: 'unknown' }, 'nullify'],
    ['has another number of outputs', { outputs: [bare('id'), bare('id')] }, 'nullify'],
    ['tells a plan', { verb: 'explain' }, undefined],
  ] as const)('a computed column of a statement that %s: %j', (_, shape, as) => {
    expect(masked([at(0, 0)], statement(shape))).toEqual([as])
  })

  test('a clean origin is believed, but not of what a statement wrote', () => {
    expect(masked([at(1, 1)], statement())).toEqual([undefined])
    expect(masked([at(1, 1)], statement({ access: 'write' }))).toEqual(['nullify'])
  })

  test.each([
    ['email', 'nullify'],
    ['ssn', 'nullify'],
    ['id', undefined],
  ])('what a function makes of %s, which it is declared to read: %j', (name, as) => {
    const called = statement({ relation: 'public.plain' })
    const touches = [{ kind: 'column', name: `public.people.${name}`, access: 'read', use: 'derived' }] as const
    expect(masked([at(0, 0), at(0, 0)], { ...called, action: { ...called.action, touches } })).toEqual([as, as])
  })

  test('rows that nobody asked for are NULL', () => {
    expect(masked([at(1, 1), at(0, 0)], undefined)).toEqual(['nullify', 'nullify'])
  })
})

describe('a column that detectors look into', () => {
  const shown = (lineage: Lineage) => ({ action: readsPeople, outputs: [lineage] }) as unknown as Classified
  const readsPeople = { touches: [{ kind: 'relation', name: 'public.people', access: 'read' }], certainty: 'exact' } as unknown as Action
  const looked = [{ detectors: ['email'], as: 'redact' }]

  test('is shown as it is but for what they find, by origin or by lineage', () => {
    expect(planResult([at(1, 5)], shown(bare('notes')), view).columns).toMatchObject([{ as: undefined, within: looked }])
    expect(planResult([at(0, 0)], shown(bare('notes')), view).columns).toMatchObject([{ as: undefined, within: looked }])
  })

  test('is NULL where something is computed from it, or nobody knows what is shown', () => {
    expect(planResult([at(0, 0)], shown(derived('notes')), view).columns).toMatchObject([{ as: 'nullify', within: [] }])
    expect(planResult([at(0, 0)], { action: readsPeople } as unknown as Classified, view).columns).toMatchObject([{ as: 'nullify' }])
  })
})
