import type { Front } from './front.js'

export const rounds = 3

export function middle(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b)
  const half = sorted.length / 2
  return (sorted[Math.ceil(half) - 1]! + sorted[Math.floor(half)]!) / 2
}

/** By front. */
export type Found<Of> = Readonly<Record<string, Of>>

/** Every front once per round, in turns; the middle of the rounds for each, figure by figure. */
export async function inTurns<Of extends Readonly<Record<string, number>>>(
  fronts: readonly Front[],
  measure: (front: Front) => Promise<Of>,
): Promise<Found<Of>> {
  const found = new Map<string, Of[]>(fronts.map(({ name }) => [name, []]))
  for (let round = 0; round < rounds; round++) {
    for (const front of fronts) found.get(front.name)!.push(await measure(front))
  }
  const middles = (all: readonly Of[]) =>
    Object.fromEntries(Object.keys(all[0]!).map((key) => [key, middle(all.map((one) => one[key]!))])) as Of
  return Object.fromEntries([...found].map(([name, all]) => [name, middles(all)]))
}
