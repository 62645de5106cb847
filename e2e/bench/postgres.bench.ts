import { chmodSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { machine } from '../src/machine.js'
import { removeHome, startStandalone, type Standalone } from '../src/world.js'
import { type Front, plain } from './front.js'
import { connects, copyOut, largeSelect, type Load, type Statements, statements, trail } from './measure.js'
import { rssOf } from '../src/process.js'
import { type Cell, writeReport } from './report.js'
import { openScene, type Scene } from './scene.js'
import { inTurns, middle, rounds } from './turns.js'

/** Nothing here asserts a time: it measures, and fails only when something does not work. */
const folder = mkdtempSync(join(tmpdir(), 'sallyport-bench-'))
const where = machine()
let world: Standalone
let scene: Scene

beforeAll(async () => {
  chmodSync(folder, 0o711)
  world = await startStandalone({ env: { SALLYPORT_PG_PLAINTEXT: 'loopback' } })
  scene = await openScene(world, folder)
})

afterAll(async () => {
  for (const front of scene?.others ?? []) front.stop()
  await world?.stop()
  if (world) removeHome(world.home)
  rmSync(folder, { recursive: true, force: true })
})

/** Logins are a part of it, and sixty-four of them take a while. */
const seconds = (clients: number) => (clients > 8 ? 5 : 2)

async function rates(fronts: readonly Front[], measure: (front: Front) => Promise<number>): Promise<Record<string, number>> {
  const found = await inTurns(fronts, async (front) => ({ rate: await measure(front) }))
  return Object.fromEntries(Object.entries(found).map(([name, { rate }]) => [name, rate]))
}

/** One load, every front in turns. */
async function cell(fronts: readonly Front[], load: Load): Promise<Cell> {
  const found = new Map<string, Statements[]>(fronts.map(({ name }) => [name, []]))
  for (let round = 0; round < rounds; round++) {
    for (const front of fronts) found.get(front.name)!.push(await statements(front, load, folder))
  }
  const middles = [...found].map(([name, all]): [string, Statements] => {
    const of = (key: keyof Statements) => middle(all.map((one) => one[key] ?? Number.NaN))
    const told = { statements: of('statements'), tps: of('tps'), p50: of('p50'), p99: of('p99'), cpu: of('cpu'), behind: of('behind') }
    return [name, told]
  })
  return { load, fronts: Object.fromEntries(middles) }
}

const shapes: readonly Omit<Load, 'clients' | 'seconds'>[] = [
  { protocol: 'simple' },
  { protocol: 'simple', unseen: true },
  { protocol: 'extended' },
  { protocol: 'prepared' },
]

async function cells(fronts: readonly Front[], clients: readonly number[]): Promise<readonly Cell[]> {
  const found: Cell[] = []
  for (const shape of shapes)
    for (const count of clients) {
      found.push(await cell(fronts, { ...shape, clients: count, seconds: seconds(count) }))
    }
  return found
}

describe('postgres', () => {
  it('writes what the gateway costs to docs/benchmarks', async () => {
    const { direct, sallyport, bulk, others, absent, tableBytes, policies, versions } = scene
    const fronts = [direct, sallyport, ...others]
    const readers = [direct, bulk, ...others]
    const agent = sallyport.pid!
    // Warm: code compiled, the catalog read, the statement known.
    for (const front of fronts) await statements(front, { protocol: 'prepared', clients: 8, seconds: 3 }, folder)
    const rssBefore = rssOf(agent)

    const encrypted = await cells(fronts, [1, 8, 64])
    const clear = await cells(fronts.map(plain), [8])
    const perSecond = {
      copy: await rates(readers, (front) => copyOut(front, tableBytes)),
      select: await rates(readers, (front) => largeSelect(front, tableBytes, folder)),
      connects: await rates(fronts, (front) => connects(front, folder)),
    }
    const told = await trail(sallyport, world.ready().admin, folder)
    const memory = { rssBefore, rssAfter: rssOf(agent) }
    const text = writeReport('postgres', { encrypted, clear, rates: perSecond, memory, trail: told, absent, policies, versions }, where)
    process.stdout.write(text)
    expect(text).toContain('Against the aims')
  })
})
