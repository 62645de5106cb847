import * as fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { size } from '../sizes.js'
import { tell } from '../soak-report.js'
import { createComparer } from './compare.js'
import { bare, variants } from './policies.js'
import { apart, type Decision, through } from './run.js'
import { holds } from './search.js'
import { scripts } from './statements/scripts.js'
import { startTwins, type Twins } from './twins.js'

/**
 * Two databases that differ only in what the masks hide are asked the same, at random and at length: what a client is
 * told by one, it is told by the other, byte for byte. Whatever tells them apart is a leak of something masked.
 */
const seed = 20264
let twins: Twins
beforeAll(async () => {
  twins = await startTwins({ seed, variants: [...variants, bare] })
})
afterAll(() => twins.stop())

const share = (of: readonly Decision[], fits: (decision: Decision) => boolean) => of.filter(fits).length / of.length

describe('what a client is told does not hang on what is masked', () => {
  test.each(variants.map((variant, i) => [variant.name, variant, i] as const))('under the masks %s', async (name, variant, i) => {
    const comparer = createComparer()
    const past = createComparer()
    const decisions: Decision[] = []
    const seen = { scripts: 0, statements: 0, messages: 0, bytes: 0, telling: 0 }
    const property = fc.asyncProperty(scripts(variant), async (script) => {
      const shown = await through(twins, variant, script, comparer)
      expect(shown.difference).toBe(undefined)
      seen.scripts++
      seen.statements += script.steps.length
      seen.messages += shown.messages
      seen.bytes += shown.bytes
      decisions.push(...shown.decisions)
      if (script.reads && shown.decisions.every(({ allowed }) => allowed) && (await apart(twins, script, past))) seen.telling++
    })
    const enough = () => seen.statements >= size('statements on twins') / variants.length
    await holds(property, seed + i, enough)
    tell(`masks ${name}`, `Twins that differ in what is masked (${name}), asked the same through gateways`, [
      { what: 'sessions', value: seen.scripts },
      { what: 'statements', value: seen.statements },
      { what: 'of what was judged, allowed', value: share(decisions, ({ allowed }) => allowed) * 100, unit: '%' },
      {
        what: 'allowed and reading what has masked columns',
        value: share(decisions, (one) => one.allowed && one.touching) * 100,
        unit: '%',
      },
      { what: 'allowed and reading a masked column', value: share(decisions, (one) => one.allowed && one.secret) * 100, unit: '%' },
      { what: 'sessions, wholly allowed, that tell the twins apart past the gateway', value: seen.telling },
      { what: 'messages compared', value: seen.messages },
      { what: 'bytes compared', value: seen.bytes },
      { what: 'tokens renamed', value: comparer.tokens() },
    ])
  })
})
