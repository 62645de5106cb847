import { chmodSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { machine } from '../src/machine.js'
import { removeHome, startStandalone, type Standalone } from '../src/world.js'
import { atLeast, type Aim } from './aims.js'
import { cpuOf } from '../src/process.js'
import { preparePeople, tableRows } from './database.js'
import type { Front } from './front.js'
import { largeSelect, type Load, readings, statements } from './measure.js'
import { aimsTable, described, fixed, MB, row, table, write } from './report.js'
import { apply, openScene, type Scene } from './scene.js'
import { type Found, inTurns } from './turns.js'

/** What masks cost beside what reading without them costs; nothing here asserts a time. */
const folder = mkdtempSync(join(tmpdir(), 'sallyport-bench-'))
const where = machine()
let world: Standalone
let scene: Scene
let bytes: number

/** The same callers but for what they may see: agents everything masked in place, developers a token, reporting all of it. */
const masks = `kind: policy
name: bench-masks
subjects: { groups: [ai-agents] }
resources: { names: [shop] }
masks:
  - { id: name, columns: [public.bench_person.name], as: redact }
  - { id: email, columns: [public.bench_person.email], as: { partial: { keep: domain } } }
  - { id: card, columns: [public.bench_person.card], as: { partial: { keep: last } } }
---
kind: policy
name: bench-tokens
subjects: { groups: [developers] }
resources: { names: [shop] }
masks:
  - { id: name, columns: [public.bench_person.name], as: redact }
  - { id: email, columns: [public.bench_person.email], as: hash }
  - { id: card, columns: [public.bench_person.card], as: nullify }
`

beforeAll(async () => {
  chmodSync(folder, 0o711)
  world = await startStandalone({ env: { SALLYPORT_PG_PLAINTEXT: 'loopback' } })
  scene = await openScene(world, folder)
  bytes = await preparePeople(scene.stage)
  await apply(world.home, folder, masks)
})

afterAll(async () => {
  for (const front of scene?.others ?? []) front.stop()
  await world?.stop()
  if (world) removeHome(world.home)
  rmSync(folder, { recursive: true, force: true })
})

const people = 'select id, name, email, card, note from bench_person'
const prepared: Load = { protocol: 'prepared', clients: 8, seconds: 3 }

/** Per second, and the CPU of the process in between for each row or statement. */
type Cost = {
  readonly rate: number
  readonly cpu: number
}

/** Bytes; nanoseconds per row. */
async function read(front: Front): Promise<Cost> {
  const before = front.pid === undefined ? Number.NaN : cpuOf(front.pid)
  const rate = await largeSelect(front, bytes, folder, people)
  const used = front.pid === undefined ? Number.NaN : cpuOf(front.pid) - before
  return { rate, cpu: (used * 1e6) / (readings * tableRows) }
}

async function named(name: string, person: string): Promise<Front> {
  return { ...(await scene.as(person)), name }
}

describe('masked', () => {
  it('writes what masks cost to docs/benchmarks', async () => {
    const plain = await named('no masks', 'report-bot')
    const masked = await named('3 masked', 'billing-agent')
    const tokens = await named('3 masked, 1 token', 'alice')
    const fronts = [scene.direct, ...scene.others, plain, masked, tokens]
    for (const front of [plain, masked, tokens]) await statements(front, prepared, folder)

    const select = await inTurns(fronts, read)
    const again = await inTurns([plain, masked], async (front) => {
      const { tps, cpu } = await statements(front, prepared, folder)
      return { rate: tps, cpu: cpu ?? Number.NaN }
    })
    const ratio = (from: Found<Cost>, name: string, to: string) => (from[name]?.rate ?? Number.NaN) / (from[to]?.rate ?? Number.NaN)
    const aims: readonly Aim[] = [
      atLeast(
        'a million rows with 3 masked columns, bytes of the table per second to those of haproxy',
        ratio(select, '3 masked', 'haproxy'),
        0.7,
      ),
      atLeast('the same with one of them a token', ratio(select, '3 masked, 1 token', 'haproxy'), 0.7),
      atLeast(
        'a prepared statement of other columns again, masks in force: throughput to that without masks',
        ratio(again, '3 masked', 'no masks'),
        0.9,
      ),
    ]
    const names = fronts.map(({ name }) => name)
    const text = `# PostgreSQL: what masks cost

Made by \`npm run bench -- masked\`, as [postgres.md](postgres.md) is. A table of a million people, about ${fixed(bytes / 1e6, 0)} bytes each; their names are
redacted, of their addresses the domain is kept, of their cards the last four digits. With a token, the address is hashed and the
card NULL. Rates are bytes of the table as it is stored, so that a masked row counts as much as a clear one.

## Against the aims

${aimsTable(aims)}

## Figures

${table(
  ['', ...names],
  [
    row('select of a million rows, MB/s', ...names.map((one) => MB(select[one]?.rate))),
    row('CPU in between per row, ns', ...names.map((one) => fixed(select[one]?.cpu, 0))),
    row('one-row selects of another table, prepared, 8 clients, tps', ...names.map((one) => fixed(again[one]?.rate, 0))),
    row('CPU in between per statement, µs', ...names.map((one) => fixed(again[one]?.cpu, 0))),
  ],
)}

- ${scene.absent.length === 0 ? 'pgbouncer and haproxy took part.' : `${scene.absent.join('; ')}.`}
- ${described(where, scene.versions)}.
`
    process.stdout.write(
      write('masked', { machine: where, select, prepared: again, bytes, absent: scene.absent, versions: scene.versions }, text),
    )
    expect(text).toContain('Against the aims')
  })
})
