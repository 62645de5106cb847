import type { Range } from './ranges.js'

/** A range within one string, or (`number`) all of a number. */
export interface JsonRange extends Range {
  readonly number: boolean
}

const quote = 34
const backslash = 92

/**
 * Ranges of a JSON text as what can be replaced without breaking it: the part within each string, never half an escape,
 * and whole numbers. A range with an escape or a quote in it is to be replaced by a constant (`unscanned`): what a mask
 * keeps of it could be half of one. `source[start, end)` is valid JSON (RFC 8259); offsets of ranges are from `start`.
 */
export function inJson(source: Uint8Array, start: number, end: number, ranges: readonly Range[]): readonly JsonRange[] {
  const parts: JsonRange[] = []
  let next = 0
  const put = (from: number, to: number, number: boolean) => {
    if (from === to) return
    while (next < ranges.length && ranges[next]!.end <= from) next++
    for (let i = next; i < ranges.length && ranges[i]!.start < to; i++) {
      const { rule, unscanned } = ranges[i]!
      const part = number ? { start: from, end: to, escaped: false } : within(source, start, { from, to }, ranges[i]!)
      parts.push({ start: part.start, end: part.end, rule, unscanned: unscanned || part.escaped, number })
      if (number) return
    }
  }
  for (let at = start; at < end;) {
    const code = source[at]!
    if (code === quote) {
      const close = stringEnd(source, at + 1, end)
      put(at + 1 - start, close - start, false)
      at = close + 1
    } else if (code === 45 || (code >= 48 && code <= 57)) {
      const from = at
      while (at < end && isNumber(source[at]!)) at++
      put(from - start, at - start, true)
    } else at++
  }
  return merged(parts)
}

const isNumber = (code: number): boolean =>
  (code >= 48 && code <= 57) || code === 45 || code === 43 || code === 46 || code === 101 || code === 69

function stringEnd(source: Uint8Array, from: number, end: number): number {
  let at = from
  while (at < end && source[at] !== quote) at += source[at] === backslash ? 2 : 1
  return Math.min(at, end)
}

/** The part of a range within a string, grown over escapes that it would cut. */
function within(source: Uint8Array, base: number, string: { readonly from: number; readonly to: number }, range: Range) {
  let start = Math.max(range.start, string.from)
  let end = Math.min(range.end, string.to)
  let escaped = false
  for (let at = string.from; at < end;) {
    const size = source[base + at] !== backslash ? 1 : source[base + at + 1] === 117 ? 6 : 2
    if (size > 1 && at + size > start) {
      escaped = true
      start = Math.min(start, at)
      end = Math.max(end, Math.min(at + size, string.to))
    }
    at += size
  }
  return { start, end, escaped }
}

/** Ranges that grew may meet. */
function merged(parts: readonly JsonRange[]): readonly JsonRange[] {
  const kept: JsonRange[] = []
  for (const part of parts) {
    const last = kept.at(-1)
    if (last && part.start < last.end) {
      kept[kept.length - 1] = { ...last, end: Math.max(last.end, part.end), unscanned: true, rule: Math.min(last.rule, part.rule) }
    } else kept.push(part)
  }
  return kept
}
