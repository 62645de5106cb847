import { createHash } from 'node:crypto'
import net from 'node:net'
import tls from 'node:tls'
import type { Connection, Upstream } from '@sallyport/gate'
import { SallyportError } from '@sallyport/core'
import { serverCertificate, serverKey } from './certificates.js'

/** The agent's transports as small as they can be: what an engine is promised, over real sockets. */
export function dial(port: number): Promise<Upstream> {
  return new Promise((resolve, reject) => {
    const socket = net.connect({ port, host: '127.0.0.1', noDelay: true })
    const failed = () => reject(new SallyportError('target_unreachable', 'the target does not answer'))
    socket.once('error', failed)
    socket.once('connect', () => {
      // As the agent's: nothing of a socket that is connected holds on to the attempt.
      socket.off('error', failed).on('error', ignore)
      resolve(plainUpstream(socket))
    })
  })
}

function ignore(): void {}

function plainUpstream(socket: net.Socket): Upstream {
  return {
    stream: socket,
    encrypted: false,
    upgrade: ({ verify, ca, servername, alpn }) =>
      new Promise((resolve, reject) => {
        const secure = tls.connect({
          socket,
          host: servername,
          ...(net.isIP(servername) ? {} : { servername }),
          ...(ca !== undefined && { ca }),
          ...(alpn && { ALPNProtocols: [...alpn] }),
          rejectUnauthorized: verify !== 'require',
          ...(verify === 'verify-ca' && { checkServerIdentity: () => undefined }),
        })
        secure.once('error', (error) => reject(new SallyportError('target_rejected', `TLS with the target failed: ${error.message}`)))
        secure.once('secureConnect', () => {
          const endPoint = createHash('sha256').update(secure.getPeerX509Certificate()!.raw).digest()
          resolve({ stream: secure, encrypted: true, endPoint, upgrade: () => Promise.reject(new Error('TLS is on')) })
        })
      }),
  }
}

const context = tls.createSecureContext({ cert: serverCertificate, key: serverKey })

export function connection(socket: net.Socket, signal: AbortSignal, plaintextAllowed = false): Connection {
  const base = { address: '127.0.0.1', plaintextAllowed, signal }
  return {
    ...base,
    stream: socket,
    encrypted: false,
    upgrade: ({ alpn } = {}) =>
      new Promise((resolve, reject) => {
        socket.once('close', () => reject(new Error('closed')))
        // As an agent that spends nothing on a handshake before it begins.
        socket.once('readable', () => {
          const secure = new tls.TLSSocket(socket, { isServer: true, secureContext: context, ...(alpn && { ALPNProtocols: [...alpn] }) })
          secure.once('error', reject)
          secure.once('close', () => reject(new Error('closed')))
          secure.once('secure', () => {
            const agreed = secure.alpnProtocol
            resolve({
              ...base,
              stream: secure,
              encrypted: true,
              ...(typeof agreed === 'string' && agreed !== '' && { alpn: agreed }),
              upgrade: () => Promise.reject(new Error('TLS is on')),
            })
          })
        })
      }),
  }
}
