import { detectorNames } from '@sallyport/core'
import { createDetectors } from '@sallyport/masking'
import type { Cell } from './cells.js'

/** Microseconds per cell with every detector on, and bytes looked at per second. */
export interface Cost {
  readonly what: string
  readonly cells: number
  /** Median of their lengths. */
  readonly bytes: number
  readonly p50: number
  readonly p99: number
  readonly megabytesPerSecond: number
}

/** One cell is over before a clock has moved: as many times as this, one after another. */
const times = 20
/** The best of these counts: what else the machine did is not a cost of the cell. */
const rounds = 5

export function costOf(what: string, cells: readonly Cell[]): Cost {
  const scanner = createDetectors(detectorNames)
  const sources = cells.map(({ text }) => Buffer.from(text)).filter((source) => source.length > 0)
  const scan = (source: Buffer) => scanner.scanBytes(source, 0, source.length)
  for (const source of sources) scan(source)
  const once = (source: Buffer) => {
    const before = process.hrtime.bigint()
    for (let i = 0; i < times; i++) scan(source)
    return Number(process.hrtime.bigint() - before) / 1000 / times
  }
  const took = sources.map((source) => Math.min(...Array.from({ length: rounds }, () => once(source))))
  const total = took.reduce((sum, one) => sum + one, 0)
  const bytes = sources.reduce((sum, { length }) => sum + length, 0)
  const at = (list: readonly number[], share: number) => list.toSorted((a, b) => a - b)[Math.floor(list.length * share)] ?? Number.NaN
  const lengths = sources.map(({ length }) => length)
  return {
    what,
    cells: sources.length,
    bytes: at(lengths, 0.5),
    p50: at(took, 0.5),
    p99: at(took, 0.99),
    megabytesPerSecond: bytes / total,
  }
}
