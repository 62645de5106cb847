import * as fc from 'fast-check'

/** Milliseconds to look for a smaller script that fails. */
const patience = 20_000
/** Scripts between two looks whether there were enough. */
const round = 20

/** Runs a property until there was enough of it. What fails is made smaller for a while, and thrown with how to find it again. */
export async function holds<T>(property: fc.IAsyncProperty<[T]>, seed: number, enough: () => boolean): Promise<void> {
  for (let turn = 0; !enough(); turn++) {
    const from = { seed: seed + turn * 1000, numRuns: round }
    const found = await fc.check(property, { ...from, endOnFailure: true })
    if (!found.failed) continue
    const path = found.counterexamplePath ?? ''
    const smaller = await fc.check(property, { ...from, path, interruptAfterTimeLimit: patience })
    const shown = smaller.counterexample ? smaller : found
    throw new Error(`seed ${from.seed}, path ${shown.counterexamplePath ?? path}\n${String(shown.errorInstance)}`)
  }
}
