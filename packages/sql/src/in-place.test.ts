import { createParser, type Parsed, type Parser } from '@sallyport/sql'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'

const longest = 2_048

/** Ways to nest, chain and repeat, `n` times; the sign of those whose depth is bounded by the brackets they open. */
const shapes: Readonly<Record<string, (n: number) => string>> = {
  parentheses: (n) => `select ${'('.repeat(n)}1${')'.repeat(n)}`,
  additions: (n) => `select ${'1+'.repeat(n)}1`,
  signs: (n) => `select ${'- '.repeat(n)}1`,
  operators: (n) => `select ${'! '.repeat(n)}1`,
  negations: (n) => `select ${'not '.repeat(n)}true`,
  casts: (n) => `select 1${'::int'.repeat(n)}`,
  collations: (n) => `select a${' collate c'.repeat(n)}`,
  'tests for null': (n) => `select 1${' is null'.repeat(n)}`,
  subscripts: (n) => `select a${'[1]'.repeat(n)}`,
  'subscripts of subscripts': (n) => `select a${'[a'.repeat(n)}${']'.repeat(n)}`,
  arrays: (n) => `select array${'['.repeat(n)}1${']'.repeat(n)}`,
  fields: (n) => `select ${'('.repeat(n)}a${').b'.repeat(n)}`,
  calls: (n) => `select ${'f('.repeat(n)}1${')'.repeat(n)}`,
  rows: (n) => `select ${'(1,'.repeat(n)}1${')'.repeat(n)}`,
  cases: (n) => `select ${'case when '.repeat(n)}true${' then 1 end'.repeat(n)}`,
  conditions: (n) => `select 1 where true${' and(true'.repeat(n)}${')'.repeat(n)}`,
  lists: (n) => `select 1${' in(1'.repeat(n)}${')'.repeat(n)}`,
  'sub-selects': (n) => `${'select('.repeat(n)}select 1${')'.repeat(n)}`,
  'sub-selects in from': (n) => `select 1 from ${'(select 1 from '.repeat(n)}t${')x'.repeat(n)}`,
  'common tables': (n) => `${'with a as('.repeat(n)}select 1${') select 1'.repeat(n)}`,
  unions: (n) => `select 1${' union select 1'.repeat(n)}`,
  'unions of unions': (n) => `${'('.repeat(n)}select 1${' union select 1)'.repeat(n)}`,
  joins: (n) => `select 1 from t${' join t on true'.repeat(n)}`,
  'joins of joins': (n) => `select 1 from ${'('.repeat(n)}t${' join t on true)'.repeat(n)}`,
  explanations: (n) => `${'explain '.repeat(n)}select 1`,
  preparations: (n) => `${'prepare a as '.repeat(n)}select 1`,
  schemas: (n) => 'create schema a '.repeat(n),
  statements: (n) => 'select 1;'.repeat(n),
  columns: (n) => `select ${'a,'.repeat(n)}a`,
}

/** As often as fits, and, where brackets are counted, as often as they may be opened. */
function worst(shape: (n: number) => string): string {
  let n = 1
  while (shape(n + 1).length <= longest && shape(n + 1).replaceAll(/[^[(]/g, '').length <= 256) n++
  return shape(n)
}

describe('a short text', () => {
  let parser: Parser
  const atOnce = (text: string): Parsed => {
    const parsed = parser.parse(text)
    if (parsed instanceof Promise) throw new Error(`it was given to a thread: ${text.slice(0, 40)}`)
    return parsed
  }

  beforeAll(async () => {
    parser = createParser({ workers: 1 })
    // It is read by a thread until the grammar is there.
    while (parser.parse('select 1') instanceof Promise) await new Promise((resolve) => setTimeout(resolve, 10))
  })
  afterAll(() => parser.close())

  it('is read at once, as a thread reads it', async () => {
    const threads = createParser({ workers: 1, inPlace: false })
    try {
      for (const text of ["select 'é€\u{1f600}', a from t; delete from t", '', '-- nothing', "select '\u{1f600}', from", 'select 1;\0'])
        expect(atOnce(text)).toEqual(await threads.parse(text))
    } finally {
      await threads.close()
    }
  })

  it.each(Object.entries(shapes))('leaves the reader whole with as many %s as it may have', (_, shape) => {
    atOnce(worst(shape))
    expect(atOnce('select 1')).toMatchObject({ ok: true })
  })

  it.each([
    ['longer', `select '${'x'.repeat(longest)}'`],
    ['with more brackets', `select ${'('.repeat(257)}1${')'.repeat(257)}`],
    ['with brackets that quotes would hide', `select '${')'.repeat(300)}', ${'('.repeat(257)}1${')'.repeat(257)}`],
  ])('that is %s goes to a thread', async (_, text) => {
    const parsed = parser.parse(text)
    expect(parsed).toBeInstanceOf(Promise)
    expect(await parsed).toMatchObject({ ok: true })
  })
})
