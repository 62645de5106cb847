/**
 * What a condition says: surely no, maybe, surely yes. Numbers, so that *and* is the smaller and *or* the larger one.
 * A caller must never treat `maybe` as either: deny and mask rules apply unless `no`, allow and hold rules only on `yes`.
 */
export type Answer = 0 | 1 | 2

export const no = 0
export const maybe = 1
export const yes = 2

export type Word = 'no' | 'maybe' | 'yes'
const words: readonly [Word, Word, Word] = ['no', 'maybe', 'yes']

export function word(answer: Answer): Word {
  return words[answer]
}

export function both(a: Answer, b: Answer): Answer {
  return a < b ? a : b
}

export function either(a: Answer, b: Answer): Answer {
  return a > b ? a : b
}
