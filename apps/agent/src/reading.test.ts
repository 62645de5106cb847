import { createServer } from 'node:net'
import type { AddressInfo, Server, Socket } from 'node:net'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { TLSSocket } from 'node:tls'
import { once } from 'node:events'
import { PassThrough, type Duplex } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import type { Resource } from '@sallyport/core'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { createDialer } from './dialler.js'
import { openCertificate } from './listeners/certificate.js'
import type { ListenerCertificate } from './listeners/certificate.js'

let folder = ''
let certificate: ListenerCertificate
const servers: Server[] = []
const never = new AbortController().signal

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'reading '))
  certificate = await openCertificate({ dataDir: folder, bind: '127.0.0.1' })
})
afterEach(() => {
  for (const server of servers.splice(0)) server.close()
})
afterAll(async () => {
  certificate.close()
  await rm(folder, { recursive: true, force: true })
})

/** A target; `serve` gets each connection and its number, from 1. */
async function target(tls: boolean, serve: (stream: Duplex, number: number) => void): Promise<Resource> {
  let connections = 0
  const server = createServer((socket: Socket) => {
    socket.on('error', () => undefined)
    const number = ++connections
    if (!tls) return serve(socket, number)
    const secure = new TLSSocket(socket, { isServer: true, secureContext: certificate.secureContext() })
    secure.on('error', () => undefined)
    secure.once('secure', () => serve(secure, number))
  })
  servers.push(server)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  return { id: 'res_1', name: 'shop', protocol: 'postgres', labels: {}, target: { host: '127.0.0.1', port }, secrets: {} }
}

async function dial(resource: Resource, tls: boolean): Promise<Duplex> {
  const upstream = await createDialer().dial(resource, never)
  if (!tls) return upstream.stream
  return (await upstream.upgrade({ verify: 'require', servername: '127.0.0.1' })).stream
}

const total = 4 * 1024 * 1024

/** Of every connection other bytes, and of each at every place another one than nearby. */
function expected(number: number, from: number, count: number): Buffer {
  return Buffer.from(Uint8Array.from({ length: count }, (_, i) => (from + i) * 31 + ((from + i) >> 8) + number))
}

/** Pieces of many sizes, small ones that are copied and large ones that leave with their arena. */
async function pour(stream: Duplex, number: number): Promise<void> {
  const sizes = [1, 100, 5_000, 15_000, 70_000, 200_000]
  for (let sent = 0, i = number; sent < total; i++) {
    const size = Math.min(sizes[i % sizes.length]!, total - sent)
    if (!stream.write(expected(number, sent, size))) await once(stream, 'drain')
    sent += size
  }
  stream.end()
}

/** The first byte tells whose connection it is. Looked at after all were read: what was handed over must stay as it was. */
async function wrongBytes(stream: Duplex, pace: 'slow' | 'fast'): Promise<{ read: number; wrong: boolean }> {
  const chunks: Buffer[] = []
  stream.on('data', (chunk: Buffer) => {
    chunks.push(chunk)
    if (pace === 'fast' || chunks.length % 4 > 0) return
    stream.pause()
    setTimeout(() => stream.resume(), 1)
  })
  await once(stream, 'end')
  stream.destroy()
  const all = Buffer.concat(chunks)
  return { read: all.length, wrong: !all.equals(expected(all[0]!, 0, all.length)) }
}

describe.each([
  ['in clear', false],
  ['over TLS', true],
])('what is read of a target %s', (_, tls) => {
  it('reaches nobody else, however fast or slowly each one takes it', async () => {
    const resource = await target(tls, (stream, number) => void pour(stream, number))
    const paces = ['slow', 'fast', 'slow', 'fast'] as const
    const found = await Promise.all(paces.map(async (pace) => wrongBytes(await dial(resource, tls), pace)))
    expect(found).toEqual(paces.map(() => ({ read: total, wrong: false })))
  })

  it('reaches nobody else while it is being passed on to somebody who takes his time', async () => {
    const resource = await target(tls, (stream, number) => void pour(stream, number))
    const found = await Promise.all(
      [1, 2, 3].map(async () => {
        const slow = new PassThrough({ highWaterMark: 1_000 })
        const passed = wrongBytes(slow, 'slow')
        await pipeline(await dial(resource, tls), slow)
        return passed
      }),
    )
    expect(found).toEqual([1, 2, 3].map(() => ({ read: total, wrong: false })))
  })

  it('waits in the stream for whoever reads piece by piece, and then flows', async () => {
    const resource = await target(tls, (stream) => {
      stream.write('abc')
      stream.once('data', () => stream.end('defghi'))
    })
    const stream = await dial(resource, tls)
    const read = async (count: number): Promise<string> => {
      for (;;) {
        const bytes: unknown = stream.read(count)
        if (Buffer.isBuffer(bytes)) return bytes.toString()
        // A new listener of `readable` is told at once of what is too little.
        await new Promise(setImmediate)
      }
    }
    expect(await read(2)).toBe('ab')
    stream.write('more')
    expect(await read(3)).toBe('cde')
    let rest = ''
    stream.on('data', (chunk: Buffer) => (rest += chunk.toString()))
    await once(stream, 'end')
    expect(rest).toBe('fghi')
  })
})
