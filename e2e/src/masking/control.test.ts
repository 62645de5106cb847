import * as fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createComparer } from './compare.js'
import { bare, type Variant, without } from './policies.js'
import { through } from './run.js'
import { type Script, scripts, spelledScript } from './statements/scripts.js'
import { startTwins, type Twins } from './twins.js'

/** That the twins are told apart as soon as a mask is off: else it would show nothing that they are not. */
let twins: Twins
beforeAll(async () => {
  twins = await startTwins({ seed: 7, variants: [bare, ...without.map(({ variant }) => variant)] })
})
afterAll(() => twins.stop())

const list = fc.sample(scripts({ telltales: true }), { numRuns: 2000, seed: 3 })

/** How many scripts it took to see a difference. */
async function untilApart(variant: Variant, asked: readonly Script[]): Promise<number> {
  const comparer = createComparer()
  for (const [i, script] of asked.entries()) {
    if ((await through(twins, variant, script, comparer)).difference !== undefined) return i + 1
  }
  return Infinity
}

describe('the twins are told apart', () => {
  test('within a few scripts when nothing is masked', async () => {
    expect(await untilApart(bare, list.slice(0, 10))).toBeLessThanOrEqual(10)
  })

  test.each(without.map(({ variant, columns }) => [variant.name, variant, columns] as const))(
    'within a few scripts that name a column when it is not masked: %s',
    async (_name, variant, columns) => {
      const naming = list.filter((script) => columns.some((column) => new RegExp(`\\b${column}\\b`).test(spelledScript(script))))
      expect(await untilApart(variant, naming.slice(0, 25))).toBeLessThanOrEqual(25)
    },
  )
})
