import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Machine } from '../src/machine.js'
import { root } from '../src/world.js'
import type { Statements, Trail } from './measure.js'

export interface Cell {
  readonly protocol: string
  readonly clients: number
  readonly fronts: Readonly<Record<string, Statements>>
}

/** The middle of all rounds. Rates are per second: bytes, logins. */
export interface Figures {
  readonly cells: readonly Cell[]
  readonly rates: Readonly<Record<'copy' | 'select' | 'connects', Readonly<Record<string, number>>>>
  readonly memory: {
    readonly rssBefore: number
    readonly rssAfter: number
    readonly perIdleSession: Readonly<Record<string, number>>
  }
  readonly trail: Trail
  readonly absent: readonly string[]
  readonly versions: Readonly<Record<string, string>>
}

/** Writes `docs/benchmarks/NAME.json` and `.md`; answers the latter's text. */
export function writeReport(name: string, figures: Figures, where: Machine): string {
  const folder = join(root, 'docs', 'benchmarks')
  mkdirSync(folder, { recursive: true })
  writeFileSync(join(folder, `${name}.json`), `${JSON.stringify({ machine: where, ...figures }, undefined, 2)}\n`)
  const text = markdown(figures, where)
  writeFileSync(join(folder, `${name}.md`), text)
  return text
}

const fixed = (value: number | undefined, digits = 2) => (value === undefined || Number.isNaN(value) ? '–' : value.toFixed(digits))

function markdown(figures: Figures, where: Machine): string {
  const { cells, rates, memory, trail, absent, versions } = figures
  const names = [...new Set(cells.flatMap((cell) => Object.keys(cell.fronts)))]
  const others = names.filter((one) => one !== 'direct')
  const ratio = (from: Readonly<Record<string, number>>) => others.map((one) => fixed((from[one] ?? Number.NaN) / from['direct']!))
  const row = (...columns: readonly (string | number)[]) => `| ${columns.join(' | ')} |`
  const table = (head: readonly string[], rows: readonly string[]) => [row(...head), row(...head.map(() => '---')), ...rows].join('\n')
  const of = (cell: Cell, key: 'tps' | 'p50' | 'p99') =>
    Object.fromEntries(Object.entries(cell.fronts).map(([one, found]) => [one, found[key]]))
  const MB = (bytes: number | undefined) => fixed(bytes === undefined ? undefined : bytes / 1e6, 0)

  return `# PostgreSQL: what the gateway costs

Made by \`npm run bench -- postgres\`. Everybody speaks TLS to the client and reaches the same database; fronts take turns within
each row, and the middle of all rounds is shown. Client, gateway, control plane and database share one machine, so only ratios
within a row mean anything.

## Ratios to a direct connection

One-row select by primary key, every statement judged and recorded. tps: more is better; p50 and p99: less is better.

${table(
  ['protocol', 'clients', ...others.flatMap((one) => [`${one} tps`, 'p50', 'p99'])],
  cells.map((cell) => {
    const parts = (['tps', 'p50', 'p99'] as const).map((key) => ratio(of(cell, key)))
    return row(cell.protocol, cell.clients, ...others.flatMap((_, i) => parts.map((part) => part[i]!)))
  }),
)}

${table(
  ['rate', ...others],
  [
    row('COPY out, bytes', ...ratio(rates.copy)),
    row('large select, bytes', ...ratio(rates.select)),
    row('logins', ...ratio(rates.connects)),
  ],
)}

## Figures

${table(
  ['protocol', 'clients', ...names.flatMap((one) => [`${one} tps`, 'p50 µs', 'p99 µs', ...(one === 'direct' ? [] : ['CPU µs'])])],
  cells.map((cell) =>
    row(
      cell.protocol,
      cell.clients,
      ...names.flatMap((one) => {
        const found = cell.fronts[one]
        const all = [found?.tps, found?.p50, found?.p99, ...(one === 'direct' ? [] : [found?.cpu])]
        return all.map((value) => fixed(value, 0))
      }),
    ),
  ),
)}

CPU is that of the process in between, all threads and the logins of the run included, per statement.

${table(
  ['', ...names],
  [
    row('COPY out, MB/s', ...names.map((one) => MB(rates.copy[one]))),
    row('large select, MB/s', ...names.map((one) => MB(rates.select[one]))),
    row('logins per second', ...names.map((one) => fixed(rates.connects[one], 0))),
    row('KiB per idle session', ...names.map((one) => fixed(memory.perIdleSession[one], 0))),
  ],
)}

- Agent: ${fixed(memory.rssBefore / 1024, 0)} MiB before the load, ${fixed(memory.rssAfter / 1024, 0)} MiB after it.
- Trail: ${fixed(trail.eventsPerSecond, 0)} events/s under load (8 clients, prepared); the control plane was ${trail.waiting} events behind at its
  end and had them all ${fixed(trail.drainSeconds, 1)} s later.
- ${absent.length === 0 ? 'pgbouncer and haproxy took part.' : `${absent.join('; ')}.`}
- ${where.cores} × ${where.cpu}, ${where.memoryGiB} GiB, Linux ${where.kernel}, load before ${where.load.join(' ')}; Node ${versions['node']};
  ${versions['postgres']}; ${versions['pgbench']}.
`
}
