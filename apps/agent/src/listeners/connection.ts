import type { Socket } from 'node:net'
import type { SecureContext } from 'node:tls'
import { TLSSocket } from 'node:tls'
import type { Connection } from '@sallyport/gate'
import { SallyportError } from '@sallyport/core'
import { emitAtOnce } from '../reading.js'
import type { Pace } from './pace.js'

/**
 * A client's socket as engines see it. TLS wraps the socket itself, never a stream made of it: so the native handle
 * stays attached, and the bytes an engine left unread are the beginning of the handshake.
 */
export interface ConnectionOptions {
  readonly socket: Socket
  readonly plaintextAllowed: boolean
  readonly signal: AbortSignal
  /** The one context of this agent; asked for at each handshake, since certificates are renewed. */
  readonly secureContext: () => SecureContext
  readonly pace: Pace
  /** Milliseconds from the first byte of a handshake, or the wait for it, to its end. */
  readonly handshake: number
}

export interface OwnedConnection extends Connection {
  /** Sends what was written, for a while, and closes. */
  finish(): void
}

/** Milliseconds for the last bytes of a connection whose engine is done with it. */
const linger = 2_000

export function createConnection(options: ConnectionOptions): OwnedConnection {
  const { socket, plaintextAllowed, signal } = options
  const address = addressOf(socket)
  let upgraded = false
  let outermost = socket
  emitAtOnce(socket)
  return {
    address,
    plaintextAllowed,
    signal,
    stream: socket,
    encrypted: false,
    async upgrade({ alpn } = {}) {
      if (upgraded) throw new SallyportError('internal', 'TLS was asked for twice')
      upgraded = true
      const secure = await shakeHands(options, alpn)
      emitAtOnce(secure)
      outermost = secure
      const agreed = typeof secure.alpnProtocol === 'string' && secure.alpnProtocol !== '' ? { alpn: secure.alpnProtocol } : {}
      const again = (): Promise<never> => Promise.reject(new SallyportError('internal', 'TLS is on already'))
      return { address, plaintextAllowed, signal, ...agreed, stream: secure, encrypted: true, upgrade: again }
    },
    finish() {
      if (socket.destroyed) return
      outermost.destroySoon()
      setTimeout(() => socket.destroy(), linger).unref()
    },
  }
}

/** Without the port, and an IPv4 address always as such. */
export function addressOf(socket: Socket): string {
  return (socket.remoteAddress ?? 'unknown').replace(/^::ffff:(?=\d+\.\d+\.\d+\.\d+$)/, '')
}

export function isLoopback(address: string): boolean {
  return address === 'localhost' || address === '::1' || /^127\.\d+\.\d+\.\d+$/.test(address)
}

function shakeHands(options: ConnectionOptions, alpn: readonly string[] | undefined): Promise<TLSSocket> {
  const { socket, pace, secureContext } = options
  return new Promise((resolve, reject) => {
    const failed = (): void => {
      clearTimeout(timer)
      socket.destroy()
      reject(new SallyportError('protocol_violation', 'the TLS handshake failed'))
    }
    const timer = setTimeout(failed, options.handshake)
    const wrap = (): void => {
      if (socket.destroyed) return failed()
      const secure = new TLSSocket(socket, {
        isServer: true,
        secureContext: secureContext(),
        ...(alpn === undefined ? {} : { ALPNProtocols: [...alpn] }),
      })
      secure.on('error', failed)
      secure.once('close', failed)
      secure.once('secure', () => {
        clearTimeout(timer)
        socket.off('close', failed)
        secure.off('close', failed).off('error', failed)
        breakWith(secure, socket)
        resolve(secure)
      })
    }
    socket.once('close', failed)
    // Its turn comes when there is something to do: who asks for TLS and says nothing takes up no turn.
    socket.once('readable', () => pace.run(wrap))
  })
}

/** In a scope of its own: what listens for as long as the session lasts must not hold on to the handshake. */
function breakWith(secure: TLSSocket, socket: Socket): void {
  secure.on('error', () => socket.destroy())
}
