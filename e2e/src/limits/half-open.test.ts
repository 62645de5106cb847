import { connect, type Socket } from 'node:net'
import { connect as connectTls } from 'node:tls'
import { afterAll, describe, expect, it } from 'vitest'
import { size } from '../sizes.js'
import { tell } from '../soak-report.js'
import { eventually, shared } from '../world.js'
import { middle, timeLogins } from './clients.js'

/** How many connections nobody was admitted for an agent with its own defaults puts up with (docs: half of what one address may have). */
const room = 1000
const sslRequest = Buffer.from([0, 0, 0, 8, 4, 210, 22, 47])
/** The header of a ClientHello of 512 bytes, of which no more comes. */
const halfHello = Buffer.from([0x16, 3, 1, 2, 0, 1, 0, 1, 0xfc, 3, 3])

const opened: Socket[] = []
afterAll(() => {
  for (const socket of opened) socket.destroy()
})

async function dial(): Promise<Socket> {
  const socket = connect({ port: shared().ready.postgres.port, host: '127.0.0.1', localAddress: '127.0.0.2' })
  socket.on('error', () => undefined)
  opened.push(socket)
  await new Promise((resolve) => socket.once('connect', resolve))
  return socket
}

const hear = (socket: Socket) => new Promise((resolve) => socket.once('data', resolve))

/** Each goes one step further than the one before, and stays there. */
const stages: readonly ((socket: Socket) => Promise<unknown>)[] = [
  async () => undefined,
  async (socket) => socket.write(sslRequest.subarray(0, 5)),
  async (socket) => {
    socket.write(sslRequest)
    await hear(socket)
    socket.write(halfHello)
  },
  async (socket) => {
    socket.write(sslRequest)
    await hear(socket)
    const tls = connectTls({ socket, rejectUnauthorized: false })
    tls.on('error', () => undefined)
    await new Promise((resolve) => tls.once('secureConnect', resolve))
    tls.write(Buffer.from([0, 0, 0, 80, 0, 3, 0, 0]))
  },
]

describe('half-open connections', () => {
  it('stand in nobody’s way: logins go on, and the oldest of the address that has most of them make room', async () => {
    const { ready, home } = shared()
    const login = { ready, home }
    await timeLogins(login, 3)
    const before = await timeLogins(login, 20)
    const count = size('half-open connections')
    for (let i = 0; i < count; i++) await stages[i % stages.length]!(await dial())
    const among = await timeLogins(login, 20)
    const standing = () => opened.flatMap((socket, i) => (socket.destroyed || socket.readableEnded ? [] : [i]))
    const left = await eventually(
      async () => standing(),
      ({ length }) => length <= room,
    )
    // Those that wait within a handshake have a deadline too, which a slow machine may reach: silence has none so soon.
    const silent = (i: number) => i % stages.length === 0
    const kept = left.filter(silent)
    expect(kept.length).toBeGreaterThan(room / 2 / stages.length)
    expect(kept).toEqual(
      Array.from({ length: count }, (_, i) => i)
        .filter(silent)
        .slice(-kept.length),
    )
    tell('half-open', `Logins beside ${count} half-open connections`, [
      { what: 'still standing', value: left.length },
      { what: 'login before, middle', value: middle(before), unit: 'ms' },
      { what: 'login among them, middle', value: middle(among), unit: 'ms' },
      { what: 'login before, longest', value: before.at(-1)!, unit: 'ms' },
      { what: 'login among them, longest', value: among.at(-1)!, unit: 'ms' },
    ])
  })
})
