import * as fc from 'fast-check'
import { joined, messages, say } from '../play/words.js'
import { isRefused, text } from './ledger.js'

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

export const poison = { query: say.query('? never parsed ?'), parse: say.parse('never parsed', '? never parsed ?') }

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

/** A simple query behind a Flush, as asyncpg sends it; if the batch has failed the query is skipped, and its Sync answers. */
const flushed = fc.tuple(part, text).map(([{ bytes, refused: lost }, sql]): Chapter[] => {
  const all = (first: Uint8Array, second: Uint8Array) => joined(first, say.flush(), second, say.sync())
  return [
    {
      gated: all(bytes, say.query(sql)),
      direct: [all(bytes, say.query(sql)), all(poison.parse, say.query(sql)), all(bytes, poison.query)],
      choice: lost ? 1 : isRefused(sql) ? 2 : 0,
      readies: 1,
      more: 1,
    },
  ]
})

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
  { weight: 2, arbitrary: flushed },
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
