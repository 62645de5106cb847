/** Every regular expression of the detectors, so that a test can show each to be linear. None is written in another place. */
export const patterns: RegExp[] = []

/** Compiled once, at start-up. `source` as `String.raw` gives it; no look-around and no repetition within a repetition. */
export function pattern(source: string, flags = ''): RegExp {
  const compiled = new RegExp(source, flags)
  patterns.push(compiled)
  return compiled
}

/** Matches of a sticky pattern at one place: its end, or -1. */
export function endAt(sticky: RegExp, text: string, at: number): number {
  sticky.lastIndex = at
  return sticky.test(text) ? sticky.lastIndex : -1
}
