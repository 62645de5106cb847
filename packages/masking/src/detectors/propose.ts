import { type DetectorName, detectorNames, detectors } from '@sallyport/core'
import { expectedBy } from './columns.js'
import type { Found } from './found.js'
import { createBudget, createDetectors } from './scan.js'

/** What a column seems to hold, with the evidence as counts: no value leaves this function. */
export interface Proposal {
  readonly label: string
  readonly detector: DetectorName
  /** Values in which it was found. */
  readonly matched: number
  /** Values looked at: neither NULL nor empty. */
  readonly sampled: number
}

/** Values looked at, at most; what comes after them is not read. */
const mostSamples = 10_000
/** Bytes of all of them that detectors read. */
const mostBytes = 16 * 1024 * 1024

/**
 * When a label is proposed. Personal data: found in at least 3 values and a tenth of them, which chance does not reach
 * (one of forty numbers with 16 digits could be a card); where the column's name says so too, in 1 value and a hundredth.
 * Secrets: in 1 value, for one is enough to be harmed by, if its form leaves no doubt; else in 3 and a hundredth. More than
 * half of all values are always enough.
 */
const thresholds = {
  personal: { values: 3, share: 0.1 },
  named: { values: 1, share: 0.01 },
  secret: { values: 1, share: 0 },
  doubtful: { values: 3, share: 0.01 },
} as const

/** `column`: its bare name. The most frequent first; nothing where nothing is found often enough. */
export function propose(column: string, samples: Iterable<string | null>): readonly Proposal[] {
  const scanners = detectorNames.map((name) => [name, createDetectors([name], { column })] as const)
  const named = new Set(expectedBy(column))
  const matched = new Map<DetectorName, Evidence>()
  const budget = createBudget(mostBytes)
  let sampled = 0
  for (const value of samples) {
    if (value === null || value.trim() === '') continue
    if (sampled === mostSamples || budget.left <= 0) break
    sampled++
    for (const [name, scanner] of scanners) {
      const found = scanner.scan(value, budget).filter(({ detector }) => detector === name)
      if (found.length > 0) matched.set(name, more(matched.get(name), found))
    }
  }
  return [...matched]
    .filter(([detector, evidence]) => isEnough(detector, evidence, { sampled, named: named.has(detector) }))
    .map(([detector, { count }]) => ({ label: detectors[detector].label, detector, matched: count, sampled }))
    .toSorted((a, b) => b.matched - a.matched || (a.detector < b.detector ? -1 : 1))
}

interface Evidence {
  readonly count: number
  /** The surest one. */
  readonly confidence: number
}

function more(before: Evidence | undefined, found: readonly Found[]): Evidence {
  const confidence = Math.max(before?.confidence ?? 0, ...found.map((one) => one.confidence))
  return { count: (before?.count ?? 0) + 1, confidence }
}

const noDoubt = 0.95

function isEnough(
  detector: DetectorName,
  { count, confidence }: Evidence,
  of: { readonly sampled: number; readonly named: boolean },
): boolean {
  const secret = detectors[detector].label.startsWith('secret.')
  const { values, share } = thresholds[secret ? (confidence >= noDoubt ? 'secret' : 'doubtful') : of.named ? 'named' : 'personal']
  return count * 2 > of.sampled || (count >= values && count / of.sampled >= share)
}
