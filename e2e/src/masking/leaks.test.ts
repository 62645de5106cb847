import { afterAll, beforeAll, expect, test } from 'vitest'
import { createComparer } from './compare.js'
import { bare, plain } from './policies.js'
import { through } from './run.js'
import { leaks } from './statements/leaks.js'
import { startTwins, type Twins } from './twins.js'

let twins: Twins
beforeAll(async () => {
  twins = await startTwins({ seed: 11, variants: [bare, plain] })
})
afterAll(() => twins.stop())

test.each(Object.entries(leaks))('twins are told apart where nothing is masked, and not where it is, by %s', async (_what, script) => {
  expect((await through(twins, bare, script, createComparer())).difference).toBeDefined()
  expect((await through(twins, plain, script, createComparer())).difference).toBe(undefined)
})
