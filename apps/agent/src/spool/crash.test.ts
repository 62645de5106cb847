import { spawn } from 'node:child_process'
import { generateKeyPairSync, randomBytes } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { genesis, verifyBatch } from '@sallyport/audit'
import { makeId } from '@sallyport/core'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { systemClock } from '../clock.js'
import { openFolder } from './disk.js'
import { defaultLimits, openSpool } from './spool.js'
import type { Spool } from './spool.js'

const keys = generateKeyPairSync('ed25519')
const pem = keys.privateKey.export({ type: 'pkcs8', format: 'pem' }).toString()
const child = fileURLToPath(new URL('./crash-child.mjs', import.meta.url))

let folder = ''
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'spool crash '))
})
afterEach(() => rm(folder, { recursive: true, force: true }))

/** Runs the writer until it has told `count` lines, or ended by itself; then kills it. Answers every line it told. */
function write(prefix: string, count: number, shell?: string): Promise<readonly string[]> {
  const program = [process.execPath, child, folder, prefix, pem]
  const [command = '', ...args] = shell === undefined ? program : ['sh', '-c', `${shell}; exec "$@"`, 'sh', ...program]
  const running = spawn(command, args, { stdio: ['ignore', 'pipe', 'inherit'] })
  let output = ''
  running.stdout.on('data', (chunk: Buffer) => {
    output += chunk.toString()
    if (output.split('\n').length > count) running.kill('SIGKILL')
  })
  return new Promise((resolve) => {
    running.once('close', () => resolve(output.split('\n').slice(0, -1)))
  })
}

function open(): Promise<Spool> {
  return openFolder(folder).then((disk) =>
    openSpool({
      disk,
      owner: { agent: 'agt_a', instance: 'ins_a' },
      key: keys.privateKey,
      clock: systemClock,
      newId: (prefix) => makeId(prefix, Date.now(), randomBytes(10)),
      limits: defaultLimits,
      onFailed: () => undefined,
    }),
  )
}

/** Everything in the spool, its chain verified from the first record to the last. */
async function recorded(): Promise<readonly string[]> {
  const spool = await open()
  const whats: string[] = []
  let previous = { sequence: 0, hash: genesis }
  for (;;) {
    const batch = await spool.reader.read(previous.sequence, 100_000)
    if (batch === undefined) break
    const verdict = verifyBatch({ previous, records: batch.records, head: batch.head, publicKey: keys.publicKey })
    if (!verdict.ok) throw new Error(`${verdict.reason} at ${verdict.at}`)
    for (const { event } of verdict.events) whats.push(event.type === 'agent.noted' ? event.what : event.type)
    previous = { sequence: batch.head.sequence, hash: verdict.hash }
  }
  await spool.close()
  return whats
}

describe('a spool whose process is killed', () => {
  it('keeps everything that was told to be durable, over many lives', async () => {
    const told: string[] = []
    for (let life = 0; life < 12; life++) {
      told.push(...(await write(`life${life}`, 1 + life * 37)))
      const kept = new Set(await recorded())
      expect(told.filter((what) => !kept.has(what))).toEqual([])
    }
    expect(told.length).toBeGreaterThan(1000)
  }, 60_000)
})

describe('a spool that the system lets grow no further', () => {
  it('fails: the writers are refused, and what was durable before is there', async () => {
    // Blocks of 512 bytes: less than a segment, so that a write is cut in the middle of a frame.
    const told = await write('full', 1_000_000, 'ulimit -f 24')
    expect(told).toContain('failed EFBIG')
    expect(told).toContain('refused record_failed true')
    const kept = new Set(await recorded())
    expect(told.filter((what) => what.startsWith('full-') && !kept.has(what))).toEqual([])
    expect(kept.has('spool.repaired')).toBe(true)
  })
})
