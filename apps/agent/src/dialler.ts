import { createHash } from 'node:crypto'
import { connect, isIP } from 'node:net'
import type { Socket } from 'node:net'
import { connect as connectTls } from 'node:tls'
import type { ConnectionOptions, TLSSocket } from 'node:tls'
import type { Resource } from '@sallyport/core'
import { SallyportError } from '@sallyport/core'
import type { Dialer, Upstream, UpstreamTls } from '@sallyport/gate'
import { endPointHash } from './end-point.js'
import { emitAtOnce, readIntoArena } from './reading.js'

/**
 * Connects to targets. It knows addresses and nothing of what is said there: credentials are an engine's, and an engine
 * gets a connection only out of a session. Errors name the resource, never its address: who asks may not know it.
 */
export interface DialerOptions {
  /** Milliseconds for name, connection and, again, for TLS. */
  readonly timeout?: number
}

export function createDialer({ timeout = 10_000 }: DialerOptions = {}): Dialer {
  return {
    async dial(resource, signal) {
      const address = addressOf(resource)
      const socket = await reach(resource.name, { ...address, signal, timeout })
      return plain(resource.name, socket, timeout)
    },
  }
}

interface Address {
  readonly host: string
  readonly port: number
}

function addressOf({ name, target }: Resource): Address {
  const { host, port } = target
  if (typeof host === 'string' && host !== '' && typeof port === 'number' && Number.isInteger(port) && port > 0 && port < 65_536) {
    return { host, port }
  }
  throw new SallyportError('target_unreachable', `the target of ${name} has no host and port`)
}

interface Reach extends Address {
  readonly signal: AbortSignal
  readonly timeout: number
}

function reach(name: string, { host, port, signal, timeout }: Reach): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = begin(host, port)
    const failed = (why: string): void => {
      settle()
      socket.destroy()
      reject(new SallyportError('target_unreachable', `the target of ${name} does not answer (${why})`))
    }
    const timer = setTimeout(() => failed('timed out'), timeout)
    const onError = (error: NodeJS.ErrnoException): void => failed(error.code ?? 'failed')
    const onAbort = (): void => failed('given up')
    const settle = (): void => {
      clearTimeout(timer)
      signal.removeEventListener('abort', onAbort)
    }
    socket.on('error', ignore)
    socket.on('error', onError)
    socket.once('connect', () => {
      settle()
      socket.off('error', onError)
      resolve(socket)
    })
    if (signal.aborted) onAbort()
    else signal.addEventListener('abort', onAbort, { once: true })
  })
}

/** In a scope of its own: what reads for as long as the connection lasts must not hold on to the attempt. */
function begin(host: string, port: number): Socket {
  const onread = readIntoArena(() => socket)
  const socket: Socket = connect({ host, port, noDelay: true, keepAlive: true, keepAliveInitialDelay: 60_000, onread })
  emitAtOnce(socket)
  return socket
}

function plain(name: string, socket: Socket, timeout: number): Upstream {
  return {
    stream: socket,
    encrypted: false,
    async upgrade(options) {
      const secure = await encrypt(name, { socket, options, timeout })
      const endPoint = endPointOf(secure)
      const again = (): Promise<never> => Promise.reject(new SallyportError('internal', 'TLS is on already'))
      return { stream: secure, encrypted: true, upgrade: again, ...(endPoint === undefined ? {} : { endPoint }) }
    },
  }
}

/** Stays for good: an error of a socket that nobody listens to ends the process. */
function ignore(): void {}

interface Encrypt {
  readonly socket: Socket
  readonly options: UpstreamTls
  readonly timeout: number
}

function encrypt(name: string, { socket, options, timeout }: Encrypt): Promise<TLSSocket> {
  return new Promise((resolve, reject) => {
    const secure = connectTls({ socket, ...tlsOptions(options) })
    emitAtOnce(secure)
    const failed = (why: string): void => {
      clearTimeout(timer)
      secure.destroy()
      socket.destroy()
      reject(new SallyportError('target_rejected', `TLS with the target of ${name} failed (${why})`))
    }
    const timer = setTimeout(() => failed('timed out'), timeout)
    secure.on('error', (error: NodeJS.ErrnoException) => failed(error.code ?? 'failed'))
    const onClose = (): void => failed('closed')
    secure.once('close', onClose)
    secure.once('secureConnect', () => {
      clearTimeout(timer)
      secure.off('close', onClose)
      resolve(secure)
    })
  })
}

/** The table of libpq's `sslmode` as `tls.connect` says it; the name is checked against the host, or address, asked for. */
function tlsOptions({ verify, ca, servername, alpn }: UpstreamTls): ConnectionOptions {
  return {
    host: servername,
    minVersion: 'TLSv1.2',
    rejectUnauthorized: verify !== 'require',
    ...(isIP(servername) === 0 ? { servername } : {}),
    ...(ca === undefined ? {} : { ca }),
    ...(alpn === undefined ? {} : { ALPNProtocols: [...alpn] }),
    ...(verify === 'verify-full' ? {} : { checkServerIdentity: () => undefined }),
  }
}

function endPointOf(secure: TLSSocket): Uint8Array | undefined {
  // Once only: at the second call this answers undefined on the client's side.
  const certificate = secure.getPeerX509Certificate()?.raw
  const algorithm = certificate === undefined ? undefined : endPointHash(certificate)
  return certificate === undefined || algorithm === undefined ? undefined : createHash(algorithm).update(certificate).digest()
}
