import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import process from 'node:process'
import { machine, type Machine } from './machine.js'
import { soaking } from './sizes.js'
import { root } from './world.js'

/** One thing that a check measured or counted. `value` as it is to be read: numbers are rounded to three digits. */
export interface Figure {
  readonly what: string
  readonly value: number | string
  readonly unit?: string
}

/** What one check found at its full size. */
export interface Soaked {
  readonly title: string
  readonly figures: readonly Figure[]
  readonly versions: Readonly<Record<string, string>>
  readonly machine: Machine
  /** UTC, in days. */
  readonly day: string
}

const folder = join(root, 'docs')
/** From before the check began: later it would tell of the check's own load. */
const here = machine()

/**
 * Prints what a check found; in `npm run soak` it also takes the place of what stood under that name in `docs/soak.json`
 * and `docs/soak.md`, and leaves the other names alone. A caller must not call it before everything it asserts was seen.
 */
export function tell(name: string, title: string, figures: readonly Figure[]): void {
  process.stdout.write(`${title}: ${figures.map((figure) => `${figure.what} ${spelled(figure)}`).join(', ')}\n`)
  if (!soaking) return
  mkdirSync(folder, { recursive: true })
  const file = join(folder, 'soak.json')
  const known = existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as Record<string, Soaked>) : {}
  const day = new Date().toISOString().slice(0, 10)
  const all = { ...known, [name]: { title, figures, versions: versions(), machine: here, day } }
  const sorted = Object.fromEntries(Object.entries(all).toSorted(([a], [b]) => (a < b ? -1 : 1)))
  writeFileSync(file, `${JSON.stringify(sorted, undefined, 2)}\n`)
  writeFileSync(join(folder, 'soak.md'), soakDocument(sorted))
}

function versions(): Readonly<Record<string, string>> {
  const { optionalDependencies } = JSON.parse(readFileSync(join(root, 'packages', 'embedded-postgres', 'package.json'), 'utf8')) as {
    optionalDependencies: Readonly<Record<string, string>>
  }
  const postgres = optionalDependencies[`@embedded-postgres/${process.platform}-${process.arch}`] ?? 'unknown'
  return { node: process.version, postgres }
}

/** `docs/soak.md` for all checks that were ever run. */
export function soakDocument(all: Readonly<Record<string, Soaked>>): string {
  return `# What holds at full size

Made by \`npm run soak [-- NAME]\`: the checks of \`npm test\` that take a size, at the sizes that were asked for. Every check asserts
what it promises at this size too; the figures are what it saw on the way. Client, gateway, control plane and target share one machine.
${Object.entries(all)
  .map(([name, soaked]) => section(name, soaked))
  .join('')}`
}

function section(name: string, { title, figures, versions: used, machine: where, day }: Soaked): string {
  const rows = figures.map((figure) => `| ${figure.what} | ${spelled(figure)} |`).join('\n')
  return `
## ${name}

${title}.

| | |
| --- | --- |
${rows}

${day}; ${where.cores} × ${where.cpu}, ${where.memoryGiB} GiB, Linux ${where.kernel}, load before ${where.load.join(' ')}; Node ${used['node']}; PostgreSQL ${used['postgres']}.
`
}

function spelled({ value, unit }: Figure): string {
  const text = typeof value === 'string' ? value : value.toLocaleString('en', { maximumFractionDigits: Math.abs(value) < 10 ? 2 : 0 })
  return unit === undefined ? text : `${text} ${unit}`
}
