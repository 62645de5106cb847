import { createDetectors, type Detectors, type Found } from '@sallyport/masking'
import { type Cell, type Kind, samples } from './cells.js'

/** A share with its 95 % confidence interval after Wilson. */
export interface Share {
  readonly share: number
  readonly least: number
  readonly most: number
  readonly of: number
}

export interface Score {
  readonly recall: Share
  readonly precision: Share
  /** Some of what was missed and of what was found wrongly; the rows are made up, so that they may be shown. */
  readonly missed: readonly string[]
  readonly wrong: readonly string[]
}

const z = 1.96

export function wilson(hits: number, of: number): Share {
  if (of === 0) return { share: Number.NaN, least: 0, most: 1, of }
  const share = hits / of
  const middle = share + (z * z) / (2 * of)
  const spread = z * Math.sqrt((share * (1 - share)) / of + (z * z) / (4 * of * of))
  const whole = 1 + (z * z) / of
  return { share, least: Math.max(0, (middle - spread) / whole), most: Math.min(1, (middle + spread) / whole), of }
}

/** A connection string holds a credential, and either may be found where the other one is. */
const alike: Readonly<Partial<Record<Kind, readonly Kind[]>>> = {
  credential: ['connection_string', 'api_key', 'aws_key', 'jwt', 'password_hash'],
  api_key: ['credential'],
  aws_key: ['credential'],
  connection_string: ['credential'],
  ip: ['connection_string', 'credential'],
}

const shown = 12

/**
 * Each detector on its own over all cells. Found is a value of which nothing stays visible; wrong is whatever is found
 * where no value of the kind is, in cells that hold nothing or another kind.
 */
export function score(cells: readonly Cell[]): Readonly<Record<Kind, Score>> {
  return Object.fromEntries((Object.keys(samples) as Kind[]).map((kind) => [kind, scoreOf(kind, cells)])) as Record<Kind, Score>
}

function scoreOf(kind: Kind, cells: readonly Cell[]): Score {
  const scanner = scannerFor(kind)
  const missed: string[] = []
  const wrong: string[] = []
  let hits = 0
  let present = 0
  for (const { text, column, truth } of cells) {
    const source = Buffer.from(text)
    const found = scanner(column).scanBytes(source, 0, source.length)
    if (truth?.kind === kind) {
      present++
      const start = Buffer.byteLength(text.slice(0, truth.start))
      const end = start + Buffer.byteLength(text.slice(truth.start, truth.end))
      if (covers(found, start, end)) hits++
      else missed.push(text)
      if (found.some((one) => one.end <= start || one.start >= end)) wrong.push(text)
    } else if (found.length > 0 && !(truth && alike[kind]?.includes(truth.kind))) wrong.push(text)
  }
  return {
    recall: wilson(hits, present),
    precision: wilson(hits, hits + wrong.length),
    missed: missed.slice(0, shown),
    wrong: wrong.slice(0, shown),
  }
}

function scannerFor(kind: Kind): (column: string | undefined) => Detectors {
  const known = new Map<string, Detectors>()
  return (column = '') => {
    const scanner = known.get(column) ?? createDetectors([kind], { column })
    known.set(column, scanner)
    return scanner
  }
}

const covers = (found: readonly Found[], start: number, end: number): boolean => found.some((one) => one.start <= start && one.end >= end)
