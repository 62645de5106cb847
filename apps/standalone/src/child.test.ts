import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { type Child, keepAlive } from './child.js'
import { openLog } from './log-file.js'

let folder: string
let running: Child | undefined
const pids: number[] = []
const deaths: string[] = []

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'sallyport-child-'))
  pids.length = 0
  deaths.length = 0
})
afterEach(async () => {
  await running?.stop(500)
  running = undefined
  await rm(folder, { recursive: true, force: true })
})

async function start(script: string): Promise<Child> {
  const path = join(folder, 'script.mjs')
  await writeFile(path, script)
  const log = openLog(join(folder, 'child.log'))
  running = keepAlive({
    name: 'child',
    script: path,
    env: process.env,
    log,
    started: (pid) => pids.push(pid),
    died: (how) => deaths.push(how),
  })
  return running
}

const until = async (holds: () => boolean) => {
  while (!holds()) await sleep(10)
}

it('starts again what dies by itself', async () => {
  const child = await start('setInterval(() => {}, 1000)')
  child.settled()
  await until(() => pids.length === 1)
  process.kill(pids[0]!, 'SIGKILL')
  await until(() => pids.length === 2)
  expect(deaths).toEqual(['SIGKILL'])
  expect(child.pid()).toBe(pids[1])
})

it('gives up at once on a configuration that is refused, and repeats why', async () => {
  const child = await start(`console.error('PORT is wrong'); process.exit(2)`)
  await expect(child.failed).rejects.toThrow(/refuses its configuration:\nPORT is wrong/)
  expect(pids).toHaveLength(1)
})

it('gives up on what never comes up', async () => {
  const child = await start('process.exit(1)')
  await expect(child.failed).rejects.toThrow(/does not start \(exit code 1\)/)
  expect(pids).toHaveLength(5)
})

it('kills what does not end when it is told to', async () => {
  const child = await start(`process.on('SIGTERM', () => {}); console.log('deaf'); setInterval(() => {}, 1000)`)
  while (!(await readFile(join(folder, 'child.log'), 'utf8')).includes('deaf')) await sleep(10)
  await child.stop(100)
  expect(child.pid()).toBeUndefined()
  await sleep(300)
  expect(pids).toHaveLength(1)
  expect(deaths).toEqual([])
})

it('keeps a log from growing for ever', async () => {
  const log = openLog(join(folder, 'full.log'), 1_000)
  for (let i = 0; i < 100; i++) log.write(`${'x'.repeat(99)}\n`)
  log.close()
  const sizes = await Promise.all(['full.log', 'full.log.1'].map(async (name) => (await readFile(join(folder, name))).length))
  for (const size of sizes) expect(size).toBeLessThanOrEqual(1_100)
})
