import type { Socket } from 'node:net'
import type { TLSSocket } from 'node:tls'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { rssOf } from '../process.js'
import { size } from '../sizes.js'
import { tell } from '../soak-report.js'
import { type OwnAgent, startAgent } from './agent.js'
import { untilServed } from './clients.js'
import { databasePort, direct, register, shop } from './estate.js'
import { openSessions } from './swarm.js'
import { message, type ScriptedTarget, startTarget } from './target.js'

/** Memory may grow by this much, however much is sent: what is under way in both directions, and what is not collected yet. */
const boundKiB = 112 * 1024
const MB = 1_000_000
/** A slow end takes so much, rests, and goes on; before the first byte it rests for long. */
const gulp = 4 * MB
const rest = 40
const firstRest = 1500
const allowed = ['read', 'write', 'insert', 'session_ok', 'bulk_export', 'bulk_import']

const ready = Buffer.from([0x5a, 0, 0, 0, 5])
const copyDone = Buffer.from([0x63, 0, 0, 0, 4])

let agent: OwnAgent
let target: ScriptedTarget
const undo: (() => Promise<void>)[] = []

beforeAll(async () => {
  const database = await direct('shop')
  await database.query('CREATE TABLE copied (body text); GRANT SELECT, INSERT ON copied TO shop_gateway')
  await database.end()
  target = await startTarget({ catalog: databasePort(), asked: takeSlowly() })
  agent = await startAgent({ name: 'slow' })
  undo.push(await register({ name: 'slow', target: shop(), selector: agent.selector, allowed }))
  undo.push(await register({ name: 'slow-target', target: shop(target.port), selector: agent.selector, allowed }))
  await untilServed({ ...agent.world, resource: 'slow' })
  await untilServed({ ...agent.world, resource: 'slow-target' })
})

afterAll(async () => {
  for (const one of undo) await one()
  await agent?.stop()
  await target?.close()
  const database = await direct('shop')
  await database.query('DROP TABLE IF EXISTS copied')
  await database.end()
})

/** Pauses what it is told about: long before the first byte, then after each gulp. */
function slowly(stream: Socket | TLSSocket): (bytes: number) => void {
  let since = 0
  const pause = (ms: number) => {
    stream.pause()
    setTimeout(() => stream.resume(), ms)
  }
  pause(firstRest)
  return (bytes) => {
    since += bytes
    if (since < gulp) return
    since = 0
    pause(rest)
  }
}

/** Resolves with the bytes that came up to the end of the answer. */
function readSlowly(session: TLSSocket): Promise<number> {
  return new Promise((resolve, reject) => {
    let total = 0
    let tail: Buffer = Buffer.alloc(0)
    const took = slowly(session)
    session.once('close', () => reject(new Error(`cut after ${total} bytes: ${tail.toString('latin1')}`)))
    session.on('data', (chunk: Buffer) => {
      total += chunk.length
      tail = chunk.length >= 6 ? chunk.subarray(-6) : Buffer.concat([tail, chunk]).subarray(-6)
      took(chunk.length)
      if (tail.subarray(0, 5).equals(ready)) resolve(total)
    })
  })
}

/** A target that takes the data of a COPY slowly, and says how much it was in the count of rows. */
function takeSlowly(): (socket: Socket, bytes: Buffer) => void {
  const copies = new WeakMap<Socket, { total: number; readonly took: (bytes: number) => void }>()
  return (socket, bytes) => {
    const copy = copies.get(socket)
    if (!copy) {
      if (bytes[0] !== 0x51) return
      copies.set(socket, { total: 0, took: slowly(socket) })
      // CopyInResponse: int8 text · int16 columns · int16 format of each
      socket.write(message('G', Buffer.from([0, 0, 1, 0, 0])))
      return
    }
    copy.total += bytes.length
    copy.took(bytes.length)
    if (bytes.subarray(-5).equals(copyDone)) socket.write(Buffer.concat([message('C', `COPY ${copy.total}\0`), message('Z', 'I')]))
  }
}

interface Grown<T> {
  readonly result: T
  /** Over what it was before, in KiB. */
  readonly grown: number
  readonly seconds: number
}

async function watchMemory<T>(work: Promise<T>): Promise<Grown<T>> {
  const before = rssOf(agent.pid)
  const begun = performance.now()
  let most = before
  const timer = setInterval(() => (most = Math.max(most, rssOf(agent.pid))), 50)
  try {
    const result = await work
    return { result, grown: most - before, seconds: (performance.now() - begun) / 1000 }
  } finally {
    clearInterval(timer)
  }
}

async function session(resource: string): Promise<TLSSocket> {
  const [one] = await openSessions({ ...agent.world, resource }, 1)
  return one!
}

const figures = ({ grown, seconds }: Grown<number>) => [
  { what: 'agent grew by at most', value: grown / 1024, unit: 'MiB' },
  { what: 'time', value: seconds, unit: 's' },
]

describe('an end that is slow', () => {
  const bytes = size('bytes past a slow end')
  const rows = Math.ceil(bytes / MB)

  it.each([
    ['SELECT', `select repeat('x', ${MB}) from generate_series(1, ${rows})`],
    ['COPY out', `copy (select repeat('x', ${MB}) from generate_series(1, ${rows})) to stdout`],
  ])('a client that reads a %s slowly costs no memory', async (what, statement) => {
    const client = await session('slow')
    client.write(message('Q', `${statement}\0`))
    const seen = await watchMemory(readSlowly(client))
    client.destroy()
    expect(seen.result).toBeGreaterThan(bytes)
    expect(seen.grown).toBeLessThan(boundKiB)
    tell(`slow-reader-${what.toLowerCase().replace(' ', '-')}`, `A client that reads ${bytes / MB} MB of a ${what} slowly`, figures(seen))
  })

  it('a target that takes a COPY slowly costs no memory', async () => {
    const client = await session('slow-target')
    client.write(message('Q', 'copy copied from stdin\0'))
    await new Promise((resolve) => client.once('data', resolve))
    const done = new Promise<string>((resolve, reject) => {
      client.on('data', (chunk: Buffer) => resolve(chunk.toString('latin1')))
      client.once('close', () => reject(new Error('cut')))
    })
    const data = message('d', `${'x'.repeat(65_000)}\n`)
    const send = async (): Promise<number> => {
      let sent = 0
      for (; sent < bytes; sent += data.length) {
        if (!client.write(data)) await new Promise((resolve) => client.once('drain', resolve))
      }
      client.write(copyDone)
      expect(await done).toContain(`COPY ${sent + copyDone.length}`)
      return sent
    }
    const seen = await watchMemory(send())
    client.destroy()
    expect(seen.grown).toBeLessThan(boundKiB)
    tell('slow-target-copy-in', `A target that takes ${bytes / MB} MB of a COPY slowly`, figures(seen))
  })
})
