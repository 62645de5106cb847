import * as fc from 'fast-check'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { compare } from '../../../packages/protocols/postgres/test/differential/compare.js'
import { asked, questions } from '../../../packages/protocols/postgres/test/differential/selects.js'
import { shop } from '../../../packages/protocols/postgres/test/differential/shop.js'
import { startTwins, type Twins } from '../../../packages/protocols/postgres/test/differential/twins.js'
import { size } from '../sizes.js'
import { tell } from '../soak-report.js'

let twins: Twins
beforeAll(async () => {
  twins = await startTwins({ schema: shop, effects: ['read', 'tx', 'session_ok', 'cursor', 'prepare', 'explain'], shared: true })
})
afterAll(() => twins.stop())

/** The gateway may say no only where a server would say it as well: then the two words may differ. */
test('random statements that read are answered byte for byte as by a direct connection, and refused only if they fail there', async () => {
  const seen = { statements: 0, rows: 0, bytes: 0, errors: 0, refused: 0 }
  const direct = await twins.direct()
  const gated = await twins.gated(() => [])
  await fc.assert(
    fc.asyncProperty(questions, async (question) => {
      const bytes = asked(question)
      seen.statements++
      for (const line of [direct, gated]) line.say(bytes)
      await Promise.all([direct, gated].map((line) => line.ready(seen.statements)))
      const [ours, theirs] = [gated.heard.splice(0), direct.heard.splice(0)]
      const { difference, refusals } = compare(ours, theirs)
      expect(difference && `${difference}\n${question.sql}`).toBe(undefined)
      seen.refused += refusals.length
      seen.rows += theirs.filter(({ type }) => type === 'D').length
      seen.errors += theirs.filter(({ type }) => type === 'E').length
      seen.bytes += theirs.reduce((sum, { body }) => sum + body.length + 5, 0)
    }),
    { numRuns: size('statements beside a direct connection'), seed: 20262, endOnFailure: true },
  )
  // A generator of mistakes alone would agree as well.
  expect(seen.errors / seen.statements).toBeLessThan(0.4)
  tell('results', 'Random statements that read, byte for byte as a direct connection', [
    { what: 'statements', value: seen.statements },
    { what: 'rows', value: seen.rows },
    { what: 'bytes compared', value: seen.bytes },
    { what: 'failed in both ways', value: seen.errors },
    { what: 'of these refused by the gateway itself', value: seen.refused },
    { what: 'refused though a server answers', value: 0 },
  ])
})
