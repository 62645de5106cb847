import { chmodSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { machine } from '../src/machine.js'
import { rssOf } from '../src/process.js'
import { removeHome, startStandalone, type Standalone } from '../src/world.js'
import { type Front, openScene, type Scene } from './fronts.js'
import { connects, copyOut, idleMemory, largeSelect, type Load, type Statements, statements, trail } from './measure.js'
import { type Cell, writeReport } from './report.js'

/** Nothing here asserts a time: it measures, and fails only when something does not work. */
const folder = mkdtempSync(join(tmpdir(), 'sallyport-bench-'))
const where = machine()
let world: Standalone
let scene: Scene

beforeAll(async () => {
  chmodSync(folder, 0o711)
  world = await startStandalone()
  scene = await openScene(world, folder)
})

afterAll(async () => {
  for (const front of scene?.others ?? []) front.stop()
  await world?.stop()
  if (world) removeHome(world.home)
  rmSync(folder, { recursive: true, force: true })
})

const rounds = 2

function middle(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b)
  const half = sorted.length / 2
  return (sorted[Math.ceil(half) - 1]! + sorted[Math.floor(half)]!) / 2
}

/** Every front once per round, in turns; the middle of the rounds for each. */
async function inTurns(
  fronts: readonly Front[],
  times: number,
  measure: (front: Front) => Promise<number>,
): Promise<Record<string, number>> {
  const found = new Map<string, number[]>(fronts.map(({ name }) => [name, []]))
  for (let round = 0; round < times; round++) {
    for (const front of fronts) found.get(front.name)!.push(await measure(front))
  }
  return Object.fromEntries([...found].map(([name, values]) => [name, middle(values)]))
}

/** One load, every front in turns. */
async function cell(fronts: readonly Front[], load: Load): Promise<Cell> {
  const found = new Map<string, Statements[]>(fronts.map(({ name }) => [name, []]))
  for (let round = 0; round < rounds; round++) {
    for (const front of fronts) found.get(front.name)!.push(await statements(front, load, folder))
  }
  const middles = [...found].map(([name, all]): [string, Statements] => {
    const of = (key: 'statements' | 'tps' | 'p50' | 'p99' | 'cpu') => middle(all.map((one) => one[key] ?? Number.NaN))
    const cpu = of('cpu')
    return [name, { statements: of('statements'), tps: of('tps'), p50: of('p50'), p99: of('p99'), ...(Number.isNaN(cpu) ? {} : { cpu }) }]
  })
  return { protocol: load.protocol, clients: load.clients, fronts: Object.fromEntries(middles) }
}

describe('postgres', () => {
  it('writes what the gateway costs to docs/benchmarks', async () => {
    const { direct, sallyport, bulk, others, absent, tableBytes, versions } = scene
    const fronts = [direct, sallyport, ...others]
    const readers = [direct, bulk, ...others]
    const agent = sallyport.pid!
    // Warm: code compiled, the catalog read, the statement known.
    for (const front of fronts) await statements(front, { protocol: 'prepared', clients: 8, amount: { each: 200 } }, folder)
    const rssBefore = rssOf(agent)
    const perIdleSession: Record<string, number> = {}
    for (const front of [sallyport, ...others]) perIdleSession[front.name] = await idleMemory(front, 40)

    const cells: Cell[] = []
    for (const protocol of ['simple', 'extended', 'prepared'] as const) {
      cells.push(await cell([direct, sallyport], { protocol, clients: 1, amount: { seconds: 1 } }))
      cells.push(await cell(fronts, { protocol, clients: 8, amount: { seconds: 2 } }))
      cells.push(await cell([direct, sallyport], { protocol, clients: 64, amount: { each: 50 } }))
    }
    const rates = {
      copy: await inTurns(readers, rounds, (front) => copyOut(front, tableBytes)),
      select: await inTurns(readers, rounds, (front) => largeSelect(front, tableBytes, folder)),
      connects: await inTurns(fronts, rounds, (front) => connects(front, folder)),
    }
    const told = await trail(sallyport, world.ready().admin, folder)
    const memory = { rssBefore, rssAfter: rssOf(agent), perIdleSession }
    const text = writeReport('postgres', { cells, rates, memory, trail: told, absent, versions }, where)
    process.stdout.write(text)
    expect(text).toContain('Ratios to a direct connection')
  })
})
