import { detectorNames, type DetectorName } from '@sallyport/core'
import { catalogue } from './catalogue.js'
import { expectedBy } from './columns.js'
import type { Detector, Digits, Found, Report, Traits } from './found.js'
import { digitStarts } from './starts.js'
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
const mostAtEnd = 32 * 1024
const longest = 2 * mostAtEnd
/** What is cut off may begin or end in what is looked at: so much of it counts as found too. */
const margin = 1024

export const bytesPerResult = 256 * 1024 * 1024

export function createBudget(bytes = bytesPerResult): Budget {
  return { left: bytes }
}

export interface DetectorOptions {
  /** Name of the column: it may make a detector surer, and never less so. */
  readonly column?: string
  /** Detectors of the customer's own, which `names` may name. */
  readonly custom?: readonly Detector[]
}

const none: readonly Found[] = []

/** @throws {RangeError} for a name that is no detector: silently finding nothing would show what should be hidden. */
export function createDetectors(names: readonly string[], { column, custom = [] }: DetectorOptions = {}): Detectors {
  const chosen = [...new Set(names)].map((name) => find(name, custom))
  const expected = new Set<string>(column === undefined ? [] : expectedBy(column))

  /** One part of a value: as it is written, and as JSON means it. */
  function look({ text, at, bytes }: Part, traits: Traits, found: Found[]): void {
    run({ text, bytes }, traits, (name) => reporter(name, at, found))
    if (traits.backslashes === 0) return
    const meant = unescape(text)
    run({ text: meant.text, bytes }, traitsOfText(meant.text), (name) => reporter(name, at, found, meant.offsets))
  }

  function run({ text, bytes }: Omit<Part, 'at'>, traits: Traits, to: (name: string) => Report): void {
    let digits: Digits | undefined
    const view = {
      text,
      bytes,
      expected: false,
      get digits() {
        return (digits ??= digitStarts(text))
      },
    }
    for (const detector of chosen) {
      if (!detector.possible(traits)) continue
      view.expected = expected.has(detector.name)
      detector.find(view, to(detector.name))
    }
  }

  const isClean = (traits: Traits): boolean => traits.backslashes === 0 && !chosen.some((detector) => detector.possible(traits))

  function scanned(value: Value, budget: Budget | undefined): readonly Found[] {
    const { length, bytes } = value
    const long = length > longest
    const traits = long ? undefined : value.traits()
    if (traits && isClean(traits)) return none
    if (budget && (budget.left -= Math.min(length, longest)) < 0) return [unscanned(0, length)]
    const found: Found[] = []
    if (traits) look({ text: value.part(0, length), at: 0, bytes }, traits, found)
    else {
      for (const at of [0, length - mostAtEnd]) {
        const text = value.part(at, at + mostAtEnd)
        look({ text, at, bytes }, traitsOfText(text), found)
      }
      found.push(unscanned(mostAtEnd - margin, length - mostAtEnd + margin))
    }
    return found.length < 2 ? found : apart(found)
  }

  return {
    names: chosen.map(({ name }) => name),
    scan: (text, budget) =>
      scanned({ length: text.length, bytes: false, traits: () => traitsOfText(text), part: (from, to) => text.slice(from, to) }, budget),
    scanBytes: (source, start, end, budget) =>
      scanned(
        {
          length: end - start,
          bytes: true,
          traits: () => traitsOf(source, start, end),
          part: (from, to) => oneByOne(source, start + from, start + to),
        },
        budget,
      ),
  }
}

interface Value {
  readonly length: number
  readonly bytes: boolean
  traits(): Traits
  part(from: number, to: number): string
}

interface Part {
  readonly text: string
  readonly at: number
  readonly bytes: boolean
}

const unscanned = (start: number, end: number): Found => ({ detector: 'unscanned', start, end, confidence: 0 })

/** A character per byte, so that offsets are bytes; detectors take whatever is beyond ASCII for letters. */
function oneByOne(source: Uint8Array, start: number, end: number): string {
  return Buffer.from(source.buffer, source.byteOffset + start, end - start).toString('latin1')
}

function find(name: string, custom: readonly Detector[]): Detector {
  const known = (detectorNames as readonly string[]).includes(name) ? catalogue[name as DetectorName] : undefined
  const detector = known ?? custom.find((one) => one.name === name)
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
