import { Duplex } from 'node:stream'
import { openSide } from '../../src/backend/side.js'
import { startTarget } from '../target.js'
import { dial } from '../transports.js'
import { startGateway } from './gateway.js'
import { openLine, type Line } from './line.js'

/**
 * Two databases of one server that are byte for byte the same, one reached directly and one through the real engine, gate
 * and relay: what is told by one must be told by the other. Streams to and from the gateway are cut as the caller likes.
 */
export interface Twins {
  direct(): Promise<Line>
  gated(cut: Cut): Promise<Line>
  /** As the superuser, in both databases. */
  both(sql: string): Promise<void>
  stop(): Promise<void>
}

/** Sizes of the pieces in which the next bytes of the target reach the gateway; what is left over comes in one. */
export type Cut = (length: number) => readonly number[]

export interface TwinsOptions {
  /** SQL that makes what both databases hold, one statement each. */
  readonly schema: readonly string[]
  readonly effects: readonly string[]
  /** Both lines lead to the same database: for what reads only. */
  readonly shared?: boolean
}

export async function startTwins({ schema, effects, shared = false }: TwinsOptions): Promise<Twins> {
  // What it learns of a table at its own time would change plans, in one database before the other.
  const server = await startTarget({ autovacuum: 'off' })
  await server.sql('create database twin_a')
  const first = await server.side('twin_a')
  for (const sql of schema) await first.query(sql)
  first.close()
  // A copy keeps every OID, which answers tell of.
  if (!shared) await copied(server, 'create database twin_b template twin_a')
  const names = shared ? ['twin_a'] : ['twin_a', 'twin_b']
  const ending = new AbortController()
  // Not the server's own side connections, which end after a while.
  const sideOf = (name: string) =>
    openSide({
      target: server.target({ database: name }),
      password: server.superuser.password,
      // A session that should be over may not hold its locks for ever.
      settings: { lock_timeout: '10s' },
      dial: () => dial(server.port),
      signal: ending.signal,
    })
  const sides = await Promise.all(names.map(sideOf))

  let cutting: Cut = () => []
  const gateway = await startGateway({
    port: server.port,
    database: names.at(-1)!,
    policies: [
      {
        kind: 'policy',
        name: 'differential',
        subjects: { groups: ['agents'] },
        resources: { names: ['twin'] },
        rules: [{ id: 'these', match: { effects: { only: effects } }, action: 'allow' }],
      },
    ],
    groups: ['agents'],
    through: (stream) => cutStream(stream, cutting),
  })

  return {
    async direct() {
      const { stream } = await dial(server.port)
      return openLine(stream, { user: 'app_trust', database: 'twin_a' })
    },
    gated(cut) {
      cutting = cut
      return gateway.line('agents')
    },
    async both(sql) {
      await Promise.all(sides.map((side) => side.query(sql)))
    },
    async stop() {
      for (const side of sides) side.close()
      ending.abort()
      gateway.stop()
      await server.stop()
    },
  }
}

/** A template must be at rest; the connection that filled it may need a moment to be gone. */
async function copied(server: { sql(statement: string): Promise<void> }, sql: string, tries = 50): Promise<void> {
  for (;;) {
    try {
      return await server.sql(sql)
    } catch (error) {
      if (--tries === 0) throw error
      await new Promise((resolve) => setTimeout(resolve, 20))
    }
  }
}

function cutStream(socket: Duplex, cut: Cut): Duplex {
  const stream = new Duplex({
    allowHalfOpen: false,
    read: () => void socket.resume(),
    write: (chunk: Buffer, _encoding, done) => void socket.write(chunk, done),
    final: (done) => void socket.end(done),
    destroy(error, done) {
      socket.destroy()
      done(error)
    },
  })
  socket.on('data', (chunk: Buffer) => {
    let at = 0
    for (const size of [...cut(chunk.length), chunk.length]) {
      if (at < chunk.length && size > 0 && !stream.push(chunk.subarray(at, at + size))) socket.pause()
      at += size
    }
  })
  socket.on('end', () => stream.push(null))
  socket.on('close', () => stream.destroy())
  socket.on('error', () => stream.destroy())
  return stream
}
