import { codeAt, isDigit } from './context.js'
import type { View } from './found.js'

/** Digits in groups with one separator between each two. */
export interface DigitRun {
  readonly groups: readonly { readonly start: number; readonly end: number }[]
  readonly separators: readonly string[]
  /** So many of the groups may begin a number; those after them are looked at in the next run. */
  readonly firsts: number
  /** The group before the first one, where a row of groups was cut: its size and what is after it. */
  readonly before?: { readonly size: number; readonly separator: string }
}

/** Space, `-`, and spaces and hyphens that do not break, the common one also as its two bytes. */
function separatorAt(text: string, at: number): number {
  const code = codeAt(text, at)
  if (code === 32 || code === 45 || code === 0xa0 || code === 0x202f || code === 0x2011) return 1
  return code === 0xc2 && codeAt(text, at + 1) === 0xa0 ? 2 : 0
}

/** Groups of one run that are looked at together. */
const mostGroups = 8

/** Visits every maximal run with so many digits, in order. */
export function eachRun({ text, digits }: View, least: number, visit: (run: DigitRun) => void): void {
  let from = 0
  for (let i = 0; i < digits.count; i++) {
    const at = digits.at[i]!
    if (at < from) continue
    const { end, digits: count } = extent(text, at)
    from = end
    if (count < least) continue
    eachPart(text, at, visit)
  }
}

/** A run of more groups than a number has is visited in parts, each one group further on. */
function eachPart(text: string, from: number, visit: (run: DigitRun) => void): void {
  let run = runAt(text, from)
  for (;;) {
    visit(run)
    if (run.firsts === run.groups.length) return
    const [first, second] = run.groups as [DigitRun['groups'][number], DigitRun['groups'][number]]
    run = runAt(text, second.start, { size: first.end - first.start, separator: run.separators[0]! })
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
    if (size === 0 || !isDigit(codeAt(text, at + size))) return measured
    at += size
  }
}

function runAt(text: string, from: number, before?: DigitRun['before']): DigitRun {
  const groups: { start: number; end: number }[] = []
  const separators: string[] = []
  for (let at = from; ;) {
    const start = at
    while (isDigit(codeAt(text, at))) at++
    groups.push({ start, end: at })
    const size = separatorAt(text, at)
    const more = size > 0 && isDigit(codeAt(text, at + size))
    if (!more || groups.length === mostGroups) {
      return { groups, separators, firsts: more ? 1 : groups.length, ...(before && { before }) }
    }
    separators.push(text.slice(at, at + size))
    at += size
  }
}
