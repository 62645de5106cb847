import type { Found } from './found.js'

/** A part of a value to mask, by the number of the rule that says how; a lower number is the stronger mask. */
export interface Range {
  start: number
  end: number
  rule: number
  /** Nobody looked at it: nothing of it may be kept. */
  unscanned: boolean
}

/** Beyond so many in one value it is masked whole: to be read, it would have to be less of a list. */
export const mostRanges = 1000

/** What several rules found, in order and apart; where two overlap, the stronger mask is over both. */
export function together(found: readonly (readonly Found[])[]): Range[] {
  const all: Range[] = found.flatMap((list, rule) =>
    list.map(({ start, end, detector }) => ({ start, end, rule, unscanned: detector === 'unscanned' })),
  )
  if (all.length < 2) return all
  all.sort((a, b) => a.start - b.start)
  const kept = [all[0]!]
  for (const next of all.slice(1)) {
    const last = kept.at(-1)!
    if (next.start >= last.end) {
      kept.push(next)
      continue
    }
    last.end = Math.max(last.end, next.end)
    last.rule = Math.min(last.rule, next.rule)
    last.unscanned ||= next.unscanned
  }
  return kept
}
