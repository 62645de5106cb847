import type { MaskKind } from '@sallyport/core'
import { createGrowing, type Growing, reserve, take } from '@sallyport/wire'
import type { TextMask, TextScan } from '../transforms/text.js'
import type { Found } from './found.js'
import { inJson } from './json.js'
import { mostRanges, type Range, together } from './ranges.js'
import { type Budget, createBudget, createDetectors } from './scan.js'

export interface ContentOptions {
  /** As every column's transforms are made; asked once per rule. */
  readonly maskOf: (kind: MaskKind) => TextMask
  /** What one result may cost. A scan that serves several results is given a fresh sum (`left`) for each by its caller. */
  readonly budget?: Budget
  /** Name of the column as the client sees it: makes detectors surer, never less so. */
  readonly column?: string
  readonly json?: boolean
}

const strength = (kind: MaskKind): number => (kind === 'nullify' ? 0 : kind === 'redact' ? 1 : kind === 'hash' ? 2 : 3)

/**
 * Looks at values that would be shown as they are and masks what detectors find in them: only the ranges found, so that
 * a text with one address stays readable; the whole value under `nullify`. Values are text in UTF-8; under `json` they are
 * valid JSON, and stay so. Not re-entrant.
 *
 * `rules`: `Masks.detect`.
 * @throws {RangeError} for a name that is no detector.
 */
export function createContentScan(
  rules: readonly { readonly detectors: readonly string[]; readonly as: MaskKind }[],
  { maskOf, budget = createBudget(), column, json = false }: ContentOptions,
): TextScan {
  const ordered = rules.toSorted((a, b) => strength(a.as) - strength(b.as))
  const scanners = ordered.map(({ detectors }) => createDetectors(detectors, column === undefined ? {} : { column }))
  const masks = ordered.map(({ as }) => (as === 'nullify' ? undefined : maskOf(as)))
  let ranges: readonly Range[] = []

  const mask: TextMask = {
    write(source, start, end, out) {
      if (ranges.some(({ rule }) => masks[rule] === undefined)) return false
      if (ranges.length > mostRanges) return constant(json ? '"***"' : '***', out)
      const parts = json ? inJson(source, start, end, ranges) : ranges
      let at = start
      for (const part of parts) {
        copy(source, at, start + part.start, out)
        if ('number' in part && part.number) constant('0', out)
        else if (part.unscanned || !masks[part.rule]!.write(source, start + part.start, start + part.end, out)) constant('***', out)
        at = start + part.end
      }
      copy(source, at, end, out)
      return true
    },
  }

  return {
    find(source, start, end) {
      const found = scanners.map((scanner) => scanner.scanBytes(source, start, end, budget))
      ranges = together(found)
      return ranges.length > 0 ? mask : undefined
    },
  }
}

const encoder = new TextEncoder()
const decoder = new TextDecoder()

/** A text without what was found in it, each range by `mask`; null where the mask makes it NULL. `found` as `scan` answered. */
export function maskFound(text: string, found: readonly Found[], mask: TextMask): string | null {
  const ranges = together([found])
  if (ranges.length > mostRanges) return '***'
  let shown = ''
  let at = 0
  for (const { start, end, unscanned } of ranges) {
    const out = createGrowing()
    const bytes = encoder.encode(text.slice(start, end))
    if (unscanned) constant('***', out)
    else if (!mask.write(bytes, 0, bytes.length, out)) return null
    shown += text.slice(at, start) + decoder.decode(take(out))
    at = end
  }
  return shown + text.slice(at)
}

function constant(text: string, out: Growing): true {
  reserve(out, text.length)
  for (let i = 0; i < text.length; i++) out.bytes[out.at++] = text.charCodeAt(i)
  return true
}

function copy(source: Uint8Array, from: number, to: number, out: Growing): void {
  reserve(out, to - from)
  out.bytes.set(source.subarray(from, to), out.at)
  out.at += to - from
}
