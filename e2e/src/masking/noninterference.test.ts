import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { size } from '../sizes.js'
import { tell } from '../soak-report.js'
import { createComparer } from './compare.js'
import { type Variant, variants } from './policies.js'
import { apart, type Decision, through } from './run.js'
import { holds } from './search.js'
import { type Script, scripts } from './statements/scripts.js'
import { startTwins, type Twins } from './twins.js'

/**
 * Two databases that differ only in what the masks hide are asked the same, at random and at length: what a client is
 * told by one, it is told by the other, byte for byte. Whatever tells them apart is a leak of something masked.
 */
const seed = 20264
let twins: Twins
beforeAll(async () => {
  twins = await startTwins({ seed, variants })
})
afterAll(() => twins.stop())

interface Seen {
  scripts: number
  statements: number
  messages: number
  bytes: number
  /** Wholly allowed, and past the gateway they tell the twins apart. */
  telling: number
  readonly decisions: Decision[]
}

const comparer = createComparer()

async function observe(variant: Variant, script: Script, seen: Seen): Promise<void> {
  const shown = await through(twins, variant, script, comparer)
  if (shown.difference !== undefined) throw new Error(shown.difference)
  seen.scripts++
  seen.statements += script.steps.length
  seen.messages += shown.messages
  seen.bytes += shown.bytes
  seen.decisions.push(...shown.decisions)
  const allowed = shown.decisions.every((decision) => decision.allowed)
  if (script.reads && allowed && (await apart(twins, script, createComparer()))) seen.telling++
}

/** In a hundred of what was judged. */
const share = ({ decisions }: Seen, fits: (decision: Decision) => boolean) => (decisions.filter(fits).length / decisions.length) * 100

describe('what a client is told does not hang on what is masked', () => {
  test.each(variants.map((variant, i) => [variant.name, variant, i] as const))('under the masks %s', async (name, variant, i) => {
    const seen: Seen = { scripts: 0, statements: 0, messages: 0, bytes: 0, telling: 0, decisions: [] }
    await holds({
      of: scripts(variant),
      check: (script) => observe(variant, script, seen),
      seed: seed + i,
      // Where rows lie after writes that were rolled back hangs on when a server cleaned up.
      before: () => twins.refill(),
      enough: () => seen.statements >= size('statements on twins') / variants.length,
    })
    // Else it would show nothing.
    expect(share(seen, ({ allowed }) => allowed)).toBeGreaterThan(40)
    expect(share(seen, ({ allowed, touching }) => allowed && touching)).toBeGreaterThan(25)
    expect(share(seen, ({ allowed, secret }) => allowed && secret)).toBeGreaterThan(5)
    expect(seen.telling).toBeGreaterThan(0)
    tell(`masks ${name}`, `Two databases that differ in what is masked (${name}), asked the same through gateways`, [
      { what: 'sessions', value: seen.scripts },
      { what: 'statements', value: seen.statements },
      { what: 'allowed, of what was judged', value: share(seen, ({ allowed }) => allowed), unit: '%' },
      { what: 'allowed, and reads what has masked columns', value: share(seen, (one) => one.allowed && one.touching), unit: '%' },
      { what: 'allowed, and reads a masked column', value: share(seen, (one) => one.allowed && one.secret), unit: '%' },
      { what: 'sessions, wholly allowed, that tell them apart past the gateway', value: seen.telling },
      { what: 'sessions that tell them apart through it', value: 0 },
      { what: 'messages compared', value: seen.messages },
      { what: 'bytes compared', value: seen.bytes },
      { what: 'tokens renamed so far', value: comparer.tokens() },
    ])
  })
})
