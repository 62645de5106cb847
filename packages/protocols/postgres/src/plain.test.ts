import type { Action } from '@sallyport/core'
import type { TargetModel } from '@sallyport/sql'
import { expect, test } from 'vitest'
import { runsPlainCode } from './plain.js'

const text = 'pg_catalog.text'
const overload = (volatility: 'i' | 's' | 'v', builtin = true) => ({
  oid: 1,
  args: [text],
  defaults: 0,
  variadic: false,
  volatility,
  kind: 'f' as const,
  builtin,
})
const relation = (type: string) => ({ oid: 1, kind: 'table' as const, system: false, columns: [{ name: 'a', attnum: 1, type }] })

const model = {
  relations: new Map([
    ['public.plain', relation(text)],
    ['public.listed', relation(`${text}[]`)],
    ['public.own', relation('public.picky')],
    ['public.strange', relation('oid.99999')],
  ]),
  functions: new Map([
    ['pg_catalog.upper', [overload('i')]],
    ['pg_catalog.now', [overload('s')]],
    ['pg_catalog.nextval', [overload('v')]],
    ['pg_catalog.query_to_xml', [overload('s')]],
    ['public.shout', [overload('i', false)]],
    ['pg_catalog.mixed', [overload('i'), overload('i', false)]],
  ]),
  types: new Map([
    [text, { kind: 'base' as const, builtin: true }],
    ['public.picky', { kind: 'domain' as const, builtin: false }],
  ]),
} as unknown as TargetModel

const action = (parts: Partial<Action> = {}): Action => ({
  verb: 'select',
  effects: ['read'],
  touches: [],
  facts: {},
  certainty: 'exact',
  ...parts,
})
const touching = (...names: readonly string[]) => ({ touches: names.map((name) => ({ kind: 'relation', name, access: 'read' as const })) })

test('only what is surely known, and only reads and changes rows, is plain', () => {
  expect(runsPlainCode(action(), model, false)).toBe(true)
  expect(runsPlainCode(action(), undefined, false)).toBe(false)
  expect(runsPlainCode(action({ certainty: 'unknown' }), model, false)).toBe(false)
  for (const effect of ['network', 'ddl', 'execute_unknown', 'introspect_values', 'bulk_export', 'explain'])
    expect(runsPlainCode(action({ effects: ['read', effect] }), model, false), effect).toBe(false)
})

test('every overload of every function must be PostgreSQL’s own, compute, and be known', () => {
  const calling = (...functions: readonly string[]) => runsPlainCode(action({ functions }), model, false)
  expect(calling('pg_catalog.upper', 'pg_catalog.now')).toBe(true)
  for (const name of ['pg_catalog.nextval', 'pg_catalog.query_to_xml', 'public.shout', 'pg_catalog.mixed', 'pg_catalog.gone'])
    expect(calling('pg_catalog.upper', name), name).toBe(false)
})

test('with parameters, every column of what is touched must be of a built-in type', () => {
  expect(runsPlainCode(action(touching('public.plain', 'public.listed')), model, true)).toBe(true)
  for (const name of ['public.own', 'public.strange', 'public.gone']) {
    expect(runsPlainCode(action(touching('public.plain', name)), model, true), name).toBe(false)
    expect(runsPlainCode(action(touching('public.plain', name)), model, false), name).toBe(true)
  }
})
