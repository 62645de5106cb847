import { createGrowing, take } from '@sallyport/wire'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { MaskKind } from '@sallyport/core'
import { openLine, type Line } from '../../test/differential/line.js'
import { has18, password, startTarget, type TestTarget } from '../../test/target.js'
import { dial } from '../../test/transports.js'
import { ask, cellsOf, known, opaque } from '../../test/values.js'
import { readRowDescription } from '../codec/index.js'
import { createCells } from './cells.js'
import { createRowMask } from './rows.js'
import { rows as table } from './types.js'

const cells = createCells([{ epoch: 3, key: new Uint8Array(32).fill(5) }])
const kinds: readonly MaskKind[] = [
  'redact',
  'nullify',
  'hash',
  { partial: { keep: 'domain' } },
  { partial: { keep: 'first' } },
  { partial: { keep: 'last' } },
  { partial: { keep: 'year' } },
  { partial: { keep: 'month' } },
]

describe.each(has18 ? ([15, 18] as const) : ([15] as const))('of PostgreSQL %s', (major) => {
  let target: TestTarget
  let line: Line

  beforeAll(async () => {
    target = await startTarget({}, major)
    line = await openLine((await dial(target.port)).stream, { user: 'app_clear', database: 'postgres', password })
    await sql(`create type pg_temp.mood as enum ('sad', 'happy')`)
    await sql('create type pg_temp.pair as (a int, b text)')
  })
  afterAll(async () => {
    line?.close()
    await target?.stop()
  })

  async function sql(text: string): Promise<readonly (readonly (Buffer | null)[])[]> {
    const { rows, error } = await ask(line, text, 0)
    expect(error, text).toBeUndefined()
    return rows.map(cellsOf)
  }

  it('the OIDs of types and of their arrays are those of the catalog', async () => {
    for (const [name, oid, array] of table) {
      const [found] = await sql(
        `select typname, typarray, (select typelem from pg_type a where a.oid = t.typarray) from pg_type t where oid = ${oid}`,
      )
      expect(found!.map(String)).toEqual([name, String(array), String(oid)])
    }
  })

  it('every type of the catalog that is sent as its text is known as text', async () => {
    const found = await sql(`select t.oid from pg_type t join pg_proc p on p.oid = t.typsend
      where p.prosrc in ('textsend', 'varcharsend', 'bpcharsend', 'namesend') and t.typtype = 'b' and t.typcategory <> 'A' and t.oid < 16384`)
    const text = table.filter(([, , , family]) => family === 'text').map(([, oid]) => oid)
    expect(found.map(([oid]) => Number(String(oid))).filter((oid) => !text.includes(oid))).toEqual([])
  })

  /** What the server reads the masked values of a column as, per kind of mask. */
  async function readBack(type: string, format: 0 | 1, text = 'v::text'): Promise<Record<string, readonly (string | null)[]>> {
    const { described, rows, error } = await ask(line, 'select v from sample order by n', format)
    expect(error).toBeUndefined()
    const [column] = readRowDescription(described!)
    const found: Record<string, readonly (string | null)[]> = {}
    for (const as of kinds) {
      const out = createGrowing()
      const mask = createRowMask([{ mask: cells.mask(column!, as) }])
      const read: (string | null)[] = []
      for (const row of rows) {
        mask.rewrite(row, 0, row.length, out)
        const [value] = cellsOf(take(out))
        if (value === null) {
          read.push(null)
          continue
        }
        // Assigned, so that nothing is cut to the column in silence.
        const sent = await ask(line, `insert into sample (v) values ($1)`, format, [value!])
        expect(sent.error, `${type} ${format} ${JSON.stringify(as)} ${value!.toString('latin1')}`).toBeUndefined()
        const [back] = await sql(`delete from sample where n is null returning ${text}`)
        read.push(String(back![0]))
      }
      found[JSON.stringify(as)] = read
    }
    return found
  }

  async function fill(type: string, values: readonly string[]): Promise<void> {
    await sql('drop table if exists sample')
    await sql(`create temp table sample (n int, v ${type})`)
    const rows = [...values.map((value, i) => `(${i}, ${quoted(value)})`), '(1000, null)']
    await sql(`insert into sample values ${rows.join(', ')}`)
  }

  it.each(Object.entries(known))('a masked %s can be read by the server again, the same from text and binary', async (type, values) => {
    await fill(type, values)
    const [text, binary] = [await readBack(type, 0), await readBack(type, 1)]
    expect(binary).toEqual(text)
    for (const found of Object.values(text)) expect(found.at(-1)).toBeNull()
    expect(new Set(text['"redact"']!.slice(0, -1)).size).toBe(1)
    expect(text['"nullify"']!.every((value) => value === null)).toBe(true)
  })

  it.each([
    ['text', 'alice@example.com', ['***', '***@example.com', 'a***', '***.com', '***', '***']],
    ['varchar(20)', 'alice@example.com', ['***', '***@example.com', 'a***', '***.com', '***', '***']],
    ['varchar(17)', 'a@longer.example', ['***', '***', 'a***', '***mple', '***', '***']],
    ['varchar(2)', 'ab', ['**', '**', '**', '**', '**', '**']],
    ['char(40)', '4111111111111111', ['***', '***', '4***', '***1111', '***', '***'].map((text) => text.padEnd(40))],
    ['int4', '42', ['0', null, null, null, null, null]],
    ['numeric(6,2)', '12.34', ['0.00', null, null, null, null, null]],
    ['bool', 'true', ['false', null, null, null, null, null]],
    ['float8', '1.5', ['0', null, null, null, null, null]],
    ['date', '1984-05-06', ['2000-01-01', null, null, null, '1984-01-01', '1984-05-01']],
    ['date', '0044-03-15 BC', ['2000-01-01', null, null, null, '0044-01-01 BC', '0044-03-01 BC']],
    [
      'timestamp',
      '294276-12-31 23:59:59.999999',
      ['2000-01-01 00:00:00', null, null, null, '294276-01-01 00:00:00', '294276-12-01 00:00:00'],
    ],
    [
      'timestamptz',
      '1984-05-01 00:30:00+02',
      ['2000-01-01 00:00:00+00', null, null, null, '1984-01-01 00:00:00+00', '1984-04-01 00:00:00+00'],
    ],
    ['timetz', '07:08:09+02', ['00:00:00+00', null, null, null, null, null]],
    ['interval', '1 year', ['00:00:00', null, null, null, null, null]],
    ['uuid', '6ba7b810-9dad-11d1-80b4-00c04fd430c8', ['00000000-0000-0000-0000-000000000000', null, null, null, null, null]],
    ['jsonb', '{"a": 1}', ['{}', null, null, null, null, null]],
  ])('of a %s, %s, only that much is left', async (type, value, expected) => {
    await sql(`set time zone 'UTC'`)
    await fill(type, [value])
    const read = await readBack(type, 1)
    const shown = kinds.filter((kind) => kind !== 'nullify' && kind !== 'hash').map((kind) => read[JSON.stringify(kind)]![0])
    // A column of fixed width is padded again by the server.
    expect(shown.map((text) => text && text.padEnd(type === 'char(40)' ? 40 : 0))).toEqual(expected)
  })

  it('tokens are values of their type, and join across formats, widths of text and scales', async () => {
    const tokenOf = async (type: string, value: string, format: 0 | 1) => {
      await fill(type, [value])
      return (await readBack(type, format))['"hash"']![0]!.trimEnd()
    }
    expect(await tokenOf('text', 'alice', 0)).toMatch(/^tok_3_[a-z2-7]{26}$/)
    expect(await tokenOf('char(40)', 'alice', 1)).toBe(await tokenOf('text', 'alice', 0))
    expect(await tokenOf('numeric', '1.50', 1)).toBe(await tokenOf('numeric', '1.5', 0))
    expect(await tokenOf('uuid', '6ba7b810-9dad-11d1-80b4-00c04fd430c8', 1)).toMatch(/^.{14}8/)
    const numbers = [
      await tokenOf('int2', '7', 0),
      await tokenOf('int4', '7', 1),
      await tokenOf('int8', '7', 1),
      await tokenOf('oid', '7', 0),
    ]
    expect(numbers.map(Number).every((n) => n >= 0 && Number.isSafeInteger(n))).toBe(true)
  })

  it.each(Object.entries(known))('an array of %s is masked element by element', async (type, values) => {
    const arrays = ['{}', literal([...values, null]), literal([values[0]!, null], '[0:1]='), `{${literal(values)},${literal(values)}}`]
    await fill(type, values)
    const single = await readBack(type, 0)
    await fill(`${type}[]`, arrays)
    const [text, binary] = [await readBack(type, 0), await readBack(type, 1)]
    expect(binary).toEqual(text)
    for (const as of kinds.filter((kind) => kind !== 'nullify')) {
      const key = JSON.stringify(as)
      expect(text[key]!.at(-1)).toBeNull()
      expect(text[key]![0]).toBe('{}')
      const elements = await sql(`select e::text from unnest(${quoted(text[key]![1]!)}::${type}[]) e`)
      expect(
        elements.map(([e]) => (e ? e.toString().trimEnd() : null)),
        key,
      ).toEqual(single[key]!.map((value) => value && value.trimEnd()))
      expect(text[key]![2]).toMatch(/^\[0:1\]=/)
    }
    expect(text['"nullify"']).toEqual([null, null, null, null, null])
  })

  it.each(Object.entries(opaque))('nothing of a %s is shown, in either format, nor of an array of it', async (type, values) => {
    for (const format of [0, 1] as const) {
      for (const column of [type, `${type}[]`]) {
        await fill(column, column === type ? values : [literal(values, '', type === 'box' ? ';' : ',')])
        for (const read of Object.values(await readBack(column, format))) expect(read).toEqual(read.map(() => null))
      }
    }
  })

  it('a date keeps its year whatever the time zone and the style of dates of the session', async () => {
    await fill('timestamptz', ['2023-12-31 23:30:00+00'])
    const year = JSON.stringify(kinds[6])
    // Nothing that a session could name moves a value over a border: this one shifts by four days.
    for (const zone of ['UTC', 'Asia/Tokyo', '-12', '<+99>-99', 'Asia/Kathmandu']) {
      await sql(`set time zone '${zone}'`)
      for (const format of [0, 1] as const) {
        const read = await readBack('timestamptz', format, `v at time zone 'UTC'`)
        expect(read[year], zone).toEqual(['2023-01-01 00:00:00', null])
      }
    }
    await sql(`set time zone 'UTC'`)
    await sql(`set datestyle to 'German'`)
    expect((await readBack('timestamptz', 0))[year]).toEqual([null, null])
    await sql('reset datestyle')
  })
})

function quoted(text: string): string {
  return `'${text.replaceAll("'", "''")}'`
}

function literal(values: readonly (string | null)[], bounds = '', delimiter = ','): string {
  const elements = values.map((value) => (value === null ? 'NULL' : `"${value.replaceAll(/["\\]/g, '\\$&')}"`))
  return `${bounds}{${elements.join(delimiter)}}`
}
