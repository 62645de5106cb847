import * as fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createComparer } from './compare.js'
import { bare, type Variant, without } from './policies.js'
import { through } from './run.js'
import { scripts } from './statements/scripts.js'
import { startTwins, type Twins } from './twins.js'

/** That the twins are told apart as soon as a mask is off: else it would show nothing that they are not. */
let twins: Twins
beforeAll(async () => {
  twins = await startTwins({ seed: 7, variants: [bare, ...without] })
})
afterAll(() => twins.stop())

/** How many scripts it took to see a difference. */
async function untilApart(variant: Variant, most: number): Promise<number> {
  const comparer = createComparer()
  const list = fc.sample(scripts(variant), { numRuns: most, seed: 3 })
  for (const [i, script] of list.entries()) {
    if ((await through(twins, variant, script, comparer)).difference !== undefined) return i + 1
  }
  return Infinity
}

describe('the twins are told apart', () => {
  test('within a few scripts when nothing is masked', async () => {
    expect(await untilApart(bare, 10)).toBeLessThanOrEqual(10)
  })
})
