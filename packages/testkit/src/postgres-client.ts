import { connect, type Socket } from 'node:net'
import { connect as connectTls, type TLSSocket } from 'node:tls'

/**
 * A PostgreSQL client that says what a test tells it to, for what stock clients cannot be made to say: direct TLS,
 * protocol 3.2, cancel keys of any length, frames of any kind. It checks no certificate. It is strict where it reads, so
 * that a test sees every byte that is out of place. Layouts: PostgreSQL documentation, "Message Formats".
 */
export interface Wire {
  readonly socket: Socket | TLSSocket
  send(...bytes: readonly Uint8Array[]): void
  /** The messages up to the first one that fits, which no later call gets again. Rejects when the connection ends before. */
  until(fits: (message: Message) => boolean): Promise<readonly Message[]>
  /** Resolves with the messages nobody asked for, when the other side has closed. */
  readonly closed: Promise<readonly Message[]>
}

export interface Message {
  readonly type: string
  readonly body: Buffer
}

/** `tls`: SSLRequest first, as libpq does. `direct`: the handshake is the first thing said. */
export type Transport = 'plain' | 'tls' | 'direct'

export interface Reach {
  readonly port: number
  readonly transport?: Transport
  /** Default `postgresql`. */
  readonly alpn?: readonly string[]
}

export interface Key {
  readonly pid: number
  readonly secret: Buffer
}

export interface LoggedIn extends Wire {
  /** Minor version that is spoken, after negotiation. */
  readonly minor: number
  /** Options that the server named as unknown. */
  readonly unknown: readonly string[]
  readonly key: Key
  readonly parameters: ReadonlyMap<string, string>
  /** Sends a simple query; answers everything up to ReadyForQuery. */
  query(text: string): Promise<readonly Message[]>
}

export interface LoginOptions extends Reach {
  readonly parameters: Readonly<Record<string, string>>
  readonly password: string
  readonly minor?: number
}

export async function reach({ port, transport = 'tls', alpn = ['postgresql'] }: Reach): Promise<Wire> {
  const socket = await dial(port)
  if (transport === 'plain') return wireOf(socket)
  if (transport === 'tls') {
    socket.write(request(80877103))
    const answer = await new Promise<Buffer>((resolve) => socket.once('data', resolve))
    if (answer.toString('latin1') !== 'S') throw new Error(`SSLRequest was answered ${JSON.stringify(answer.toString('latin1'))}`)
  }
  const secure = connectTls({ socket, rejectUnauthorized: false, ALPNProtocols: [...alpn] })
  await new Promise<void>((resolve, reject) => secure.once('secureConnect', resolve).once('error', reject).once('close', reject))
  return wireOf(secure)
}

export async function logIn({ parameters, password, minor = 0, ...where }: LoginOptions): Promise<LoggedIn> {
  const wire = await reach(where)
  wire.send(startup(parameters, minor))
  const asked = await wire.until(({ type }) => type === 'R' || type === 'E')
  if (asked.at(-1)!.type === 'R') wire.send(message('p', `${password}\0`))
  const told = [...asked, ...(asked.at(-1)!.type === 'E' ? [] : await wire.until(({ type }) => type === 'Z' || type === 'E'))]
  const refused = told.find(({ type }) => type === 'E')
  if (refused) throw new Error(`the login was refused: ${JSON.stringify(fieldsOf(refused))}`)
  const negotiation = told.find(({ type }) => type === 'v')?.body
  const key = told.find(({ type }) => type === 'K')!.body
  return {
    ...wire,
    minor: negotiation ? negotiation.readInt32BE(0) & 0xffff : minor,
    unknown: negotiation ? strings(negotiation.subarray(8)) : [],
    key: { pid: key.readInt32BE(0), secret: key.subarray(4) },
    parameters: new Map(told.filter(({ type }) => type === 'S').map(({ body }) => strings(body) as [string, string])),
    query(text) {
      wire.send(message('Q', `${text}\0`))
      return wire.until(({ type }) => type === 'Z')
    },
  }
}

/** Sends a CancelRequest with the key as it is, and answers whatever was said to it before the other side closed. */
export async function requestCancel(where: Reach, { pid, secret }: Key): Promise<readonly Message[]> {
  const wire = await reach(where)
  const number = Buffer.alloc(4)
  number.writeInt32BE(pid)
  wire.send(request(80877102, Buffer.concat([number, secret])))
  return wire.closed
}

export function startup(parameters: Readonly<Record<string, string>>, minor = 0): Buffer {
  const pairs = Object.entries(parameters).map(([name, value]) => `${name}\0${value}\0`)
  return request((3 << 16) | minor, Buffer.from(`${pairs.join('')}\0`))
}

/** A packet without a type: length, code, body. */
export function request(code: number, body: Uint8Array = Buffer.alloc(0)): Buffer {
  const head = Buffer.alloc(8)
  head.writeInt32BE(body.length + 8)
  head.writeInt32BE(code, 4)
  return Buffer.concat([head, body])
}

export function message(type: string, body: Uint8Array | string = ''): Buffer {
  const bytes = Buffer.from(body)
  const head = Buffer.alloc(5)
  head.write(type)
  head.writeInt32BE(bytes.length + 4, 1)
  return Buffer.concat([head, bytes])
}

/** Fields of an ErrorResponse or NoticeResponse by their letter. */
export function fieldsOf({ body }: Message): Readonly<Record<string, string>> {
  return Object.fromEntries(strings(body.subarray(0, -1)).map((field) => [field[0]!, field.slice(1)]))
}

/** Values of a DataRow as text. */
export function rowOf({ body }: Message): readonly (string | null)[] {
  const values: (string | null)[] = []
  for (let at = 2; at < body.length;) {
    const length = body.readInt32BE(at)
    values.push(length < 0 ? null : body.toString('utf8', at + 4, at + 4 + length))
    at += 4 + Math.max(length, 0)
  }
  return values
}

function strings(bytes: Buffer): string[] {
  return bytes.length === 0 ? [] : bytes.toString('utf8', 0, bytes.length - 1).split('\0')
}

function dial(port: number): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = connect({ port, host: '127.0.0.1', noDelay: true }, () => resolve(socket))
    socket.once('error', reject)
  })
}

function wireOf(socket: Socket | TLSSocket): Wire {
  const messages: Message[] = []
  let rest = Buffer.alloc(0)
  let over = false
  let waiting = () => {}
  socket.on('error', () => undefined)
  socket.on('data', (chunk: Buffer) => {
    rest = Buffer.concat([rest, chunk])
    for (let size = frameSize(rest); size <= rest.length; size = frameSize(rest)) {
      messages.push({ type: String.fromCharCode(rest[0]!), body: rest.subarray(5, size) })
      rest = rest.subarray(size)
    }
    waiting()
  })
  const closed = new Promise<readonly Message[]>((resolve) =>
    socket.on('close', () => {
      over = true
      waiting()
      resolve(messages)
    }),
  )
  return {
    socket,
    send: (...bytes) => void socket.write(Buffer.concat(bytes)),
    closed,
    until: (fits) =>
      new Promise((resolve, reject) => {
        waiting = () => {
          const at = messages.findIndex(fits)
          if (at < 0 && !over) return
          waiting = () => {}
          if (at >= 0) resolve(messages.splice(0, at + 1))
          else reject(new Error(`the connection ended first, after ${JSON.stringify(messages.map(({ type }) => type))}`))
        }
        waiting()
      }),
  }
}

/** Infinity until the header is there. */
function frameSize(bytes: Buffer): number {
  return bytes.length < 5 ? Infinity : 1 + bytes.readInt32BE(1)
}
