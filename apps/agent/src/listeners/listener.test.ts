import { mkdtemp, rm } from 'node:fs/promises'
import { connect } from 'node:net'
import type { AddressInfo, Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { readFileSync } from 'node:fs'
import { connect as connectTls } from 'node:tls'
import type { TLSSocket } from 'node:tls'
import type { Connection, Engine, Gate, GatedSession } from '@sallyport/gate'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { createCaps } from './caps.js'
import type { CapLimits } from './caps.js'
import { openCertificate } from './certificate.js'
import type { ListenerCertificate } from './certificate.js'
import { createListener } from './listener.js'
import type { Listener, ListenerOptions } from './listener.js'
import { createPace } from './pace.js'

let folder = ''
let certificate: ListenerCertificate
const listeners: Listener[] = []
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'listener '))
  certificate = await openCertificate({ dataDir: folder, bind: '127.0.0.1' })
})
afterEach(async () => {
  await Promise.all(listeners.splice(0).map((listener) => listener.close(0)))
})
afterAll(async () => {
  certificate.close()
  await rm(folder, { recursive: true, force: true })
})

const nothing: Gate = {
  authenticate: () => Promise.reject(new Error('not asked')),
  open: () => Promise.resolve({} as GatedSession),
}

interface House {
  readonly engine: Engine
  readonly limits?: Partial<CapLimits>
  readonly options?: Partial<ListenerOptions>
}

async function start({
  engine,
  limits,
  options,
}: House): Promise<{ readonly port: number; readonly listener: Listener; readonly errors: object[] }> {
  const errors: object[] = []
  const log = { warn: () => undefined, error: (fields: object) => void errors.push(fields) }
  const caps = createCaps({ connections: 100, connectionsPerAddress: 100, pending: 100, ...limits })
  const secureContext = () => certificate.secureContext()
  const listener = createListener({ protocol: 'postgres', caps, pace: createPace(2), secureContext, plaintext: false, log, ...options })
  listeners.push(listener)
  listener.open(engine, nothing)
  await new Promise<void>((resolve) => listener.server.listen(0, '127.0.0.1', resolve))
  return { port: (listener.server.address() as AddressInfo).port, listener, errors }
}

function dial(port: number): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = connect({ port, host: '127.0.0.1' })
    socket.once('error', reject)
    socket.once('connect', () => {
      socket.off('error', reject)
      socket.on('error', () => undefined)
      resolve(socket)
    })
  })
}

const closed = (socket: Socket): Promise<void> => new Promise((resolve) => void socket.once('close', () => resolve()))
const heard = (socket: Socket, bytes: number): Promise<string> =>
  new Promise((resolve) => {
    let text = ''
    socket.on('data', (chunk: Buffer) => {
      text += chunk.toString()
      if (text.length >= bytes) resolve(text)
    })
  })

function secured(socket: Socket, alpn?: readonly string[]): Promise<TLSSocket> {
  return new Promise((resolve, reject) => {
    const ca = readFileSync(certificate.authority ?? '', 'utf8')
    const secure = connectTls({ socket, servername: 'localhost', ca, ...(alpn === undefined ? {} : { ALPNProtocols: [...alpn] }) })
    secure.once('error', reject)
    secure.once('secureConnect', () => resolve(secure))
  })
}

/** Asks for nothing, wraps at once, echoes what comes. */
const echo: Engine = {
  async serve(client) {
    const secure = await client.upgrade({ alpn: ['postgresql'] })
    secure.stream.write(`${secure.encrypted}:${secure.alpn ?? ''}:`)
    for await (const chunk of secure.stream) secure.stream.write(chunk)
  },
}

describe('a listener', () => {
  it('wraps a socket in TLS that its own authority vouches for, and tells what ALPN agreed on', async () => {
    const { port } = await start({ engine: echo })
    const secure = await secured(await dial(port), ['postgresql'])
    const text = heard(secure, 20)
    secure.write('ping!')
    expect(await text).toBe('true:postgresql:ping!')
    secure.destroy()
  })

  it('takes what is unread in the stream as the beginning of the handshake', async () => {
    const engine: Engine = {
      async serve(client) {
        const question = await new Promise<string>((resolve) => {
          const read = (): void => {
            const bytes: unknown = client.stream.read(4)
            if (!Buffer.isBuffer(bytes)) return
            client.stream.off('readable', read)
            resolve(bytes.toString())
          }
          client.stream.on('readable', read)
        })
        // The first flight of the handshake arrives before anybody asks for it.
        await new Promise((resolve) => setTimeout(resolve, 50))
        const secure = await client.upgrade()
        secure.stream.end(question)
      },
    }
    const { port } = await start({ engine })
    const socket = await dial(port)
    socket.write('ssl?')
    expect(await heard(await secured(socket), 4)).toBe('ssl?')
  })

  it('lets everybody in while more than there is room for stall in their handshake', async () => {
    const { port } = await start({ engine: echo, limits: { pending: 50 } })
    const stalled = await Promise.all(Array.from({ length: 100 }, () => dial(port)))
    for (const [i, socket] of stalled.entries()) if (i % 2 === 0) socket.write(Buffer.from([0x16, 3, 1, 2, 0, 1]))
    const secure = await secured(await dial(port))
    expect(await heard(secure, 6)).toBe('true::')
    for (const socket of stalled) socket.destroy()
    secure.destroy()
  })

  it('ends a handshake that takes too long, or that is none', async () => {
    const failures: string[] = []
    const engine: Engine = {
      serve: (client) =>
        client.upgrade().then(
          () => undefined,
          (error: Error) => void failures.push(error.message),
        ),
    }
    const { port } = await start({ engine, options: { handshake: 50 } })
    await closed(await dial(port))
    const talker = await dial(port)
    talker.write('this is no handshake at all, but it is long enough to be taken for one')
    await closed(talker)
    expect(failures).toEqual(['the TLS handshake failed', 'the TLS handshake failed'])
  })

  it('ends a connection that nobody was admitted on in time, and none that somebody was', async () => {
    const served: Connection[] = []
    const engine: Engine = {
      async serve(client, gate) {
        served.push(client)
        if (served.length === 2) await gate.open({} as Parameters<Gate['open']>[0], {} as Parameters<Gate['open']>[1])
        await new Promise((resolve) => client.stream.once('close', resolve).resume())
      },
    }
    const { port } = await start({ engine, options: { login: 100 } })
    const idler = closed(await dial(port))
    const admitted = await dial(port)
    await idler
    await new Promise((resolve) => setTimeout(resolve, 200))
    expect(admitted.destroyed || admitted.readableEnded).toBe(false)
    admitted.destroy()
  })

  it('gives what is over the cap a gate that says so, and a newcomer the place of the stranger that stood longest', async () => {
    const answers: string[] = []
    const engine: Engine = {
      async serve(client, gate) {
        answers.push(
          await gate.open({} as Parameters<Gate['open']>[0], {} as Parameters<Gate['open']>[1]).then(
            () => 'in',
            (error: Error) => error.message,
          ),
        )
        await new Promise((resolve) => client.stream.once('close', resolve).resume())
      },
    }
    const { port } = await start({ engine, limits: { connectionsPerAddress: 1, pending: 2 } })
    const first = await dial(port)
    await expect.poll(() => answers).toEqual(['in'])
    const second = await dial(port)
    const third = await dial(port)
    const dropped = closed(second)
    const fourth = await dial(port)
    await dropped
    const crowded = 'there are too many connections; try again later'
    await expect.poll(() => answers).toEqual(['in', crowded, crowded, crowded])
    expect(first.destroyed).toBe(false)
    for (const socket of [first, third, fourth]) socket.destroy()
  })

  it('is rid of its connections when the clients are: nothing is counted twice', async () => {
    const engine: Engine = { serve: (client) => new Promise((resolve) => void client.stream.once('close', () => resolve()).resume()) }
    const { port } = await start({ engine, limits: { pending: 3 } })
    for (let round = 0; round < 10; round++) {
      const socket = await dial(port)
      const gone = closed(socket)
      socket.destroy()
      await gone
      await new Promise((resolve) => setTimeout(resolve, 5))
    }
    const alive = await dial(port)
    const outcome = await Promise.race([closed(alive).then(() => 'closed'), new Promise((resolve) => setTimeout(resolve, 100, 'open'))])
    expect(outcome).toBe('open')
    alive.destroy()
  })

  it('survives an engine that fails, and says so without the reason of a caller', async () => {
    const engine: Engine = { serve: () => Promise.reject(new Error('a bug')) }
    const { port, errors } = await start({ engine })
    await closed(await dial(port))
    expect(errors).toEqual([{ protocol: 'postgres', error: 'a bug' }])
  })

  it('gives each connection a signal of its own, however many log in at once', async () => {
    const signals = new Set<AbortSignal>()
    const warned: string[] = []
    const hear = (warning: Error): void => void warned.push(warning.name)
    process.on('warning', hear)
    const engine: Engine = {
      serve: (client) =>
        new Promise((resolve) => {
          client.signal.addEventListener('abort', () => client.stream.destroy())
          signals.add(client.signal)
          client.stream.once('close', resolve).resume()
        }),
    }
    const { port, listener } = await start({ engine })
    await Promise.all(Array.from({ length: 20 }, () => dial(port)))
    await expect.poll(() => signals.size).toBe(20)
    await listener.close(60_000)
    expect([...signals].every(({ aborted }) => aborted)).toBe(true)
    process.off('warning', hear)
    expect(warned).toEqual([])
  })

  it('tells engines that it is over, and destroys what does not end', async () => {
    const reasons: unknown[] = []
    const engine: Engine = {
      serve: (client) =>
        new Promise((resolve) => {
          client.signal.addEventListener('abort', () => reasons.push(client.signal.reason))
          client.stream.once('close', resolve).resume()
        }),
    }
    const { port, listener } = await start({ engine })
    const gone = closed(await dial(port))
    await new Promise((resolve) => setTimeout(resolve, 20))
    await listener.close(20)
    await gone
    expect(reasons).toEqual([{ code: 'drained', message: 'this agent is shutting down' }])
    await expect(dial(port)).rejects.toThrow('ECONNREFUSED')
  })
})
