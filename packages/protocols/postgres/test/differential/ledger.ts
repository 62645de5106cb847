import * as fc from 'fast-check'

/** What random sessions are about: a ledger they write, items they read, and the statements they do it with. */
export const schema: readonly string[] = [
  'create table ledger (id serial primary key, a int, b text, c numeric(10, 2))',
  'create table item (id int primary key, name text not null, tags text[], at timestamptz, doc jsonb)',
  `insert into item select i, 'item ' || i, array['t' || i, null], timestamptz '2024-01-01 00:00Z' + i * interval '1 day',
    jsonb_build_object('n', i, 'l', jsonb_build_array(i, null)) from generate_series(1, 20) i`,
  'create function fails() returns int language plpgsql immutable as $$ begin raise exception $x$ as asked $x$; end $$',
  'grant all on all tables in schema public to app_trust',
  'grant all on all sequences in schema public to app_trust',
]

/** Before every script, in both databases. */
export const fresh = `truncate ledger restart identity; insert into ledger (a, b, c) select i, 'row ' || i, i * 1.5 from generate_series(1, 5) i`

export const effects: readonly string[] = [
  'read',
  'write',
  'insert',
  'update',
  'delete',
  'tx',
  'session_ok',
  'cursor',
  'prepare',
  'explain',
  'lock_rows',
  'write_sequence',
  'bulk_import',
  'bulk_export',
  'notify',
]

/** Each has an effect that the policy does not allow. */
const refused = [
  'truncate ledger',
  'lock table ledger in share mode',
  'do $$ begin end $$',
  'select pg_sleep(0)',
  'select fails()',
  'create role nobody_at_all',
  `copy ledger to '/tmp/never'`,
  'vacuum ledger',
  'call nothing()',
  'grant select on ledger to public',
] as const

const reads = [
  'select 1',
  'select a, b, c from ledger order by id',
  'select count(*), sum(a) from ledger',
  'values (1, null), (2, 3)',
  'select where false',
  'select id, tags, at, doc from item where id < 4 order by id',
  `select repeat('x', 2000) from generate_series(1, 4)`,
  `select 'ü€😀' as "naïve"`,
  `select E'a\\\\b\\n', '\\'`,
  'select a from ledger order by id for update',
  'explain (costs off) select a from ledger where id = 1',
  'show timezone',
  'table item limit 1',
]
const writes = [
  `insert into ledger (a, b) values (7, 'seven')`,
  'insert into ledger (a) values (8), (9) returning id, a, c',
  'update ledger set a = a + 1 where id < 3',
  'delete from ledger where id = 2',
  'insert into ledger (id) values (1) on conflict (id) do update set b = excluded.b',
  'with gone as (delete from ledger where id = 4 returning id) select count(*) from gone',
]
const errors = [
  'select 1 / 0',
  'select 10 / (a - 3) from ledger order by id',
  'insert into ledger (id) values (1)',
  `select 'x'::int`,
  `insert into ledger (c) values (1e12)`,
  'select a, count(*) from ledger',
  'selec 1',
  `select 'open`,
  'fetch 1 from nowhere',
  'execute nothing',
]
const transactions = [
  'begin',
  'begin',
  'commit',
  'rollback',
  'end',
  'abort',
  'commit and chain',
  'rollback and chain',
  'start transaction isolation level serializable',
  'begin read only',
  'set transaction isolation level repeatable read',
  'savepoint s',
  'savepoint s',
  'rollback to s',
  'release s',
  'rollback to t',
  'savepoint t',
]
const settings = [
  `set timezone to 'Asia/Tokyo'`,
  `set local timezone to 'UTC'`,
  'reset timezone',
  `set datestyle to 'German'`,
  `set extra_float_digits to 0`,
]
const named = [
  'prepare q as select a from ledger where id = 1',
  'prepare r (int) as insert into ledger (a) values ($1) returning a',
  'execute q',
  'execute q',
  'execute r (5)',
  `execute r ('x')`,
  'deallocate q',
  'deallocate r',
  'deallocate all',
  'deallocate b',
  'execute a',
]
const cursors = [
  'declare c cursor for select a, b from ledger order by id',
  'declare d cursor with hold for select id from item order by id limit 7',
  'declare e scroll cursor for select name from item order by id',
  'fetch 2 from c',
  'fetch all from c',
  'fetch from d',
  'fetch backward 1 from e',
  'move 3 in e',
  'fetch 3 from p',
  'close c',
  'close d',
  'close all',
]
const others = ['', ';', '/* nothing */', `notify channel, 'hello'`]
const copyOuts = ['copy ledger (a, b) to stdout', 'copy (select id, name from item order by id) to stdout (format csv, header)']
const binaryCopy = 'copy (select id, at from item order by id limit 3) to stdout (format binary)'

const refusedText = fc.constantFrom(...refused)
export const text = fc.oneof(
  { weight: 5, arbitrary: fc.constantFrom(...reads) },
  { weight: 4, arbitrary: fc.constantFrom(...writes) },
  { weight: 3, arbitrary: fc.constantFrom(...errors) },
  { weight: 6, arbitrary: fc.constantFrom(...transactions) },
  { weight: 2, arbitrary: fc.constantFrom(...settings) },
  { weight: 4, arbitrary: fc.constantFrom(...named) },
  { weight: 4, arbitrary: fc.constantFrom(...cursors) },
  { weight: 1, arbitrary: fc.constantFrom(...others) },
  { weight: 1, arbitrary: fc.constantFrom(...copyOuts, binaryCopy) },
  { weight: 2, arbitrary: refusedText },
)

export const isRefused = (sql: string) => refused.some((one) => sql.includes(one))
