import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import process from 'node:process'
import { expect, it } from 'vitest'
import { type Cell, labelled } from '../src/detection/cells.js'
import { type Cost, costOf } from '../src/detection/cost.js'
import { type Score, score, type Share } from '../src/detection/score.js'
import { machine } from '../src/machine.js'
import { root } from '../src/world.js'

/** Rows of the measurement; another seed than that of the tests, so that what was corrected by these is not measured by them. */
const seed = 1_848_617
const perKind = 5000

const where = machine()

it('writes what the detectors find, miss and cost to docs/benchmarks', () => {
  const alone = labelled(seed, perKind, false)
  const prose = labelled(seed + 1, perKind, true)
  const figures = { alone: shares(score(alone)), prose: shares(score(prose)), costs: costs(alone, prose) }
  const folder = join(root, 'docs', 'benchmarks')
  mkdirSync(folder, { recursive: true })
  writeFileSync(join(folder, 'masking.json'), `${JSON.stringify({ machine: where, seed, perKind, ...figures }, undefined, 2)}\n`)
  const text = markdown(figures)
  writeFileSync(join(folder, 'masking.md'), text)
  process.stdout.write(text)
  expect(text).toContain('| email |')
}, 600_000)

type Shares = Readonly<Record<string, Pick<Score, 'recall' | 'precision'>>>

/** Without the rows: made up as they are, they look like secrets to whoever scans this repository. */
function shares(of: Readonly<Record<string, Score>>): Shares {
  return Object.fromEntries(Object.entries(of).map(([kind, { recall, precision }]) => [kind, { recall, precision }]))
}

function costs(alone: readonly Cell[], prose: readonly Cell[]): readonly Cost[] {
  const few = (cells: readonly Cell[]) => cells.filter((_, i) => i % 10 === 0)
  const long = (bytes: number) => Array.from({ length: 50 }, (_, i) => ({ text: repeated(prose.slice(i * 40), bytes) }))
  return [
    costOf('a value with nothing in it', few(alone.filter(({ truth }) => !truth))),
    costOf('a value that is something', few(alone.filter(({ truth }) => truth))),
    costOf('either, of at most 128 bytes', few(alone.filter(({ text }) => Buffer.byteLength(text) <= 128))),
    costOf('a few sentences', few(prose)),
    costOf('a text of 4 KiB', long(4096)),
    costOf('a text of 60 KiB', long(60 * 1024).slice(0, 5)),
  ]
}

function repeated(cells: readonly Cell[], bytes: number): string {
  let text = ''
  for (let i = 0; text.length < bytes; i = (i + 1) % cells.length) text += `${cells[i]!.text}\n`
  return text.slice(0, bytes)
}

const row = (...columns: readonly (string | number)[]) => `| ${columns.join(' | ')} |`
const table = (head: readonly string[], rows: readonly string[]) => [row(...head), row(...head.map(() => '---')), ...rows].join('\n')
const percent = (share: number) => (share * 100).toFixed(2)
const told = ({ share, least, most, of }: Share) => `${percent(share)} (${percent(least)} to ${percent(most)}, n = ${of})`

function scores(of: Shares, aims: { readonly recall: number; readonly precision: number }): string {
  const kept = ({ recall, precision }: Shares[string]) =>
    recall.share >= aims.recall && precision.share >= aims.precision ? 'kept' : 'missed'
  return table(
    ['detector', 'recall, %', 'precision, %', `aim ${percent(aims.recall)} / ${percent(aims.precision)}`],
    Object.entries(of).map(([kind, one]) => row(kind, told(one.recall), told(one.precision), kept(one))),
  )
}

function markdown({
  alone,
  prose,
  costs: all,
}: {
  readonly alone: Shares
  readonly prose: Shares
  readonly costs: readonly Cost[]
}): string {
  return `# Content detectors: what they find, miss and cost

Made by \`npm run bench -- masking\`. Rows are generated with a seed (\`e2e/src/detection\`), by generators that make each kind of value
from the rules that issue it and share nothing with the detectors: ${perKind} values of each kind, and ${4 * perKind} that are none and look like
one (order numbers, moments, commits, digests, UUIDs, product codes, versions, fractions, cards and accounts with wrong check
digits, logins at hosts, packages, program text, names, addresses, prose). Every detector is judged alone over all rows, those of the other
kinds included. Found is a value of which no character stays visible. In brackets: 95 % intervals after Wilson.

A kind that another one may hold (a credential in a connection string) is not counted against it. They say how the detectors do on such rows,
whose makers knew the same rules: what is near 100 here says that the rules are kept, and not that your data keeps to them. See
[masking.md](../masking.md) for what no detector sees.

## Cells that hold one value

A sixth of the telephone numbers, two fifths of the social security numbers, secret keys of AWS and bare digests are told only by the name of
their column, or in sentences by a word, which is given for these.

${scores(alone, { recall: 0.99, precision: 0.98 })}

## In sentences, among such things

${scores(prose, { recall: 0.9, precision: 0.9 })}

## Cost with every detector on

Each cell a hundred times, the best of five rounds; p99 is over cells.

${table(
  ['', 'cells', 'bytes (median)', 'p50 µs', 'p99 µs', 'MB/s'],
  all.map(({ what, cells, bytes, p50, p99, megabytesPerSecond }) =>
    row(what, cells, bytes, p50.toFixed(2), p99.toFixed(2), megabytesPerSecond.toFixed(1)),
  ),
)}

${where.cores} × ${where.cpu}, ${where.memoryGiB} GiB, Linux ${where.kernel}, load before ${where.load.join(' ')}; Node.js ${process.version}.
`
}
