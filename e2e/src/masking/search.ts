import * as fc from 'fast-check'

/** Milliseconds to look for a smaller one that fails. */
const patience = 20_000
/** Between two looks whether there were enough. */
const round = 20

export interface Search<T> {
  readonly of: fc.Arbitrary<T>
  /** Throws where it does not hold. */
  readonly check: (one: T) => Promise<void>
  readonly seed: number
  /** Before each round, and before what failed is tried again. */
  readonly before: () => Promise<void>
  readonly enough: () => boolean
}

/** Checks in rounds until there was enough. What fails is made smaller for a while, and thrown with how to find it again. */
export async function holds<T>({ of, check, seed, before, enough }: Search<T>): Promise<void> {
  let deadline = Infinity
  // Nothing may be left running when time is over: whatever is tried after that counts as holding.
  const property = fc.asyncProperty(of, async (one) => (Date.now() < deadline ? check(one) : undefined))
  for (let turn = 0; !enough(); turn++) {
    const from = { seed: seed + turn * 1000, numRuns: round }
    await before()
    const found = await fc.check(property, { ...from, endOnFailure: true })
    if (!found.failed) continue
    const path = found.counterexamplePath ?? ''
    await before()
    const again = await fc.check(property, { ...from, path, endOnFailure: true, numRuns: 1 })
    if (!again.failed) continue
    deadline = Date.now() + patience
    const smaller = await fc.check(property, { ...from, path })
    const shown = smaller.counterexample ? smaller : again
    throw new Error(`seed ${from.seed}, path ${shown.counterexamplePath ?? path}\n${String(shown.errorInstance)}`)
  }
}
