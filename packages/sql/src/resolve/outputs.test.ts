import { describe, expect, test } from 'vitest'
import { classified, model, only } from '../../corpus/world.js'
import { withPrepared } from '../classify.js'
import type { Lineage } from '../lineage.js'
import type { RelationModel, TargetModel } from '../model.js'

/** `users.email` is shown as it is, `~users.email` goes into what is shown; '' comes from no column. */
function spelled(outputs: readonly Lineage[] | undefined): readonly string[] | undefined {
  const short = (name: string) => name.replace('public.', '')
  return outputs?.map(({ bare, derived }) =>
    [...bare.map(short).toSorted(), ...derived.map((name) => `~${short(name)}`).toSorted()].join(' '),
  )
}

const outputs = (text: string) => spelled(only(text).outputs)
const columns = (relation: string) => model.relations.get(`public.${relation}`)!.columns.map(({ name }) => `${relation}.${name}`)

describe('every output tells what it shows', () => {
  test.each<[string, ...string[]]>([
    ['select email, 1, $1::text from users', 'users.email', '', ''],
    ['select e from users as u (i, e)', 'users.email'],
    ['select q from (select y as q from (select email as y from users) a) b', 'users.email'],
    ['with c(q) as materialized (select email from users) select q from c', 'users.email'],
    [
      'with recursive c(e, n) as (select email, 1 from users union all select e, n + 1 from c where n < 2) select * from c',
      'users.email',
      '',
    ],
    ['with recursive c(a, b) as (select email, ssn from users union all select b, a from c) select a from c', 'users.email users.ssn'],
    [
      'with recursive c(a, b) as (select email, ssn from users union all select upper(b), a from c) select a from c',
      'users.email ~users.email ~users.ssn',
    ],
    [
      'with recursive c(id, e) as (select id, email from users union all select id, e from c) search depth first by e set o select o from c',
      '~users.email ~users.id',
    ],
    ["select 'x' union all select email from users", 'users.email'],
    ['select id, email from users except select id, note from orders', 'orders.id users.id', 'orders.note users.email'],
    ['select (select email from users limit 1)', 'users.email'],
    ['select array(select email from users)', '~users.email'],
    ['select exists (select email from users)', ''],
    ['values (1, (select email from users limit 1))', '', '~users.email'],
    ['select v.e from users u, lateral (values (u.email), (u.ssn)) v (e)', 'users.email users.ssn'],
    ['select v from users u, unnest(array[u.email]) v', '~users.email'],
    ['select v.x, v.n from users u, unnest(u.tags) with ordinality v (x, n)', '~users.tags', '~users.tags'],
    ['select x.* from users u, jsonb_to_record(u.meta) x (a int, b text)', '~users.meta', '~users.meta'],
    ["select x.e from users u, xmltable('/r' passing xmlelement(name r, u.email) columns e text path '.') x", '~users.email'],
    ['select generate_series(1, 2), * from orders_id_seq', '', ...columns('orders_id_seq')],
    [
      'select case when ssn is null then email end, coalesce(email), email || 1 from users',
      '~users.email ~users.ssn',
      '~users.email',
      '~users.email',
    ],
    ['select max(email), count(*), count(email) from users', '~users.email', '', '~users.email'],
    ['select first_value(email) over (partition by ssn), row_number() over (order by email) from users', '~users.email', ''],
    ['select max(id) filter (where email is null) from users', '~users.id'],
    ['select email, count(*) from users where ssn = $1 group by email having count(*) > 1', 'users.email', ''],
    ['select tags[1], meta -> $1, (home).city from users', '~users.tags', '~users.meta', '~users.home'],
    ['select email::text, name::text, name::varchar, email::varchar from users', 'users.email', 'users.name', 'users.name', 'users.email'],
    ['select em2::text, em2::email_t, email::email_t, emc::text from users', 'users.em2', 'users.em2', '~users.email', '~users.emc'],
    [
      'select id::int8, email::varchar(3), email::bpchar, email collate "C" from users',
      '~users.id',
      '~users.email',
      '~users.email',
      '~users.email',
    ],
    ['select x::text from (select email::text as x from users) s', 'users.email'],
    [
      'select (u).email, email(u), u.email, public.users.email from users u, users',
      'users.email',
      'users.email',
      'users.email',
      'users.email',
    ],
    ['select upper(email), md5(email(u)) from users u', '~users.email', '~users.email'],
    ['select s, (s).* from staging s', '~staging.email ~staging.id', 'staging.id', 'staging.email'],
    ['select row_to_json(q) from (select id, email as e from users) q', '~users.email ~users.id'],
    ['select q.e from (select u.email from users u) q (e)', 'users.email'],
    ['select contact, n from v_users', 'users.email v_users.contact', 'v_users.n ~users.name'],
    ['select email from mv_users', 'mv_users.email users.email'],
    ['select email from part', 'part.email part_1.email'],
    ['select email from part_1', 'part.email part_1.email'],
    ['select ctid, tableoid, xmin from users', '', '', ''],
    ['insert into staging values (1, $1) returning *', 'staging.id', 'staging.email'],
    ['delete from staging s using users u where s.id = u.id returning s.id, u.email', 'staging.id', 'users.email'],
    [
      "update alt.users set email = 'x' where id = 1 returning old.email, new.id, old.*",
      'alt.users.email',
      'alt.users.id',
      'alt.users.id',
      'alt.users.email',
    ],
    ['with d as (delete from staging where id = 1 returning email as e) select e from d', 'staging.email'],
    ['show datestyle', ''],
    ['show all', '', '', ''],
    ['explain select email from users where ssn = $1 order by name', '~users.name ~users.ssn'],
    ['copy users (email, id) to stdout', 'users.email', 'users.id'],
    ['copy (select upper(email) from users) to stdout', '~users.email'],
    ['declare c cursor for select email from users', 'users.email'],
  ])('%s', (text, ...expected) => {
    expect(outputs(text)).toEqual(expected)
  })

  test('stars give the columns that the server gives, merged ones first', () => {
    expect(outputs('select * from staging')).toEqual(columns('staging'))
    expect(outputs('table staging')).toEqual(columns('staging'))
    expect(outputs('select * from staging s join alt.users u using (id)')).toEqual([
      'alt.users.id staging.id',
      'staging.email',
      'alt.users.email',
    ])
    expect(outputs('select * from staging s natural join alt.users u')).toEqual([
      'alt.users.id staging.id',
      'alt.users.email staging.email',
    ])
    expect(outputs('select * from (staging s join alt.users u using (email)) as j (a, b)')).toEqual([
      'alt.users.email staging.email',
      'staging.id',
      'alt.users.id',
    ])
    expect(outputs('select j.*, u.* from staging s full join alt.users u using (id) as j')).toEqual([
      'alt.users.id staging.id',
      'alt.users.id',
      'alt.users.email',
    ])
    expect(outputs('select * from staging a join staging b using (id) join alt.users c using (id)')).toEqual([
      'alt.users.id staging.id',
      'staging.email',
      'staging.email',
      'alt.users.email',
    ])
    expect(outputs('merge into staging t using alt.users s on t.id = s.id when matched then delete returning *')).toEqual([
      'alt.users.id',
      'alt.users.email',
      'staging.id',
      'staging.email',
    ])
  })

  test('a function of which the columns are not known counts as one column', () => {
    expect(outputs('select *, 1 from staging, unnest(array[email]) x')).toEqual([...columns('staging'), '~staging.email', ''])
    expect(outputs('select q.*, 1 from (select x.*, id from staging, jsonb_each_text(to_jsonb(email)) x (k, v)) q')).toEqual([
      '~staging.email',
      '~staging.email',
      'staging.id',
      '',
    ])
    expect(outputs('select (home).*, id from users')).toEqual(['~users.home', 'users.id'])
  })

  test('behind such a function nothing is found by its position', () => {
    const from = 'from (select x.*, email, id from staging, unnest(array[email]) x) q (a, b, c)'
    expect(outputs(`select b, c ${from}`)).toEqual(['~staging.email ~staging.id', '~staging.email ~staging.id'])
    expect(only(`select q.c ${from}`).outputs).toEqual(only(`select q.b ${from}`).outputs)
    const joined = '(json_each($1) x cross join staging) j (a, b, c, d)'
    expect(outputs(`select c, upper(d) from ${joined}`)).toEqual(['~staging.email ~staging.id', '~staging.email ~staging.id'])
    const set = '(select x.*, id from staging, unnest(array[1]) x union all select email, id from alt.users) q'
    expect(outputs(`select id from ${set}`)).toEqual(['~alt.users.email ~alt.users.id ~staging.id'])
  })

  test('EXECUTE shows what was prepared, EXPLAIN of it what decides', () => {
    const [prepare, execute, explain, made] = classified(
      'prepare p as select email from users where id = $1; execute p(1); explain execute p(1); create table t9 as execute p(1)',
    )
    if (prepare?.control.kind !== 'prepare') throw new Error('nothing was prepared')
    const joined = (one: typeof execute) => withPrepared(one!, prepare.control as never)
    expect(execute!.outputs).toBeUndefined()
    expect(spelled(joined(execute).outputs)).toEqual(['users.email'])
    expect(spelled(joined(explain).outputs)).toEqual(['~users.id'])
    expect(joined(made).outputs).toBeUndefined()
    expect(joined(made).action.touches).toContainEqual({ kind: 'column', name: 'public.users.email', access: 'read', use: 'sink' })
  })

  test('what a declared function reads may come out anywhere', () => {
    const declared = (reads?: readonly string[]) => ({
      declared: { 'public.f_email(int)': { effects: ['read'], ...(reads && { reads }) } },
    })
    const text = 'select f_email(1), id from orders'
    expect(spelled(only(text, declared(['public.users.email'])).outputs)).toEqual(['~users.email', 'orders.id ~users.email'])
    expect(only(text, declared()).action.facts).not.toHaveProperty('columns_listed')
    expect(only(text, declared([])).action.facts).toMatchObject({ columns_listed: true })
  })

  test('of a view that nobody understood, anything below it', () => {
    const { columns: own, ...view } = model.relations.get('public.v_upd')!
    const opaque: RelationModel = { ...view, columns: own.map(({ name, attnum, type }) => ({ name, attnum, type })) }
    const other: TargetModel = { ...model, relations: new Map([...model.relations, ['public.v_upd', opaque] as const]) }
    const [email] = only('select email from v_upd', { model: other }).outputs!
    expect(email).toEqual({ bare: ['public.v_upd.email'], derived: columns('users').map((name) => `public.${name}`) })
  })
})

test.each([
  'select f_email(1)',
  'select * from f_table()',
  "select query_to_xml('select email from users', true, false, '')",
  'select * from orders, generate_series(1, 2), unnest(array[1])',
  'select * from orders natural join generate_series(1, 2) j',
  'select nosuch from users',
  'create table t9 as select email from users',
  'call p_purge()',
])('%s: nobody knows what comes out', (text) => {
  expect(only(text).outputs).toBeUndefined()
})

describe('every column that is read has its use', () => {
  const uses = (text: string) =>
    only(text)
      .action.touches.filter(({ kind, access }) => kind === 'column' && access === 'read')
      .map(({ name, use, test: held }) => `${name.replace('public.', '')} ${use}${held === undefined ? '' : ` ${held}`}`)

  test.each<[string, ...string[]]>([
    ['select 1 from users'],
    ['select count(*) from (select email from users) s', 'users.email output'],
    ['select id from (select id, email from users) s where email > $1', 'users.email predicate', 'users.id output'],
    ['select s.e from (select upper(email) as e from users) s order by s.e', 'users.email derived', 'users.email key'],
    ['select 1 from (select distinct email from users) s', 'users.email key', 'users.email output'],
    ['select exists (select email from users intersect select $1)', 'users.email key'],
    ['select exists (select distinct email from users offset 5)', 'users.email key'],
    ['with c as (select email as e, id from users) select id from c group by id, e', 'users.id key', 'users.email key', 'users.id output'],
    ['select id from users union select id from orders', 'users.id output', 'orders.id output', 'users.id key', 'orders.id key'],
    [
      'select id, email from users union all select id, note from orders order by 1',
      'users.id output',
      'users.email output',
      'orders.id output',
      'orders.note output',
      'users.id key',
      'orders.id key',
    ],
    ['select * from staging order by 2', 'staging.id output', 'staging.email output', 'staging.email key'],
    [
      'select a.id from (select id, email from staging) a natural join (select email, note from (select email, id as note from alt.users) q) b',
      'staging.id output',
      'staging.email key',
      'alt.users.email key',
      'alt.users.id output',
    ],
    ['select id from users where email = $1', 'users.id output', 'users.email predicate equality'],
    ["select id from users where 'x'::text = email and id > 1", 'users.id output', 'users.id predicate', 'users.email predicate equality'],
    ['select id from users where email = $1 and email = $2', 'users.id output', 'users.email predicate'],
    ['select id from users where email = $1 or email = $2', 'users.id output', 'users.email predicate'],
    ['select id from users where not email = $1', 'users.id output', 'users.email predicate'],
    ['select id from users where email = any ($1)', 'users.id output', 'users.email predicate'],
    ["select id from users where email in ('x')", 'users.id output', 'users.email predicate'],
    [
      'select id from users where email = $1 and email like $2',
      'users.id output',
      'users.email predicate',
      'users.email predicate equality',
    ],
    [
      'select id from (select id, email as e from users) s where e = $1',
      'users.email predicate equality',
      'users.id output',
    ].toSorted() as [string, ...string[]],
    [
      'select contact from v_users where n = $1',
      'v_users.contact output',
      'users.email output',
      'v_users.n predicate equality',
      'users.name predicate',
    ],
    ['insert into users (email) values ($1) on conflict (email) do nothing', 'users.email key'],
    ['insert into users (email) values ($1) on conflict do nothing', 'users.email key'],
    ['refresh materialized view mv_users', 'mv_users.id sink', 'users.id sink', 'mv_users.email sink', 'users.email sink'],
    ['create view v as select email from users', 'users.email sink'],
    ['select email into t9 from users', 'users.email sink'],
  ])('%s', (text, ...expected) => {
    expect(uses(text).toSorted()).toEqual(expected.toSorted())
    expect(only(text).action.facts['columns_listed']).toBe(true)
  })

  test.each([
    'create index on users (email)',
    'alter table users alter column email type varchar',
    'alter table users add constraint c check (email <> $$x$$)',
    "select xml from (select query_to_xml('select 1', true, false, '') as xml from users) s",
    'select f_email(1) from users',
  ])('%s: not every column is told', (text) => {
    expect(only(text).action.facts).not.toHaveProperty('columns_listed')
  })

  test.each([
    'grant select on users to app',
    'alter table users add column z int',
    'lock table users',
    'truncate users',
    'analyze users',
    'create table t9 (a int check (a > 0), b int references users)',
    'copy users from stdin',
    'select id from users for update',
    'select count(*) from users',
  ])('%s reads nothing that is not told', (text) => {
    expect(only(text).action.facts['columns_listed']).toBe(true)
  })
})
