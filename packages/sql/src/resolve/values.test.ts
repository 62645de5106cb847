import { describe, expect, test } from 'vitest'
import { effects, model, only } from '../../corpus/world.js'
import type { RelationModel, TargetModel, TypeModel } from '../model.js'

const calls = ['public.f_purge']
const types = new Map<string, TypeModel>([
  ...model.types,
  ['public.picky', { kind: 'domain', builtin: false, over: 'pg_catalog.text', calls }],
  ['public.pickies', { kind: 'domain', builtin: false, over: 'pg_catalog.text[]', calls }],
  ['public.pair', { kind: 'composite', builtin: false, fields: [{ name: 'a', attnum: 1, type: 'public.picky[]' }], calls }],
  ['public.spans', { kind: 'range', builtin: false, over: 'public.picky', calls }],
  ['public.picked', { kind: 'composite', builtin: false, calls }],
])
const columns = [
  { name: 'id', attnum: 1, type: 'pg_catalog.int4' },
  { name: 'one', attnum: 2, type: 'public.picky' },
  { name: 'many', attnum: 3, type: 'public.picky[]' },
  { name: 'twin', attnum: 4, type: 'public.pair' },
]
const relations = new Map<string, RelationModel>([
  ...model.relations,
  ['public.picked', { oid: 70_001, kind: 'table', system: false, columns }],
  ['public.seen', { oid: 70_002, kind: 'view', system: false, columns: columns.slice(0, 1), reads: ['public.picked'] }],
])
const picky: { model: TargetModel } = { model: { ...model, types, relations } }

describe('a check of a domain that calls a function of users is code of unknown effect', () => {
  test.each([
    "select 'x'::picky",
    "select cast('x' as public.picky)",
    "select picky 'x'",
    "select '{x}'::picky[]",
    "select '{x}'::_picky",
    "select '(x)'::pair",
    "select '[a,b]'::spans",
    'select (null::picked).id',
    "select json_populate_record(null::picked, '{}')",
    "select * from json_to_record('{}') as r (a picky)",
    'prepare p (picky) as select $1',
    "select id from users where name = 'x'::picky",
    "insert into picked (one) values ('x')",
    'insert into picked (id) values (1)',
    'insert into picked default values',
    'insert into seen (id) values (1)',
    "update picked set one = 'x' where id = 1",
    "update picked set twin.a[1] = 'x' where id = 1",
    'copy picked from stdin',
    'merge into picked p using users u on p.id = u.id when not matched then insert (id) values (1)',
    "select lag(one, 1, 'x') over (order by id) from picked",
    "select lag(q.o, 1, 'x') over () from (select one as o from picked) q",
    "select array_append(many, 'x') from picked",
    "select many || 'x' from picked",
    "select coalesce(many, '{x}') from picked",
    "select case when true then '{x}' else many end from picked",
    "select id from picked where many = '{x}'",
    "select twin from picked union all select '(x)'",
    "select json_populate_record(p, '{}') from picked p",
    'create table other (a picky)',
  ])('%s', (text) => {
    const { action } = only(text, picky)
    expect(action).toMatchObject({ certainty: 'unknown', effects: expect.arrayContaining(['execute_unknown']) as unknown })
    expect(action.reason).toMatch(/it runs the function public\.f_purge in a check of the type public\.\w+, of which nothing is known/)
  })

  test.each([
    ['select id, one, many, twin from picked', 'read'],
    ['select * from picked where id = 1', 'read'],
    ["select count(*), upper(one) from picked where one = 'x' group by one", 'read'],
    ['delete from picked where id = 1', 'delete read write'],
    ['update picked set id = 2 where id = 1', 'read update write'],
    ["select 'x'::email_t", 'read'],
  ])('but nothing is made of it here: %s', (text, expected) => {
    expect(effects(text, picky)).toBe(expected)
  })

  test('unless the target vouches for the function', () => {
    const declared = Object.fromEntries(
      (model.functions.get('public.f_purge') ?? []).map(({ args }) => [`public.f_purge(${args.join()})`, { effects: ['read'] }]),
    )
    expect(only("select 'x'::picky", { ...picky, declared }).action).toMatchObject({ certainty: 'exact', effects: ['read'] })
  })

  test('a check that is not known whole is unknown', () => {
    const open = new Map([...types, ['public.picky', { kind: 'domain', builtin: false, calls: ['oid.7'] }] as const])
    expect(effects("select 'x'::picky", { model: { ...model, types: open } })).toBe('execute_unknown read')
  })
})

test.each([
  "select pg_input_is_valid('x', 'picky')",
  "select domain_in('x', 16400, -1) is null",
  "select array_in('{x}', 16400, -1)",
  "select record_in('(x)', 16400, -1) is null",
])('a type named by a value is not classified: %s', (text) => {
  expect(effects(text)).toMatch(/dynamic_sql|execute_unknown/)
})
