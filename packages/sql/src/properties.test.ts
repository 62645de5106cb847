import fc from 'fast-check'
import { expect, test } from 'vitest'
import { classified, corpus, grown, only, psql, read } from '../corpus/world.js'
import { isIndifferent } from './indifferent.js'

const cases = [...corpus.cases, ...grown.cases]
const texts = [...cases.flatMap(({ sql }) => (sql === undefined ? [] : [sql])), ...psql.statements]

/** Pieces that are quoted, commented, or between them; only what lies between may be changed freely. */
const pieces =
  /(\$(\w*)\$[\s\S]*?\$\2\$|[eEuU]&?'(?:[^'\\]|\\.|'')*'|'(?:[^']|'')*'|[uU]&"[^"]*"|"(?:[^"]|"")*"|--[^\n\r]*[\n\r]?|\/\*[\s\S]*?\*\/)/

function mutate(text: string, between: (plain: string) => string): string {
  const parts = text.split(pieces)
  // Every match leaves itself and the dollar tag behind it.
  return parts.map((part, i) => (i % 3 === 0 ? between(part) : i % 3 === 1 ? part : '')).join('')
}

function verdicts(text: string) {
  return classified(text).map(({ action, control }) => ({ action, control }))
}

const blanks = fc.constantFrom(' ', '\t', '\n', '\r\n', '\f', ' -- x; delete from users\n', '/* ; */', '/* a /* b */ c */', '  ')

/** Behind these words the pinned grammar looks one token ahead and takes a comment for that token: stricter than the server. */
const lookahead = /(\b(?:not|nulls|with|without))?(\s+)/gi

test('blanks and comments between words change nothing', () => {
  fc.assert(
    fc.property(fc.constantFrom(...texts), fc.array(blanks, { minLength: 1, maxLength: 5 }), (text, fillers) => {
      let next = 0
      const mutated = mutate(text, (plain) =>
        plain.replace(lookahead, (_, word: string | undefined, old: string) => {
          const filler = word === undefined ? fillers[next++ % fillers.length]! : ' \t'
          return (word ?? '') + (/[\n\r]/.test(old) ? '\n' : ' ') + filler
        }),
      )
      expect(verdicts(mutated)).toEqual(verdicts(text))
    }),
    { numRuns: 400 },
  )
})

test('a comment where the grammar looks ahead is refused, never misread', () => {
  expect(() => read('select 1 from orders where id not /* x */ in (1)')).toThrow('syntax error')
})

test('the case of words outside of quotes changes nothing', () => {
  fc.assert(
    fc.property(fc.constantFrom(...texts), fc.array(fc.boolean(), { minLength: 1, maxLength: 13 }), (text, flips) => {
      let next = 0
      const mutated = mutate(text, (plain) =>
        plain.replace(/[a-z]/gi, (letter) => (flips[next++ % flips.length]! ? letter.toUpperCase() : letter.toLowerCase())),
      )
      // Upper-case letters of the original outside of quotes fold as well.
      expect(verdicts(mutated)).toEqual(verdicts(text))
    }),
    { numRuns: 400 },
  )
})

test('parentheses around a query change nothing but where it stands', () => {
  const queries = texts.filter(
    (text) => /^\s*(select|table|values)\b/i.test(text) && !/[;]|\binto\b/i.test(text) && classified(text).length === 1,
  )
  fc.assert(
    fc.property(fc.constantFrom(...queries), fc.integer({ min: 1, max: 30 }), (text, depth) => {
      const nested = `${'('.repeat(depth)}${text}\n${')'.repeat(depth)}`
      expect(verdicts(nested)).toEqual(verdicts(text))
    }),
    { numRuns: 200 },
  )
})

test('a statement behind another one is told as if it stood alone', () => {
  fc.assert(
    fc.property(fc.constantFrom(...texts), fc.constantFrom(...texts), (first, second) => {
      const all = classified(`${first}\n;${second}`)
      const alone = classified(second)
      const tail = all.slice(all.length - alone.length)
      const effects = (each: (typeof all)[number]) => each.action.effects
      expect(tail.map(effects)).toEqual(alone.map(effects))
      expect(tail.map(({ text }) => text)).toEqual(alone.map(({ text }) => text))
      // What comes earlier can only take certainty away.
      const unsure = (each: readonly { readonly action: { readonly certainty: string } }[]) =>
        each.map(({ action }) => action.certainty === 'unknown')
      expect(unsure(alone).filter((unknown, i) => unknown && !unsure(tail)[i])).toEqual([])
    }),
    { numRuns: 400 },
  )
})

const { statement } = fc.letrec<{ statement: string; query: string; condition: string }>((tie) => {
  const query = tie('query')
  const condition = tie('condition')
  return {
    statement: fc.oneof(
      { maxDepth: 4 },
      query,
      condition.map((c) => `delete from orders where ${c}`),
      condition.map((c) => `update orders set total = 0 where ${c}`),
      query.map((q) => `insert into orders (id) ${q}`),
      query.map((q) => `delete from orders using (${q}) s (id) where orders.id = s.id`),
    ),
    query: fc.oneof(
      { maxDepth: 4 },
      fc.constantFrom('select id from users', 'select 1', 'values (1)', 'select user_id from orders limit 1'),
      condition.map((c) => `select id from users where ${c}`),
      tie('statement').map((s) => `with w as (${/^[(svw]/.test(s) ? s : `${s} returning 1`}) select 1 from w`),
      fc.tuple(query, query).map(([a, b]) => `(${a}) union (${b})`),
      query.map((q) => `select (${q})`),
    ),
    condition: fc.oneof(
      { maxDepth: 4 },
      fc.constantFrom('id = 1', 'true', 'id is not null', 'id = id'),
      query.map((q) => `exists (${q})`),
      query.map((q) => `id in (${q})`),
      fc.tuple(condition, condition).map(([a, b]) => `(${a} or ${b}) and not (${b})`),
    ),
  }
})

test('what changes rows says so, however deep it lies', () => {
  fc.assert(
    fc.property(statement, (text) => {
      const { action } = only(text)
      const changes = ['delete', 'update', 'insert'].filter((word) => text.includes(`${word} `))
      expect(action.effects.filter((effect) => effect !== 'read' && effect !== 'write').toSorted()).toEqual(changes.toSorted())
      expect(action.effects.includes('write')).toBe(changes.length > 0)
      expect(action.effects.includes('read') || !text.includes('select')).toBe(true)
      expect(action.touches.some(({ name }) => name === 'public.users')).toBe(text.includes('users'))
      expect('filtered' in action.facts).toBe(changes.some((change) => change !== 'insert'))
    }),
    { numRuns: 1_500 },
  )
})

test('the indifference test says the same of text and of its bytes', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (text) => {
      expect(isIndifferent(text)).toBe(isIndifferent(new TextEncoder().encode(text)))
    }),
  )
})
