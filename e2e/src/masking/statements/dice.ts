import * as fc from 'fast-check'

/** Choices from a list of numbers, so that fast-check can make what was chosen smaller: all zeros choose the plainest. */
export interface Dice {
  /** Below `of`. */
  below(of: number): number
  /** So often in a hundred; never for a zero. */
  chance(percent: number): boolean
  one<T>(list: readonly T[]): T
  /** `count` of them, in their order, none twice. */
  some<T>(list: readonly T[], count: number): readonly T[]
}

export const numbers = fc.array(fc.nat({ max: 10_000 }), { minLength: 40, maxLength: 120 })

export function createDice(choices: readonly number[]): Dice {
  let turn = 0
  // Once through, the same numbers mean something else.
  const next = () => (choices[turn % choices.length] ?? 0) + Math.floor(turn++ / choices.length) * 7
  const below = (of: number) => next() % of
  return {
    below,
    chance: (percent) => below(100) >= 100 - percent,
    one: (list) => list.at(below(list.length))!,
    some(list, count) {
      const left = [...list]
      const out = new Set(Array.from({ length: Math.min(count, list.length) }, () => left.splice(below(left.length), 1)[0]))
      return list.filter((one) => out.has(one))
    },
  }
}
