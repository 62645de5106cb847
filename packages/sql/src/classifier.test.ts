import { expect, test } from 'vitest'
import { classified, corpus, model, read } from '../corpus/world.js'
import type { Classification, Classified } from './classified.js'
import { type ClassifierOptions, createClassifier, createStatementCache } from './classifier.js'
import type { TargetModel } from './model.js'
import type { Parser } from './parser.js'

function counting(): Parser & { readonly asked: string[] } {
  const asked: string[] = []
  return {
    asked,
    parse(text) {
      asked.push(text)
      if (text === 'busy') return Promise.resolve({ ok: false, code: 'too_many', reason: 'later' })
      return Promise.resolve(text.startsWith('bad') ? { ok: false, code: 'unparsable', reason: 'no' } : read(text))
    },
    close: () => Promise.resolve(),
  }
}

/** `classify` by itself, as the tests call it over and over. */
function classifier(options: ClassifierOptions) {
  const made = createClassifier(options)
  return { classify: (text: string) => made.classify(text) }
}

test('a text is read once, and answered at once from then on', async () => {
  const parser = counting()
  const { classify } = classifier({ parser, model: () => model })
  const first = classify('select id from orders')
  expect(first).toBeInstanceOf(Promise)
  const answer = await first
  expect(classify('select id from orders')).toBe(answer)
  expect(parser.asked).toHaveLength(1)
})

test('another model is another answer, without reading again', async () => {
  const parser = counting()
  let now: TargetModel | undefined = model
  const { classify } = classifier({ parser, model: () => now })
  await classify('select id from orders')
  now = { ...model, epoch: 'next', relations: new Map() }
  expect((classify('select id from orders') as Classification).statements[0]!.action.certainty).toBe('unknown')
  now = undefined
  expect((classify('select id from orders') as Classification).statements[0]!.action.reason).toBe('the target model is not loaded')
  now = model
  expect((classify('select id from orders') as Classification).statements[0]!.action.certainty).toBe('exact')
  expect(parser.asked).toHaveLength(1)
})

test('the search path, the settings and what the target vouches for are part of the question', async () => {
  const parser = counting()
  const cache = createStatementCache()
  let path = ['public']
  const sees = async (classifier: ReturnType<typeof createClassifier>) =>
    (await classifier.classify('select f_email(1) from users')).statements[0]!.action
  const plain = createClassifier({ parser, cache, model: () => model, searchPath: () => path })
  const vouching = createClassifier({ parser, cache, model: () => model, declared: { 'public.f_email(int)': { effects: ['read'] } } })
  expect((await sees(plain)).touches[0]!.name).toBe('public.users')
  expect((await sees(vouching)).certainty).toBe('exact')
  path = ['alt', 'public']
  expect((await sees(plain)).touches[0]!.name).toBe('alt.users')
  expect(parser.asked).toHaveLength(1)
})

test('what cannot be read is remembered, a busy parser is not', async () => {
  const parser = counting()
  const { classify } = classifier({ parser, model: () => model })
  const bad = await classify('bad')
  expect(bad).toMatchObject({ readable: false, statements: [{ text: 'bad', action: { effects: ['unparsable'] } }] })
  expect(classify('bad')).toBe(bad)
  await classify('busy')
  await classify('busy')
  expect(parser.asked).toEqual(['bad', 'busy', 'busy'])
})

test('texts over 16 KiB are not kept', async () => {
  const parser = counting()
  const { classify } = classifier({ parser, model: () => model })
  const long = `select '${'x'.repeat(17_000)}'`
  await classify(long)
  await classify(long)
  expect(parser.asked).toHaveLength(2)
})

test('texts that were not used for longest are forgotten, by count and by weight', () => {
  const cache = createStatementCache({ entries: 4 })
  const parsed = read('select 1')
  for (const text of ['a', 'b', 'c']) cache.add(text, parsed)
  cache.get('a')
  cache.add('d', parsed)
  expect(['a', 'b', 'c', 'd'].map((text) => cache.get(text) !== undefined)).toEqual([true, false, true, true])
  const small = createStatementCache({ bytes: 100_000 })
  for (let i = 0; i < 1_000; i++) small.add(`${i}${'x'.repeat(1_000)}`, parsed)
  expect(small.size).toBeGreaterThan(0)
  expect(small.size).toBeLessThan(10)
})

test('texts that differ in literals alone are told with the same action, each with its own text', async () => {
  const { classify } = classifier({ parser: counting(), model: () => model })
  const [one, other] = [
    await classify("select id from orders where id = 1 and note = 'a'"),
    await classify("select id from orders where id = 22 and note = 'b c'"),
  ]
  expect(other.statements[0]!.action).toBe(one.statements[0]!.action)
  expect(other.statements[0]!.text).toBe("select id from orders where id = 22 and note = 'b c'")
})

test.each([
  ['delete from orders where id = 1', 'delete from orders where 1 = 1'],
  ['select id from orders limit 1', 'select id from orders limit 2'],
  ["set statement_timeout = '1s'", "set statement_timeout = '0'"],
  ["set search_path = 'a'", "set search_path = 'b'"],
])('what a literal changes is another shape: %s; %s', async (one, other) => {
  const { classify } = classifier({ parser: counting(), model: () => model })
  const [before, after] = [await classify(one), await classify(other)]
  expect(after.statements[0]!.action).not.toBe(before.statements[0]!.action)
})

test('what is remembered of a shape is what each of its texts means by itself', async () => {
  const { classify } = classifier({ parser: counting(), model: () => model })
  let compared = 0
  for (const { sql } of corpus.cases) {
    if (sql === undefined) continue
    // Other numbers and other texts, which may or may not be another shape.
    const variants = [sql, sql.replaceAll(/\b\d+\b/g, '7'), sql.replaceAll(/\b\d+\b/g, '0'), sql.replaceAll(/'[^']*'/g, "'x'"), sql]
    for (const text of variants) {
      const alone = meant(text)
      if (alone === undefined) continue
      compared++
      expect((await classify(text)).statements).toEqual(alone)
    }
  }
  expect(compared).toBeGreaterThan(500)
})

function meant(text: string): readonly Classified[] | undefined {
  try {
    return classified(text)
  } catch {
    return undefined
  }
}

test('what the target adds is added once for a shape, and never told to whom it was not made for', async () => {
  const parser = counting()
  const cache = createStatementCache()
  const made: string[] = []
  const marking = (key: string) =>
    createClassifier({
      parser,
      cache,
      model: () => model,
      mark: {
        key,
        apply(one) {
          made.push(key)
          return { ...one, action: { ...one.action, facts: { ...one.action.facts, mark: key } } }
        },
      },
    })
  const [a, b] = [marking('a'), marking('b')]
  const marks = []
  for (const each of [a, b, a, b, marking('a')]) marks.push((await each.classify('select 1')).statements[0]!.action.facts['mark'])
  marks.push((await a.classify('select 2')).statements[0]!.action.facts['mark'])
  expect([marks, made]).toEqual([
    ['a', 'b', 'a', 'b', 'a', 'a'],
    ['a', 'b'],
  ])
})
