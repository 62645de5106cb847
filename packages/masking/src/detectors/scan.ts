import { detectorNames, type DetectorName } from '@sallyport/core'
import { catalogue } from './catalogue.js'
import { expectedBy } from './columns.js'
import type { Detector, Found, Report, Traits } from './found.js'
import { traitsOf, traitsOfText } from './traits.js'
import { unescape } from './unescape.js'

/** Looks for what some detectors find in one value after another. Not re-entrant; keeps nothing of a value. */
export interface Detectors {
  readonly names: readonly string[]
  /** Ranges in order, none within another; empty is clean. Offsets in UTF-16 units. */
  scan(text: string, budget?: Budget): readonly Found[]
  /** Of `source[start, end)`, UTF-8; offsets in bytes from `start`. */
  scanBytes(source: Uint8Array, start: number, end: number, budget?: Budget): readonly Found[]
}

/** What one result may still cost: bytes that detectors read beyond the first pass. One per result; it counts down. */
export interface Budget {
  left: number
}

/** Of one value so many bytes are looked at, at its head and at its tail each; what is between counts as found. */
export const mostAtEnd = 32 * 1024

export const bytesPerResult = 256 * 1024 * 1024

export function createBudget(bytes = bytesPerResult): Budget {
  return { left: bytes }
}

export interface DetectorOptions {
  /** Name of the column: it may make a detector surer, and never less so. */
  readonly column?: string
}

const none: readonly Found[] = []

/** @throws {RangeError} for a name that is no detector: silently finding nothing would show what should be hidden. */
export function createDetectors(names: readonly string[], options: DetectorOptions = {}): Detectors {
  const chosen = [...new Set(names)].map((name) => find(name))
  const expected = new Set<string>(options.column === undefined ? [] : expectedBy(options.column))

  function look(text: string, at: number, found: Found[]): void {
    const traits = traitsOfText(text)
    const escapes = traits.backslashes > 0
    run(text, traits, (name) => reporter(name, at, found))
    if (!escapes) return
    const { text: meant, offsets } = unescape(text)
    run(meant, traitsOfText(meant), (name) => reporter(name, at, found, offsets))
  }

  function run(text: string, traits: Traits, to: (name: DetectorName) => Report): void {
    for (const detector of chosen) {
      if (detector.possible(traits)) detector.find({ text, expected: expected.has(detector.name) }, to(detector.name))
    }
  }

  const clean = (traits: Traits): boolean => traits.backslashes === 0 && !chosen.some((detector) => detector.possible(traits))

  function spend(budget: Budget | undefined, length: number): boolean {
    if (!budget) return true
    budget.left -= length
    return budget.left >= 0
  }

  /** `part` decodes; offsets of what it answers are those of the value, as far as detectors are concerned. */
  function parts(length: number, part: (from: number, to: number) => string, found: Found[]): void {
    const cut = length > 2 * mostAtEnd
    const ends = cut ? [[0, mostAtEnd] as const, [length - mostAtEnd, length] as const] : [[0, length] as const]
    for (const [from, to] of ends) {
      look(part(from, to), from, found)
    }
    if (cut) found.push(unscanned(mostAtEnd, length - mostAtEnd))
  }

  function scanned(length: number, traits: Traits, part: (from: number, to: number) => string, budget?: Budget): readonly Found[] {
    if (length <= 2 * mostAtEnd && clean(traits)) return none
    if (!spend(budget, Math.min(length, 2 * mostAtEnd))) return [unscanned(0, length)]
    const found: Found[] = []
    parts(length, part, found)
    return found.length < 2 ? found : apart(found)
  }

  return {
    names: chosen.map(({ name }) => name),
    scan: (text, budget) => scanned(text.length, traitsOfText(short(text)), (from, to) => text.slice(from, to), budget),
    scanBytes(source, start, end, budget) {
      const traits = traitsOf(source, start, Math.min(end, start + 2 * mostAtEnd + 1))
      return scanned(end - start, traits, (from, to) => oneByOne(source, start + from, start + to), budget)
    },
  }
}

const unscanned = (start: number, end: number): Found => ({ detector: 'unscanned', start, end, confidence: 0 })
const short = (text: string) => (text.length > 2 * mostAtEnd ? '' : text)

/** A character per byte, so that offsets are bytes; detectors take whatever is beyond ASCII for letters. */
function oneByOne(source: Uint8Array, start: number, end: number): string {
  return Buffer.from(source.buffer, source.byteOffset + start, end - start).toString('latin1')
}

function find(name: string): Detector {
  const detector = (detectorNames as readonly string[]).includes(name) ? catalogue[name as DetectorName] : undefined
  if (!detector) throw new RangeError(`there is no detector ${name}`)
  return detector
}

function reporter(detector: string, at: number, found: Found[], offsets?: Uint32Array): Report {
  return (start, end, confidence) => {
    const from = offsets ? offsets[start]! : start
    const to = offsets ? offsets[end]! : end
    found.push({ detector, start: at + from, end: at + to, confidence })
  }
}

/** In order, and of two that overlap the longer one: masking both would mask one of them twice. */
function apart(found: Found[]): readonly Found[] {
  const ordered = found.toSorted((a, b) => a.start - b.start || b.end - a.end)
  const kept: Found[] = []
  for (const one of ordered) {
    const last = kept.at(-1)
    if (!last || one.start >= last.end) kept.push(one)
    else if (one.end > last.end)
      kept[kept.length - 1] = { ...(one.end - one.start > last.end - last.start ? one : last), start: last.start, end: one.end }
  }
  return kept
}
