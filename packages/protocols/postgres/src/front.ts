import type { Duplex } from 'node:stream'
import { readCString, readEnd, createReader, WireError } from '@sallyport/wire'
import type { Connection } from '@sallyport/gate'
import type { CancelKeys } from './cancel.js'
import {
  authenticationCleartextPassword,
  decodeText,
  errorResponse,
  negotiateProtocolVersion,
  protocolVersion,
  type Report,
} from './codec/index.js'
import { createInbound, StreamEnded } from './inbound.js'
import { LoginRefused, protocolViolation } from './refused.js'
import { advance, type Opening, packetLength, readOpening, type StartupPacket, type StartupState, tlsHandshakeByte } from './startup.js'

/**
 * The client's side of a login: first packets, TLS, the password. It takes no byte more than it needs and waits no
 * longer than its deadline. A caller must end it exactly once, by `handOver`, `refuse` or `close`.
 */
export interface Front {
  /** Answers the start-up packet; undefined when the connection was only there to cancel something. */
  greet(cancels: CancelKeys): Promise<StartupPacket | undefined>
  /** Asks for the token. Throws `LoginRefused`, before anything is asked, where a secret would travel in clear. */
  askToken(): Promise<string>
  write(bytes: Uint8Array): void
  /** Aborted when the client left or the agent wants it gone. */
  readonly gone: AbortSignal
  /** The stream, with everything unread still in it. */
  handOver(): Duplex
  /** Says why, then closes. Resolves when closed. */
  refuse(report: Report): Promise<void>
  close(): Promise<void>
}

export interface FrontLimits {
  /** Milliseconds for the client to get from the first byte to the whole token. */
  readonly handshake: number
  /** Bytes of a password message; larger ones are refused before they are read. */
  readonly password: number
  /** Milliseconds a refused client gets to read why. */
  readonly linger: number
}

export function createFront(client: Connection, limits: FrontLimits): Front {
  let connection = client
  let inbound = createInbound(client.stream)
  let state: StartupState = client.encrypted ? 'encrypted' : 'clear'
  let late = false
  let ended = false
  const left = new AbortController()
  const leave = () => left.abort()
  const expire = () => {
    late = true
    inbound.abort()
    if (state === 'encrypted' && !connection.encrypted) connection.stream.destroy()
  }
  const deadline = setTimeout(expire, limits.handshake)
  const watched: Duplex[] = []
  watch(client.stream)
  client.signal.addEventListener('abort', interrupt, { once: true })
  if (client.signal.aborted) interrupt()

  function watch(stream: Duplex): void {
    watched.push(stream)
    stream.on('close', leave)
    stream.on('end', leave)
  }

  function interrupt(): void {
    leave()
    inbound.abort()
  }

  /** A read that failed because time was up says so; one that failed because the client left says nothing. */
  async function take(length: number): Promise<Buffer> {
    try {
      return await inbound.take(length)
    } catch (error) {
      if (client.signal.aborted) throw new LoginRefused('57P01', 'this agent is shutting down')
      throw late ? new LoginRefused('57014', 'canceling authentication due to timeout') : error
    }
  }

  async function encrypt(asked: boolean): Promise<void> {
    if (asked) {
      // Whatever came along was sent in clear by who knows whom (CVE-2021-23222).
      if (inbound.unread() > 0) throw new StreamEnded('data ahead of TLS')
      connection.stream.write('S')
    }
    inbound.release()
    connection = await hurry(connection.upgrade({ alpn: ['postgresql'] }))
    inbound = createInbound(connection.stream)
    watch(connection.stream)
    if (!asked && connection.alpn !== 'postgresql') throw new StreamEnded('direct TLS without ALPN')
  }

  function hurry<T>(upgrade: Promise<T>): Promise<T> {
    return new Promise((resolve, reject) => {
      const abandon = () => reject(new StreamEnded('the client left'))
      if (left.signal.aborted) abandon()
      else left.signal.addEventListener('abort', abandon, { once: true })
      upgrade.then(resolve, () => reject(new StreamEnded('the TLS handshake failed')))
    })
  }

  async function opening(): Promise<Opening | 'tls'> {
    const head = await take(4)
    if (head[0] === tlsHandshakeByte) {
      state = advance(state, 'tls')
      inbound.release()
      connection.stream.unshift(head)
      return 'tls'
    }
    const packet = readOpening(Buffer.concat([head, await take(packetLength(head) - 4)]))
    state = advance(state, packet.kind)
    return packet
  }

  async function greet(cancels: CancelKeys): Promise<StartupPacket | undefined> {
    for (;;) {
      const packet = await opening()
      if (packet === 'tls') await encrypt(false)
      else if (packet.kind === 'ssl') await encrypt(true)
      else if (packet.kind === 'gss') connection.stream.write('N')
      else if (packet.kind === 'startup') return negotiated(packet)
      else {
        cancels.request(packet.pid, packet.secret, client.address)
        return undefined
      }
    }
  }

  function negotiated(packet: StartupPacket): StartupPacket {
    if (packet.newer || packet.extensions.length > 0) {
      connection.stream.write(negotiateProtocolVersion(protocolVersion(packet.minor), packet.extensions))
    }
    return packet
  }

  async function askToken(): Promise<string> {
    if (!connection.encrypted && !connection.plaintextAllowed) {
      throw new LoginRefused(
        '28000',
        'this server takes tokens over TLS only',
        'use sslmode=require, or verify-full with the CA of this server',
      )
    }
    connection.stream.write(authenticationCleartextPassword())
    const head = await take(5)
    if (head[0] !== 0x70) throw protocolViolation('expected password response')
    const length = head.readInt32BE(1)
    if (length < 5) throw protocolViolation('invalid password packet size')
    if (length > limits.password) throw new LoginRefused('28P01', 'the password is too large to be a token')
    const token = readPassword(await take(length - 4))
    clearTimeout(deadline)
    return token
  }

  function release(): void {
    ended = true
    clearTimeout(deadline)
    client.signal.removeEventListener('abort', interrupt)
    for (const stream of watched) stream.off('close', leave).off('end', leave)
    inbound.release()
  }

  async function close(): Promise<void> {
    if (ended) return
    release()
    const { stream } = connection
    await new Promise<void>((resolve) => {
      const timer = setTimeout(() => stream.destroy(), limits.linger)
      const closed = () => {
        clearTimeout(timer)
        resolve()
      }
      if (stream.destroyed) return closed()
      stream.once('close', closed)
      stream.end()
      // A connection closed with bytes unread is reset, and the reset overtakes what we said.
      stream.resume()
    })
  }

  return {
    greet,
    askToken,
    write: (bytes) => void connection.stream.write(bytes),
    gone: left.signal,
    handOver() {
      release()
      return connection.stream
    },
    refuse(report) {
      if (!ended && connection.stream.writable) connection.stream.write(errorResponse(report))
      return close()
    },
    close,
  }
}

function readPassword(body: Uint8Array): string {
  try {
    const reader = createReader(body)
    const token = decodeText(readCString(reader))
    readEnd(reader)
    return token
  } catch (error) {
    if (error instanceof WireError) throw protocolViolation('invalid password packet layout')
    throw new LoginRefused('28P01', 'the password is not text')
  }
}
