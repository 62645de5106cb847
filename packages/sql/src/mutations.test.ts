import fc from 'fast-check'
import { type ScanToken, scanSync } from 'libpg-query'
import { expect, test } from 'vitest'
import { classified, corpus, grown, read } from '../corpus/world.js'
import type { Classified } from './classified.js'

/**
 * The same statement in other clothes is the same statement: every case of the corpus, its names escaped, its literals
 * quoted otherwise, or put into another one. Its words are found by PostgreSQL's own scanner.
 */
const texts = [...corpus.cases, ...grown.cases].flatMap(({ sql }) => (sql === undefined || !isRead(sql) ? [] : [sql]))

/** Everything that a policy looks at. */
const verdicts = (text: string) => classified(text).map(({ action, outputs }) => ({ action: { ...action, reason: undefined }, outputs }))

function isRead(text: string): boolean {
  try {
    read(text)
    return true
  } catch {
    return false
  }
}

/** The text with some of its words written otherwise; the scanner counts bytes. */
function rewritten(text: string, write: (token: ScanToken, word: string) => string | undefined): string {
  const bytes = Buffer.from(text)
  let at = 0
  let out = ''
  for (const token of scanSync(text).tokens) {
    const word = bytes.toString('utf8', token.start, token.end)
    out += bytes.toString('utf8', at, token.start) + (write(token, word) ?? word)
    at = token.end
  }
  return out + bytes.toString('utf8', at)
}

const choices = fc.array(fc.nat({ max: 7 }), { minLength: 1, maxLength: 11 })

/** A word of the list at each turn; false: this one stays. */
function taking(list: readonly number[]): () => number {
  let turn = 0
  return () => list[turn++ % list.length]!
}

/** The name with every third letter as its code. */
function escaped(name: string, which: number): string {
  const letters = Array.from(name, (letter, i) =>
    i % 3 === which % 3 ? `\\${letter.charCodeAt(0).toString(16).padStart(4, '0')}` : letter,
  )
  return `U&"${letters.join('')}"`
}

test('names written with quotes, or with escapes of Unicode, are the same names', () => {
  fc.assert(
    fc.property(fc.constantFrom(...texts), choices, (text, list) => {
      const take = taking(list)
      const mutated = rewritten(text, ({ tokenName }, word) => {
        if (tokenName !== 'IDENT' || !/^[a-z_]\w*$/i.test(word)) return undefined
        const which = take()
        return which === 0 ? undefined : which < 3 ? `"${word.toLowerCase()}"` : escaped(word.toLowerCase(), which)
      })
      expect(verdicts(mutated), mutated).toEqual(verdicts(text))
    }),
    { numRuns: 600, seed: 20264 },
  )
})

test('literals in dollars, with escapes, or with escapes of Unicode are the same literals', () => {
  fc.assert(
    fc.property(fc.constantFrom(...texts), choices, (text, list) => {
      const take = taking(list)
      const mutated = rewritten(text, ({ tokenName }, word) => {
        if (tokenName !== 'SCONST' || !/^'(?:[^'\\\n]|'')*'$/.test(word)) return undefined
        const value = word.slice(1, -1).replaceAll("''", "'")
        const which = take()
        if (which === 0) return undefined
        if (which < 4 && !value.includes('$v$')) return `$v$${value}$v$`
        return ` E'${value.replaceAll("'", which % 2 === 0 ? "''" : "\\'")}'`
      })
      expect(verdicts(mutated), mutated).toEqual(verdicts(text))
    }),
    { numRuns: 600, seed: 20264 },
  )
})

/** What a policy could take for less than it is: what the outer statement adds is no less. */
interface Gist {
  readonly certainty: string
  readonly effects: ReadonlySet<string>
  readonly uses: ReadonlySet<string>
  readonly functions: ReadonlySet<string>
}

function gistOf(all: readonly Classified[]): Gist {
  const actions = all.map(({ action }) => action)
  return {
    certainty: actions.every(({ certainty }) => certainty === 'exact') ? 'exact' : 'unknown',
    effects: new Set(actions.flatMap(({ effects }) => effects)),
    uses: new Set(actions.flatMap(({ touches }) => touches.map(({ kind, name, access, use }) => `${kind} ${name} ${access} ${use}`))),
    functions: new Set(actions.flatMap(({ functions = [] }) => functions)),
  }
}

const queries = texts.filter((text) => {
  const [only, ...more] = classified(text)
  return more.length === 0 && only !== undefined && /^\s*(select|with|table|values)\b/i.test(text) && !only.action.effects.includes('ddl')
})

/** Here nothing of it is shown. */
const inExists = (query: string) => `select * from (values (1)) v (q) where exists (${query}\n)`

const shells: readonly ((query: string) => string)[] = [
  (query) => `select * from (${query}\n) q`,
  (query) => `with q as (${query}\n) select * from q`,
  (query) => `with q as materialized (${query}\n) select q.* from q`,
  (query) => `with a as (with b as (${query}\n) select * from b) select * from a`,
  (query) => `select z.* from (select * from ((${query}\n)) y) z`,
  (query) => `select q.* from (values (1)) v, lateral (${query}\n) q`,
  (query) => `(${query}\n) union all (${query}\n)`,
  inExists,
  (query) => `select 1; ${query}\n; select 2`,
  (query) => `prepare p as ${query}\n`,
  (query) => `declare c cursor for ${query}\n`,
  (query) => `explain (analyze) ${query}\n`,
]

test('a query inside another one is no less than by itself', () => {
  const shell = fc.array(fc.constantFrom(...shells.slice(0, 6)), { maxLength: 2 })
  fc.assert(
    fc.property(fc.constantFrom(...queries), shell, fc.constantFrom(...shells), (text, inner, outer) => {
      const nested = outer(inner.reduce((query, wrap) => wrap(query), text))
      // Not every place takes every statement; a refusal for that is one.
      fc.pre(isRead(nested))
      const [alone, within] = [gistOf(classified(text)), gistOf(classified(nested))]
      const lost = (of: 'effects' | 'uses' | 'functions') => [...alone[of]].filter((each) => !within[of].has(each))
      // A use that is not known is judged as the worst.
      const still = (use: string) => within.uses.has(use.replace(/ \w+$/, ' undefined'))
      const uses = outer === inExists ? [] : lost('uses').filter((use) => !use.endsWith(' output') && !still(use))
      const less = within.certainty === 'exact' ? [...lost('effects'), ...uses, ...lost('functions')] : []
      expect(less, nested).toEqual([])
      expect(alone.certainty === 'unknown' && within.certainty === 'exact', nested).toBe(false)
    }),
    { numRuns: 800, seed: 20264 },
  )
})
