import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import process from 'node:process'
import * as fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { openReader, type Reading, type Server, startServer } from '../../../packages/protocols/postgres/test/differential/grammar.js'
import { has18 } from '../../../packages/protocols/postgres/test/target.js'
import { size, soaking } from '../sizes.js'
import { tell } from '../soak-report.js'
import { model, mutants, seeds, setup, split } from './statements.js'

/**
 * Our grammar is PostgreSQL 18's, and a target may be older or newer: what it reads otherwise than the server must be what
 * we refuse, or what the server refuses. And what is called a read must be one: the server's read-only mode agrees.
 */
const majors = has18 ? ([15, 18] as const) : ([15] as const)
/** A folder with PostgreSQL's own `src/test/regress/sql`: its statements are read as well. */
const regression = process.env['SALLYPORT_REGRESSION']

const texts = [
  ...seeds,
  ...fc.sample(mutants, { numRuns: size('mutated statements'), seed: 20263 }),
  ...(regression && soaking ? own(regression) : []),
]
const reader = openReader(model)
const ours: Ours[] = []
beforeAll(async () => {
  for (const text of texts) ours.push(await readByUs(text))
})
afterAll(() => reader.close())

function own(folder: string): readonly string[] {
  const files = readdirSync(folder).filter((name) => name.endsWith('.sql'))
  return files.flatMap((name) => split(readFileSync(join(folder, name), 'utf8')))
}

/** The library of the grammar also reads normalised texts, in which `$1` stands where a server wants a word or constant. They run nowhere. */
const knownLax = /\$\d/

interface Ours {
  readonly text: string
  readonly reading: Reading
  readonly endsTransaction: boolean
  readonly unknown: boolean
  readonly reads: boolean
}

async function readByUs(text: string): Promise<Ours> {
  const { readable, statements } = await reader.read(text)
  const reading = readable ? ((['nothing', 'one'] as const)[statements.length] ?? 'several') : 'rejected'
  const actions = statements.map(({ action }) => action)
  return {
    text,
    reading,
    endsTransaction: reading === 'one' && actions[0]!.effects.some((effect) => effect === 'tx' || effect === 'twophase'),
    unknown: readable && actions.some(({ effects }) => effects.includes('unknown_statement')),
    reads:
      readable &&
      actions.every(
        ({ certainty, effects }) => certainty === 'exact' && effects.every((effect) => effect === 'read' || effect === 'explain'),
      ),
  }
}

function agree({ reading, endsTransaction }: Ours, theirs: Reading): boolean {
  if (theirs !== 'nothing or the end of a transaction') return reading === theirs
  return reading === 'nothing' || endsTransaction
}

describe.each(majors)('PostgreSQL %s', (major) => {
  let server: Server
  beforeAll(async () => {
    server = await startServer(major, setup)
  })
  afterAll(() => server.stop())

  test('reads the same statements in a text as we do, or one of us refuses it', async () => {
    const theirs: Reading[] = []
    for (let at = 0; at < texts.length; at += 200) theirs.push(...(await server.read(texts.slice(at, at + 200))))
    const apart = ours.flatMap((one, i) => (agree(one, theirs[i]!) ? [] : [{ text: one.text, ours: one.reading, theirs: theirs[i]! }]))
    const otherwise = apart.filter((one) => one.ours !== 'rejected' && one.theirs !== 'rejected')
    const lax = apart.filter((one) => one.theirs === 'rejected')
    const strict = apart.filter((one) => one.ours === 'rejected')
    expect(otherwise).toEqual([])
    // What is new in 18 an older server refuses; its own version may not.
    expect(server.same ? lax.filter(({ text }) => !knownLax.test(text)) : []).toEqual([])
    expect(strict.length / texts.length, JSON.stringify(strict.slice(0, 20))).toBeLessThan(0.001)
    tell(`grammar ${major}`, `How our grammar and PostgreSQL ${major}’s own read texts`, [
      { what: 'texts', value: texts.length },
      { what: 'of PostgreSQL’s own regression suite', value: regression && soaking ? own(regression).length : 'not given' },
      { what: 'both accept', value: ours.filter((one, i) => one.reading !== 'rejected' && theirs[i] !== 'rejected').length },
      { what: 'both refuse', value: ours.filter((one, i) => one.reading === 'rejected' && theirs[i] === 'rejected').length },
      { what: 'only the server refuses', value: lax.length },
      { what: 'only we refuse', value: strict.length },
      ...strict.map(({ text }) => ({ what: 'only we refuse', value: `\`${text.replaceAll(/\s+/g, ' ').slice(0, 100)}\`` })).slice(0, 20),
      { what: 'statements of no known kind', value: ours.filter(({ unknown }) => unknown).length },
    ])
  })

  test('lets what we call a read succeed in read-only mode, or fail for another reason', async () => {
    const reads = ours.filter((one) => one.reads).slice(0, size('statements called reads'))
    const codes = new Map<string, number>()
    for (const { text } of reads) {
      const code = (await server.runReading(text)) ?? 'ok'
      codes.set(code, (codes.get(code) ?? 0) + 1)
      expect(code, text).not.toBe('25006')
    }
    // Else it would show nothing.
    expect((codes.get('ok') ?? 0) / reads.length).toBeGreaterThan(0.5)
    tell(`reads ${major}`, `What is judged a read, run in read-only mode of PostgreSQL ${major}`, [
      { what: 'statements', value: reads.length },
      { what: 'succeeded', value: codes.get('ok') ?? 0 },
      { what: 'failed for another reason', value: reads.length - (codes.get('ok') ?? 0) },
      { what: 'refused as a write', value: 0 },
    ])
  })
})
