import { createParser, type Parser, type ParserOptions } from '@sallyport/sql'
import { afterEach, expect, test } from 'vitest'

// Threads load the built module, so the parser is tested as built.
const open: Parser[] = []

function parser(options: ParserOptions = {}): Parser {
  const made = createParser({ workers: 1, inPlace: false, ...options })
  open.push(made)
  return made
}

afterEach(async () => {
  await Promise.all(open.splice(0).map((each) => each.close()))
})

async function texts(text: string, from = parser()): Promise<readonly string[]> {
  const parsed = await from.parse(text)
  if (!parsed.ok) throw new Error(parsed.reason)
  return parsed.statements.map((statement) => statement.text)
}

test('a text falls into its statements, each exactly as written', async () => {
  expect(await texts(' select 1 ; -- end\n\tdelete from t;')).toEqual(['select 1', 'delete from t'])
})

test('offsets of the grammar are bytes, slices are characters', async () => {
  const text = "select 'é€\u{1f600}' as \"ü\"; select '\u{1f600}'; drop table ñ"
  expect(await texts(text)).toEqual(['select \'é€\u{1f600}\' as "ü"', "select '\u{1f600}'", 'drop table ñ'])
})

test.each(['', ' \n\t', ';', ' ; ;; ', '-- only a comment', '/* nested /* */ */'])('%j holds no statement', async (text) => {
  expect(await texts(text)).toEqual([])
})

test('a syntax error is told with its place in characters', async () => {
  expect(await parser().parse("select '\u{1f600}', from")).toEqual({
    ok: false,
    code: 'unparsable',
    reason: expect.stringContaining('syntax error') as string,
    position: "select '\u{1f600}', ".length,
  })
})

test('NUL would end the text early for the grammar, so it is refused before', async () => {
  expect(await parser().parse('select 1;\0 drop table x')).toMatchObject({ ok: false, code: 'unparsable', position: 9 })
})

test('half a surrogate pair would be replaced by another character, so it is refused before', async () => {
  expect(await parser().parse("select '\ud83d'")).toMatchObject({ ok: false, code: 'unparsable' })
  expect(await parser().parse("select '\u{1f600}'")).toMatchObject({ ok: true })
})

test('the size limit counts bytes of UTF-8', async () => {
  const small = parser({ maxBytes: 20 })
  expect(await small.parse("select '1234567890'")).toMatchObject({ ok: true })
  expect(await small.parse("select 'éééééé'")).toMatchObject({ ok: false, code: 'too_large' })
  expect(await small.parse('select 1'.padEnd(21))).toMatchObject({ ok: false, code: 'too_large' })
})

test('20 kB of nested parentheses are refused or read, and the parser lives on', async () => {
  const one = parser()
  for (const depth of [10_000, 300_000]) {
    const parsed = await one.parse(`select ${'('.repeat(depth)}1${')'.repeat(depth)}`)
    expect(parsed.ok ? 'read' : parsed.code).toMatch(/^(read|unparsable)$/)
    expect(await texts('select 1', one)).toEqual(['select 1'])
  }
})

test('nested sub-selects too deep for the thread are unparsable, and the parser lives on', async () => {
  const one = parser()
  const deep = `${'select (select '.repeat(20_000)}1${')'.repeat(20_000)}`
  expect(await one.parse(deep)).toMatchObject({ ok: false, code: 'unparsable' })
  expect(await texts('select 1', one)).toEqual(['select 1'])
})

test('8,000 chained additions are read', async () => {
  const one = parser({ timeoutMs: 20_000 })
  expect(await one.parse(`select ${'1+'.repeat(8_000)}1`)).toMatchObject({ ok: true })
  expect(await texts('select 1', one)).toEqual(['select 1'])
})

test('a text that takes too long is given up, and the next one is read', async () => {
  const one = parser({ timeoutMs: 1 })
  const slow = `select ${'1+'.repeat(20_000)}1`
  expect(await one.parse(slow)).toMatchObject({ ok: false, code: 'unparsable', reason: 'the statement takes too long to read' })
  const patient = parser({ timeoutMs: 20_000 })
  expect(await texts('select 1', patient)).toEqual(['select 1'])
})

test('beyond the queue nothing is taken in', async () => {
  const one = parser({ maxWaiting: 2 })
  const all = await Promise.all(Array.from({ length: 10 }, async () => one.parse('select 1')))
  expect(all.filter((parsed) => parsed.ok).length).toBeGreaterThanOrEqual(2)
  expect(all.filter((parsed) => !parsed.ok).every((parsed) => !parsed.ok && parsed.code === 'too_many')).toBe(true)
  expect(all.some((parsed) => !parsed.ok)).toBe(true)
})

test('a thread is replaced after it read its share, and no text is lost', async () => {
  const one = parser({ recycleBytes: 100 })
  const all = await Promise.all(Array.from({ length: 8 }, async (_, i) => one.parse(`select ${i}, '${'x'.repeat(30)}'`)))
  expect(all.every((parsed) => parsed.ok)).toBe(true)
})

test('closing answers what still waits', async () => {
  const one = parser()
  const waiting = Array.from({ length: 5 }, async () => one.parse('select 1'))
  await one.close()
  for (const parsed of await Promise.all(waiting)) expect(parsed).toMatchObject({ ok: false, code: 'unparsable' })
  expect(await one.parse('select 1')).toMatchObject({ ok: false, code: 'unparsable' })
})
