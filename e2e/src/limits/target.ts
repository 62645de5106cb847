import { connect, createServer, type Server, type Socket } from 'node:net'

/**
 * A target that is no database: it lets everybody in and then does what a script says. The agent's own questions for the
 * catalog and for its role go on to a real PostgreSQL, so that statements are judged as they always are.
 */
export interface ScriptedTarget {
  readonly port: number
  /** Sessions that were let in and are open. */
  sessions(): number
  close(): Promise<void>
}

export interface Script {
  /** Where a real PostgreSQL listens that answers the agent's own questions. */
  readonly catalog: number
  /** A session was asked something, with everything that came at once. */
  readonly asked: (socket: Socket, bytes: Buffer) => void
  /** Instead of letting a session in. */
  readonly enter?: (socket: Socket) => void
}

/** Type byte, int32 length that counts itself, body. */
export function message(type: string, body: string | Buffer): Buffer {
  const bytes = Buffer.from(body)
  const head = Buffer.alloc(5)
  head.write(type)
  head.writeInt32BE(bytes.length + 4, 1)
  return Buffer.concat([head, bytes])
}

const settings: Readonly<Record<string, string>> = {
  server_version: '15.18',
  server_encoding: 'UTF8',
  client_encoding: 'UTF8',
  standard_conforming_strings: 'on',
  integer_datetimes: 'on',
  DateStyle: 'ISO, MDY',
  IntervalStyle: 'postgres',
  TimeZone: 'Etc/UTC',
}

const idle = message('Z', 'I')

/** AuthenticationOk, settings, a key that opens nothing, ReadyForQuery. The search path is reported as it was asked for. */
function welcome(packet: string): Buffer {
  const path = /search_path\0([^\0]*)\0/.exec(packet)?.[1] ?? ''
  const told = Object.entries({ ...settings, search_path: path })
  const reports = told.map(([name, value]) => message('S', `${name}\0${value}\0`))
  return Buffer.concat([message('R', Buffer.alloc(4)), ...reports, message('K', Buffer.from([0, 0, 0, 1, 0, 0, 0, 1])), idle])
}

/** One row with one column of text, as `select 'text'` answers. */
export const oneRow = (text: string): Buffer => Buffer.concat([rowDescription('?column?'), row(text), message('C', 'SELECT 1\0'), idle])

export function rowDescription(column: string): Buffer {
  // int16 columns · name · int32 table · int16 attribute · int32 type (25: text) · int16 length · int32 modifier · int16 format
  const fields = Buffer.alloc(18)
  fields.writeInt32BE(25, 6)
  fields.writeInt16BE(-1, 10)
  fields.writeInt32BE(-1, 12)
  return message('T', Buffer.concat([Buffer.from([0, 1]), Buffer.from(`${column}\0`), fields]))
}

export function row(text: string): Buffer {
  const bytes = Buffer.from(text)
  const head = Buffer.alloc(6)
  head.writeInt16BE(1)
  head.writeInt32BE(bytes.length, 2)
  return message('D', Buffer.concat([head, bytes]))
}

export async function startTarget(script: Script): Promise<ScriptedTarget> {
  const open = new Set<Socket>()
  const server = createServer({ noDelay: true }, (socket) => {
    socket.on('error', () => undefined)
    // The agent's start-up packet is small and its own: it comes in one piece.
    socket.once('data', (packet) => {
      const text = packet.toString('latin1')
      if (/sallyport\/(model|posture)\0/.test(text)) return pass(socket, packet, script.catalog)
      if (script.enter) return script.enter(socket)
      open.add(socket)
      socket.once('close', () => open.delete(socket))
      socket.on('data', (bytes) => script.asked(socket, bytes))
      socket.write(welcome(text))
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', 4096, resolve))
  return {
    port: portOf(server),
    sessions: () => open.size,
    close: () =>
      new Promise((resolve) => {
        for (const socket of open) socket.destroy()
        server.close(() => resolve())
      }),
  }
}

function pass(socket: Socket, packet: Buffer, port: number): void {
  const catalog = connect(port, '127.0.0.1')
  catalog.on('error', () => socket.destroy())
  socket.on('close', () => catalog.destroy())
  catalog.write(packet)
  socket.pipe(catalog).pipe(socket)
}

function portOf(server: Server): number {
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('the target does not listen')
  return address.port
}
