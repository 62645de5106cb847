import * as fc from 'fast-check'

/** Milliseconds to look for a smaller script that fails. */
const patience = 20_000
/** Scripts between two looks whether there were enough. */
const round = 20

export interface Search {
  readonly seed: number
  /** Before each round, and before what failed is tried again. */
  readonly before: () => Promise<void>
  readonly enough: () => boolean
}

/** Runs a property in rounds until there was enough of it. What fails is made smaller for a while, and thrown with how to find it again. */
export async function holds<T>(property: fc.IAsyncProperty<[T]>, { seed, before, enough }: Search): Promise<void> {
  for (let turn = 0; !enough(); turn++) {
    const from = { seed: seed + turn * 1000, numRuns: round }
    await before()
    const found = await fc.check(property, { ...from, endOnFailure: true })
    if (!found.failed) continue
    const path = found.counterexamplePath ?? ''
    await before()
    const again = await fc.check(property, { ...from, path, endOnFailure: true, numRuns: 1 })
    if (!again.failed) continue
    const smaller = await fc.check(property, { ...from, path, interruptAfterTimeLimit: patience })
    const shown = smaller.counterexample ? smaller : again
    throw new Error(`seed ${from.seed}, path ${shown.counterexamplePath ?? path}\n${String(shown.errorInstance)}`)
  }
}
