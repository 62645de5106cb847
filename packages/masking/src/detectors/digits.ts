import { codeAt, isDigit } from './context.js'
import type { View } from './found.js'

/** Digits in groups with one separator between each two. */
export interface DigitRun {
  readonly groups: readonly { readonly start: number; readonly end: number }[]
  readonly separators: readonly string[]
}

/** Space, `-`, and spaces and hyphens that do not break, the common one also as its two bytes. */
function separatorAt(text: string, at: number): number {
  const code = codeAt(text, at)
  if (code === 32 || code === 45 || code === 0xa0 || code === 0x202f || code === 0x2011) return 1
  return code === 0xc2 && codeAt(text, at + 1) === 0xa0 ? 2 : 0
}

/** Groups of one run that are looked at together. */
const mostGroups = 8

/** Visits every maximal run with so many digits, in order. A run of more groups than a number has goes on as another one. */
export function eachRun({ text, digits }: View, least: number, visit: (run: DigitRun) => void): void {
  let from = 0
  for (let i = 0; i < digits.count; i++) {
    const at = digits.at[i]!
    if (at < from) continue
    const { end, digits: count } = extent(text, at)
    from = end
    if (count < least) continue
    const run = runAt(text, at)
    visit(run)
    // The last groups of a full run may be the first ones of a number.
    if (run.groups.length === mostGroups) from = run.groups[1]!.start
  }
}

/** One for all calls, so that runs that are too short cost nothing. */
const measured = { end: 0, digits: 0 }

function extent(text: string, from: number): typeof measured {
  measured.digits = 0
  let at = from
  for (;;) {
    const start = at
    while (isDigit(codeAt(text, at))) at++
    measured.digits += at - start
    measured.end = at
    const size = separatorAt(text, at)
    if (size === 0 || !isDigit(codeAt(text, at + size)) || measured.digits > 64) return measured
    at += size
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
  return { groups, separators }
}
