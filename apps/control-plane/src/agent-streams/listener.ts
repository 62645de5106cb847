import { constants } from 'node:crypto'
import { createServer } from 'node:tls'
import type { Server as TlsServer, TLSSocket } from 'node:tls'
import { Server, ServerCredentials, ServerInterceptingCall, ServerListenerBuilder } from '@grpc/grpc-js'
import type { ServerInterceptor } from '@grpc/grpc-js'
import { AgentServiceService, EnrollmentServiceService, limits, refuse } from '@sallyport/contract'
import type { AgentServiceServer, EnrollmentServiceServer } from '@sallyport/contract'
import type { Authority } from './authority.js'
import type { StreamsLog } from './options.js'

/**
 * The agents' listener: TLS 1.3 only. What a connection may call follows from the certificate it showed and from
 * nothing else; each kind of connection reaches a server of its own that admits only its calls. A caller must still
 * look up the agent that the certificate names: it may have been revoked.
 */
export interface Listener {
  readonly port: number
  readonly close: () => Promise<void>
}

export interface ListenerOptions {
  readonly authority: Authority
  readonly bind: string
  readonly port: number
  readonly names: readonly string[]
  readonly enrollment: EnrollmentServiceServer
  readonly agents: AgentServiceServer
  readonly log: StreamsLog
}

type Door = 'stranger' | 'expired' | 'agent'

const { enroll, renew } = EnrollmentServiceService
const { streamAudit, streamConfig, streamControl } = AgentServiceService

/** The whole of what is admitted. */
const admitted: Readonly<Record<Door, ReadonlySet<string>>> = {
  stranger: new Set([enroll.path]),
  expired: new Set([renew.path]),
  agent: new Set([renew.path, streamControl.path, streamConfig.path, streamAudit.path]),
}

const refusals: Readonly<Record<Door, string>> = {
  stranger: 'a client certificate is needed for this call',
  expired: 'the client certificate has expired: it can only be renewed',
  agent: 'this call is not for agents that are enrolled',
}

const serverCertificateLifetime = 30 * 86_400_000
const connections = { all: 10_000, strangersMs: 30_000, handshakeMs: 10_000 }

const channelOptions = {
  'grpc.max_receive_message_length': limits.message,
  'grpc.max_send_message_length': limits.message,
  'grpc.max_concurrent_streams': 16,
  'grpc.keepalive_time_ms': 20_000,
  'grpc.keepalive_timeout_ms': 10_000,
  'grpc.enable_channelz': 0,
}

export async function listen(options: ListenerOptions): Promise<Listener> {
  const { authority, bind, port, log } = options
  const doors = { stranger: openDoor('stranger', options), expired: openDoor('expired', options), agent: openDoor('agent', options) }
  const certificate = async () => {
    const { certificate: cert, key } = await authority.issueServer(options.names, serverCertificateLifetime)
    return { cert, key, ca: authority.bundle, minVersion: 'TLSv1.3' as const, secureOptions: constants.SSL_OP_NO_TICKET }
  }
  const tls = createServer({
    ...(await certificate()),
    requestCert: true,
    // Unverified connections are sorted out by `doorOf`, which looks closer than a flag could.
    rejectUnauthorized: false,
    ALPNProtocols: ['h2'],
    handshakeTimeout: connections.handshakeMs,
  })
  tls.maxConnections = connections.all
  const sockets = new Set<TLSSocket>()
  tls.on('secureConnection', (socket: TLSSocket) => {
    sockets.add(socket)
    socket.once('close', () => sockets.delete(socket))
    const door = doorOf(socket, authority)
    if (door === undefined) {
      socket.destroy()
      return
    }
    if (door !== 'agent') setTimeout(() => socket.destroy(), connections.strangersMs).unref()
    doors[door].injector.injectConnection(socket)
  })
  tls.on('tlsClientError', (error) => log.info({ reason: error.message }, 'a TLS handshake with an agent failed'))
  const bound = await startListening(tls, bind, port)
  const renewal = setInterval(() => {
    certificate().then(
      (context) => tls.setSecureContext(context),
      (error: unknown) => log.error({ reason: String(error) }, 'the certificate of the agents listener could not be renewed'),
    )
  }, serverCertificateLifetime / 3)
  return {
    port: bound,
    close: async () => {
      clearInterval(renewal)
      const closed = new Promise<void>((resolve) => tls.close(() => resolve()))
      for (const { server } of Object.values(doors)) server.forceShutdown()
      // A server knows only the sockets that it accepted itself.
      for (const socket of sockets) socket.destroy()
      await closed
    },
  }
}

function openDoor(
  door: Door,
  { enrollment, agents }: ListenerOptions,
): { server: Server; injector: ReturnType<Server['createConnectionInjector']> } {
  const server = new Server({ ...channelOptions, interceptors: [admitOnly(door)] })
  server.addService(EnrollmentServiceService, enrollment)
  server.addService(AgentServiceService, agents)
  // The connection is encrypted already when it is injected.
  return { server, injector: server.createConnectionInjector(ServerCredentials.createInsecure()) }
}

function admitOnly(door: Door): ServerInterceptor {
  return ({ path }, call) => {
    if (admitted[door].has(path)) return new ServerInterceptingCall(call)
    return new ServerInterceptingCall(call, {
      start: (next) =>
        next(
          new ServerListenerBuilder()
            .withOnReceiveMetadata(() => call.sendStatus(refuse('certificate', refusals[door])))
            .withOnReceiveMessage(() => {})
            .withOnReceiveHalfClose(() => {})
            .build(),
        ),
    })
  }
}

/** `undefined`: a certificate that is neither ours nor absent, which nobody shows by accident. */
function doorOf(socket: TLSSocket, authority: Authority): Door | undefined {
  if (socket.alpnProtocol !== 'h2') return undefined
  const certificate = socket.getPeerX509Certificate()
  if (certificate === undefined) return 'stranger'
  // OpenSSL reports one error of possibly several: an expired certificate of nobody's must not pass as merely expired.
  if (authority.agentOf(certificate) === undefined) return undefined
  const now = Date.now()
  if (now < Date.parse(certificate.validFrom)) return undefined
  if (now >= Date.parse(certificate.validTo)) return 'expired'
  return socket.authorized ? 'agent' : undefined
}

function startListening(tls: TlsServer, bind: string, port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    tls.once('error', reject)
    tls.listen({ host: bind, port }, () => {
      tls.removeListener('error', reject)
      const address = tls.address()
      resolve(typeof address === 'object' && address !== null ? address.port : port)
    })
  })
}
