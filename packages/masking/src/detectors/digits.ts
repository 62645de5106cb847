import { codeAt, isDigit } from './context.js'

/** Digits in groups: where each group stands, and all digits in a row. Groups are apart by one separator. */
export interface DigitRun {
  readonly start: number
  readonly end: number
  readonly groups: readonly { readonly start: number; readonly end: number }[]
  /** The separators, in order; `''` never is one. */
  readonly separators: readonly string[]
}

/**
 * Separators in use between groups: space, `-`, and the no-break space, also as its two bytes.
 */
function separatorAt(text: string, at: number): number {
  const code = codeAt(text, at)
  if (code === 32 || code === 45) return 1
  if (code === 0xa0 || code === 0x202f || code === 0x2011) return 1
  return code === 0xc2 && codeAt(text, at + 1) === 0xa0 ? 2 : 0
}

/** Groups of one run that are looked at together. */
const mostGroups = 8

/** Every maximal run of digits and single separators, in order. A run of more groups than a number has goes on as another one. */
export function* digitRuns(text: string): Generator<DigitRun> {
  let at = 0
  while (at < text.length) {
    if (!isDigit(text.charCodeAt(at))) {
      at++
      continue
    }
    const run = runAt(text, at)
    yield run
    // The last groups of a full run may be the first ones of a number.
    at = run.groups.length < mostGroups ? run.end : run.groups[1]!.start
  }
}

function runAt(text: string, from: number): DigitRun {
  const groups: { start: number; end: number }[] = []
  const separators: string[] = []
  let at = from
  while (groups.length < mostGroups) {
    const start = at
    while (isDigit(codeAt(text, at))) at++
    groups.push({ start, end: at })
    const size = separatorAt(text, at)
    if (size === 0 || !isDigit(codeAt(text, at + size)) || groups.length === mostGroups) break
    separators.push(text.slice(at, at + size))
    at += size
  }
  return { start: from, end: groups.at(-1)!.end, groups, separators }
}
