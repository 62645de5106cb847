import { afterAll, beforeAll, expect, test } from 'vitest'
import { judge, type Verdict } from '../test/lineage/judge.js'
import { listed, since } from '../test/lineage/listed.js'
import { dice } from '../test/lineage/place.js'
import { statement } from '../test/lineage/statements.js'
import { startWorlds, type Worlds } from '../test/lineage/twins.js'
import { has18 } from '../test/target.js'

/** What lineage says, held against worlds of which one column differs; `npm run soak` asks many more. */
let worlds: Worlds
beforeAll(async () => {
  worlds = await startWorlds(has18 ? 18 : 15)
})
afterAll(() => worlds.stop())

async function judged(texts: readonly string[]): Promise<readonly (Verdict & { readonly text: string })[]> {
  const verdicts: (Verdict & { readonly text: string })[] = []
  for (const text of texts) verdicts.push({ text, ...(await judge(worlds, text)) })
  return verdicts
}

test('random statements show no column but those that were told', { timeout: 120_000 }, async () => {
  const texts = Array.from({ length: 100 }, (_, seed) => statement(dice(seed)))
  const verdicts = await judged(texts)
  expect(verdicts.filter(({ wrong }) => wrong.length > 0)).toEqual([])
  const ran = verdicts.filter((each) => each.ran)
  // Most are what the server runs, and of most it is known what comes out.
  expect(ran.length).toBeGreaterThan(texts.length * 0.8)
  expect(ran.filter(({ known }) => known).length).toBeGreaterThan(ran.length * 0.95)
  expect(ran.flatMap(({ told }) => told).length).toBeGreaterThan(ran.length * 0.5)
})

test('so do those that random ones do not reach', { timeout: 120_000 }, async () => {
  const verdicts = await judged([...listed, ...(has18 ? [...since[17], ...since[18]] : [])])
  expect(verdicts.filter(({ ran, wrong }) => !ran || wrong.length > 0)).toEqual([])
})
