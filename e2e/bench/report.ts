import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Machine } from '../src/machine.js'
import { root } from '../src/world.js'
import type { Load, Statements, Trail } from './measure.js'
import { againstAims, type Aim } from './aims.js'

export interface Cell {
  readonly load: Load
  readonly fronts: Readonly<Record<string, Statements>>
}

/** The middle of all rounds. Rates are per second: bytes, logins. Memory in KiB. */
export interface Figures {
  readonly encrypted: readonly Cell[]
  readonly clear: readonly Cell[]
  readonly rates: Readonly<Record<'copy' | 'select' | 'connects', Readonly<Record<string, number>>>>
  readonly memory: {
    readonly rssBefore: number
    readonly rssAfter: number
  }
  readonly trail: Trail
  readonly absent: readonly string[]
  readonly policies: number
  readonly versions: Readonly<Record<string, string>>
}

export function writeReport(name: string, figures: Figures, where: Machine): string {
  return write(name, { machine: where, ...figures }, markdown(figures, where))
}

/** Writes `docs/benchmarks/NAME.json` and `.md`; answers the latter's text. */
export function write(name: string, figures: object, text: string): string {
  const folder = join(root, 'docs', 'benchmarks')
  mkdirSync(folder, { recursive: true })
  writeFileSync(join(folder, `${name}.json`), `${JSON.stringify(figures, undefined, 2)}\n`)
  writeFileSync(join(folder, `${name}.md`), text)
  return text
}

export const fixed = (value: number | null | undefined, digits = 2) =>
  value === undefined || value === null || Number.isNaN(value) ? '–' : value.toFixed(digits)
export const row = (...columns: readonly (string | number)[]) => `| ${columns.join(' | ')} |`
export const table = (head: readonly string[], rows: readonly string[]) => [row(...head), row(...head.map(() => '---')), ...rows].join('\n')
export const MB = (bytes: number | undefined) => fixed(bytes === undefined ? undefined : bytes / 1e6, 0)
const shapeOf = ({ protocol, unseen }: Load) => (unseen ? `${protocol}, texts never seen` : protocol)

function cellsTable(cells: readonly Cell[], names: readonly string[]): string {
  return table(
    ['protocol', 'clients', ...names.flatMap((one) => [`${one} tps`, 'p50 µs', 'p99 µs', ...(one === 'direct' ? [] : ['CPU µs'])])],
    cells.map(({ load, fronts }) =>
      row(
        shapeOf(load),
        load.clients,
        ...names.flatMap((one) => {
          const found = fronts[one]
          const all = [found?.tps, found?.p50, found?.p99, ...(one === 'direct' ? [] : [found?.cpu])]
          return all.map((value) => fixed(value, 0))
        }),
      ),
    ),
  )
}

export function aimsTable(aims: readonly Aim[]): string {
  return table(
    ['what', 'figure', 'aim', ''],
    aims.map(({ what, figure, aim, kept }) =>
      row(what, fixed(figure), aim, Number.isNaN(figure) ? 'not measured' : kept ? 'kept' : 'missed'),
    ),
  )
}

export function described(where: Machine, versions: Readonly<Record<string, string>>): string {
  const { cores, cpu, memoryGiB, kernel, load } = where
  return `${cores} × ${cpu}, ${memoryGiB} GiB, Linux ${kernel}, load before ${load.join(' ')}; ${Object.values(versions).join('; ')}`
}

function markdown(figures: Figures, where: Machine): string {
  const { encrypted, clear, rates, memory, trail, absent, policies, versions } = figures
  const names = [...new Set(encrypted.flatMap((cell) => Object.keys(cell.fronts)))]
  const behind = encrypted.find(({ load }) => load.protocol === 'prepared' && load.clients === 8)?.fronts['sallyport']?.behind

  return `# PostgreSQL: what the gateway costs

Made by \`npm run bench -- postgres\`. Everybody reaches the same database; fronts take turns within each row, and the middle of the
rounds is shown. Client, gateway, control plane and databases share one machine, so only ratios within a row mean anything. Of ours
everything is on: identity, the real parser, ${policies} policies beside the demo's, every statement judged and recorded in the signed trail,
which the control plane takes in meanwhile on the same cores. pgbouncer pools sessions; haproxy passes bytes.

## Against the aims

Added latency is a front's p50 less that of a direct connection. Clients over TLS.

${aimsTable(againstAims(figures))}

What is behind the figures, and what was tried: [postgres-notes.md](postgres-notes.md).

## One-row selects by primary key, clients over TLS

${cellsTable(encrypted, names)}

## The same without TLS

${cellsTable(clear, names)}

CPU is that of the process in between, all threads and the logins of the run included, per statement. The control plane spends
${fixed(behind, 0)} µs per statement besides (prepared, 8 clients), its database not counted.

## Bulk and logins

A table of a million rows of about 72 bytes.

${table(
  ['', ...names],
  [
    row('COPY out, MB/s', ...names.map((one) => MB(rates.copy[one]))),
    row('select of a million rows, MB/s', ...names.map((one) => MB(rates.select[one]))),
    row('logins per second, 4 at a time', ...names.map((one) => fixed(rates.connects[one], 0))),
  ],
)}

- Agent: ${fixed(memory.rssBefore / 1024, 0)} MiB before the load, ${fixed(memory.rssAfter / 1024, 0)} MiB after it. What an idle session costs, thousands of them at once: [soak.md](../soak.md).
- Trail: ${fixed(trail.eventsPerSecond, 0)} events/s under load (8 clients, prepared); the control plane was ${trail.waiting} events behind at its
  end and had them all ${fixed(trail.drainSeconds, 1)} s later.
- ${absent.length === 0 ? 'pgbouncer and haproxy took part.' : `${absent.join('; ')}.`}
- ${described(where, versions)}.
`
}
