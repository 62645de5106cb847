import * as fc from 'fast-check'
import { joined, messages, say } from '../play/words.js'

/** What a client sends up to a ReadyForQuery. */
export interface Chapter {
  readonly gated: Uint8Array
  /**
   * What a server without a gateway is sent for the same end: first the same, then with what no server can parse in the
   * place of each part that a gateway may refuse, for that is refused as a whole.
   */
  readonly direct: readonly Uint8Array[]
  /** Which of them it is as far as the policy alone decides. */
  readonly choice: number
  /** ReadyForQuery that surely come, and how many may come beyond them: a COPY that never began is answered with one more. */
  readonly readies: number
  readonly more: number
}

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
const text = fc.oneof(
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

const poison = { query: say.query('? never parsed ?'), parse: say.parse('never parsed', '? never parsed ?') }
const isRefused = (sql: string) => refused.some((one) => sql.includes(one))

const query = (sql: string): Chapter => ({
  gated: say.query(sql),
  direct: [say.query(sql), poison.query],
  choice: isRefused(sql) ? 1 : 0,
  readies: 1,
  more: 0,
})
const simple = fc.array(text, { minLength: 1, maxLength: 3 }).map((list) => [query(list.join('; '))])

interface Piece {
  readonly bytes: Uint8Array
  readonly refused?: boolean
}

const statementName = fc.constantFrom('', '', 'a', 'b', 'n', 'q')
/**
 * The unnamed portal is named only beside its Bind: after a simple query that failed in a transaction, PostgreSQL 15 crashes
 * when somebody executes it, for it still points to the plan of that query. The gateway knows that it is gone, and refuses.
 */
const portalName = fc.constantFrom('p', 'p', 'c')
const bindings = fc.tuple(fc.constantFrom('', '', 'p', 'c'), statementName)
/** With parameters: text, and how many there are. */
const parametrized = [
  { sql: 'select a, b from ledger where id = $1', params: ['2'] },
  { sql: 'select $1::int + 1, $2::text', params: ['41', null] },
  { sql: 'insert into ledger (a, b) values ($1, $2) returning id', params: ['5', 'five'] },
  { sql: 'update ledger set c = $1 where id = $2', params: ['1.25', '3'] },
  { sql: 'select 1 / $1::int', params: ['0'] },
  { sql: 'select id, at, doc from item where id = any ($1::int[]) order by id', params: ['{1,3}'] },
] as const

const piece: fc.Arbitrary<Piece> = fc.oneof(
  { weight: 4, arbitrary: text.map((sql) => ({ bytes: say.run(sql), refused: isRefused(sql) })) },
  {
    weight: 4,
    arbitrary: fc.constantFrom(...parametrized).map(({ sql, params }) => ({ bytes: say.run(sql, [...params]) })),
  },
  { weight: 2, arbitrary: fc.tuple(statementName, text).map(([name, sql]) => ({ bytes: say.parse(name, sql), refused: isRefused(sql) })) },
  { weight: 2, arbitrary: bindings.map(([portal, name]) => ({ bytes: say.bind(portal, name) })) },
  {
    weight: 2,
    arbitrary: fc
      .tuple(bindings, fc.array(fc.nat({ max: 2 }), { minLength: 1, maxLength: 3 }))
      .map(([[portal, name], limits]) => ({ bytes: joined(say.bind(portal, name), ...limits.map((rows) => say.execute(portal, rows))) })),
  },
  { weight: 2, arbitrary: fc.tuple(portalName, fc.nat({ max: 2 })).map(([portal, rows]) => ({ bytes: say.execute(portal, rows) })) },
  { weight: 1, arbitrary: statementName.map((name) => ({ bytes: say.describe('S', name) })) },
  { weight: 1, arbitrary: portalName.map((name) => ({ bytes: say.describe('P', name) })) },
  { weight: 1, arbitrary: statementName.map((name) => ({ bytes: say.close('S', name) })) },
  { weight: 1, arbitrary: portalName.map((name) => ({ bytes: say.close('P', name) })) },
)

/** A batch of parts, all but the last one ended by Flush; a part is refused as a whole, and nothing of it is sent. */
function batchOf(parts: readonly { readonly bytes: Uint8Array; readonly refused?: boolean }[]): Chapter {
  const ends = parts.map((_, i) => (i === parts.length - 1 ? say.sync() : say.flush()))
  const all = (refusedPart: number) =>
    joined(...parts.flatMap(({ bytes }, i) => [i === refusedPart ? poison.parse : bytes, ends[i] ?? say.sync()]))
  return {
    gated: all(-1),
    direct: [all(-1), ...parts.map((_, i) => all(i))],
    choice: parts.findIndex((part) => part.refused) + 1,
    readies: 1,
    more: 0,
  }
}

const part = fc
  .array(piece, { minLength: 0, maxLength: 4 })
  .map((pieces) => ({ bytes: joined(...pieces.map(({ bytes }) => bytes)), refused: pieces.some((one) => one.refused) }))
const batch = fc.array(part, { minLength: 1, maxLength: 3 }).map((parts) => [batchOf(parts)])

/** A statement suspended by a row limit and taken up again, in a transaction so that it lives on after Sync. */
const suspended = fc
  .tuple(fc.constantFrom('p', 's'), fc.array(fc.nat({ max: 3 }), { minLength: 1, maxLength: 4 }))
  .map(([portal, limits]) => {
    const opening = joined(say.parse('', 'select id, name from item order by id'), say.bind(portal, ''), say.describe('P', portal))
    return [
      query('begin'),
      batchOf([{ bytes: opening }, { bytes: say.execute(portal, 1) }]),
      ...limits.map((rows, i) => batchOf(Array.from({ length: 1 + (i % 2) }, () => ({ bytes: say.execute(portal, rows + 1) })))),
      query('commit'),
    ]
  })

const csv = 'copy ledger (a, b) from stdin (format csv)'
const copyIns: readonly (readonly [string, readonly string[]])[] = [
  ['copy ledger (a, b) from stdin', ['10\tten\n11\tele', 'ven\n']],
  [csv, ['12,"twe\nlve"\n', '13,\n']],
  ['copy ledger (a, b) from stdin', ['ten\tten\n', '11\televen\n']],
  [csv, ['1,2,3\n']],
  ['copy ledger (a) from stdin', []],
]
const copyIn = fc
  .tuple(fc.constantFrom(...copyIns), fc.constantFrom('done', 'done', 'fail'), fc.constantFrom('simple', 'synced', 'flushed'), text)
  .map(([[sql, data], end, how, after]): Chapter[] => {
    const body = joined(...data.map(say.copyData), end === 'done' ? say.copyDone() : say.copyFail('changed my mind'))
    if (how === 'simple') {
      const { gated, direct, ...rest } = query(isRefused(after) ? sql : `${sql}; ${after}`)
      return [{ ...rest, gated: joined(gated, body), direct: direct.map((bytes) => joined(bytes, body)) }]
    }
    // As libpq does, Sync comes at once; whether it is answered depends on whether the COPY began.
    // Under a name that nobody else uses: run once more without its data, it would wait for ever.
    const asked = [joined(say.close('S', 'k'), say.parse('k', sql), say.bind('', 'k'), say.describe('P'), say.execute()), poison.parse]
    const direct = asked.map((bytes) => joined(bytes, how === 'synced' ? say.sync() : say.flush(), body, say.sync()))
    return [{ gated: direct[0] ?? body, direct, choice: 0, readies: 1, more: how === 'synced' ? 1 : 0 }]
  })

const chapters = fc.oneof(
  { weight: 6, arbitrary: simple },
  { weight: 8, arbitrary: batch },
  { weight: 1, arbitrary: suspended },
  { weight: 2, arbitrary: copyIn },
)

/** A whole session up to Terminate; `a` and `b` exist, so that names meet something. */
export const scripts: fc.Arbitrary<readonly Chapter[]> = fc
  .array(chapters, { minLength: 1, maxLength: 8 })
  .map((list) => [
    batchOf([{ bytes: say.parse('a', 'select a from ledger order by id') }]),
    batchOf([{ bytes: say.parse('b', 'delete from ledger where id = 3') }]),
    ...list.flat(),
    { gated: say.end(), direct: [say.end()], choice: 0, readies: 0, more: 0 },
  ])

/** For the reader of a failure: one word per message, with what it says. */
export function spelled(script: readonly Chapter[]): string {
  return script
    .map(({ gated }) =>
      messages(gated)
        .map(({ type, body }) => `${type}(${body.toString('utf8').replaceAll('\0', ' ').trim()})`)
        .join(' '),
    )
    .join('\n')
}

const begin = say.query('begin')
const rollback = say.query('rollback')
const whole = (...parts: readonly Uint8Array[]) => {
  const bytes = joined(...parts)
  return { gated: bytes, direct: bytes, readies: messages(bytes).filter(({ type }) => type === 'Q' || type === 'S').length }
}

/** Short scripts that leave nothing behind, to be cut at every byte. */
export const rounds = {
  'a transaction that fails': whole(begin, say.query('insert into ledger (a) values (1); select 1 / 0'), say.query('select 2'), rollback),
  'a refusal in a transaction': {
    ...whole(begin, say.query('truncate ledger'), say.query('select 1'), rollback),
    direct: joined(begin, poison.query, say.query('select 1'), rollback),
  },
  'a named statement, run twice and closed': whole(
    say.parse('x', 'select id, name from item where id < $1::int order by id'),
    say.flush(),
    say.bind('', 'x', ['3']),
    say.describe('P'),
    say.execute('', 1),
    say.flush(),
    say.execute(),
    say.close('S', 'x'),
    say.sync(),
  ),
  'a pipeline with an error in its middle': whole(
    say.run('select 1'),
    say.run('select 1 / 0'),
    say.run('select 3'),
    say.sync(),
    say.sync(),
  ),
  'COPY both ways': whole(
    begin,
    say.query('copy ledger (a, b) from stdin'),
    joined(say.copyData('1\tone\n2\t'), say.copyData('two\n'), say.copyDone()),
    say.query('copy ledger (a, b) to stdout'),
    rollback,
  ),
} as const
