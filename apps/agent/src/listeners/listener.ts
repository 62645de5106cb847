import { createServer } from 'node:net'
import type { Server, Socket } from 'node:net'
import type { SecureContext } from 'node:tls'
import { SallyportError } from '@sallyport/core'
import type { Engine, Gate } from '@sallyport/gate'
import type { Caps, Entry } from './caps.js'
import { addressOf, createConnection, isLoopback } from './connection.js'
import type { Pace } from './pace.js'

/**
 * One protocol's door: takes sockets, gives each one to the engine, and takes it back when the engine is done with it.
 * It decides nothing but how many may stand in the doorway, and for how long.
 */
export interface Listener {
  readonly protocol: string
  /** Not listening yet: the caller binds it. Until `open`, who comes is turned away. */
  readonly server: Server
  open(engine: Engine, gate: Gate): void
  /** Takes no more connections. Those that are open go on. */
  stop(): void
  /** Tells the engines that it is over; after `grace` milliseconds what is still open is destroyed. */
  close(grace: number): Promise<void>
}

export interface ListenerOptions {
  readonly protocol: string
  readonly caps: Caps
  readonly pace: Pace
  readonly secureContext: () => SecureContext
  readonly plaintext: boolean
  readonly log: ListenerLog
  /** Milliseconds that a connection may take until somebody was admitted to a resource; and for its TLS handshake. */
  readonly login?: number
  readonly handshake?: number
}

export interface ListenerLog {
  warn(fields: object, message: string): void
  error(fields: object, message: string): void
}

interface Doorway {
  readonly engine: Engine
  readonly gate: Gate
}

interface Entered {
  readonly socket: Socket
  readonly entry: Entry
  readonly signal: AbortSignal
}

interface Standing {
  readonly socket: Socket
  readonly life: AbortController
  /** Never rejects. */
  readonly served: Promise<void>
}

const crowded = 'there are too many connections; try again later'

export function createListener(options: ListenerOptions): Listener {
  const { protocol, caps, log } = options
  const standing = new Set<Standing>()
  let doorway: Doorway | undefined

  const server = createServer({ noDelay: true, keepAlive: true, keepAliveInitialDelay: 60_000, allowHalfOpen: false }, (socket) => {
    // Without a listener an error of a socket ends the process; whoever reads the stream hears of it by itself.
    socket.on('error', () => undefined)
    if (doorway === undefined) {
      socket.destroy()
      return
    }
    const entry = caps.enter(addressOf(socket), () => socket.destroy())
    // A signal of its own for each: on one for all, the listeners of those that log in at once would pile up.
    const life = new AbortController()
    const served = serve({ socket, entry, signal: life.signal }, doorway).finally(() => standing.delete(one))
    const one: Standing = { socket, life, served }
    standing.add(one)
  })
  server.on('error', (error) => log.error({ protocol, error: error.message }, 'the listener failed'))

  /** Not by `await`: the frame that waits would hold what only the login needs, for as long as the session lasts. */
  function serve({ socket, entry, signal }: Entered, { engine, gate }: Doorway): Promise<void> {
    const slow = setTimeout(() => socket.destroy(), options.login ?? 60_000)
    const admitted = (): void => {
      clearTimeout(slow)
      entry.admitted()
    }
    const connection = connectionOf(socket, signal)
    return engine
      .serve(connection, entry.surplus ? closedGate : doorkeeper(gate, admitted))
      .catch((error: unknown) => {
        log.error({ protocol, error: error instanceof Error ? error.message : 'unknown' }, 'an engine failed')
      })
      .finally(() => {
        clearTimeout(slow)
        entry.leave()
        connection.finish()
      })
  }

  function connectionOf(socket: Socket, signal: AbortSignal): ReturnType<typeof createConnection> {
    const { secureContext, pace, plaintext, handshake = 10_000 } = options
    const plaintextAllowed = plaintext && isLoopback(addressOf(socket))
    return createConnection({ socket, plaintextAllowed, signal, secureContext, pace, handshake })
  }

  function stop(): void {
    if (server.listening) server.close()
  }

  return {
    protocol,
    server,
    open: (engine, gate) => void (doorway = { engine, gate }),
    stop,
    async close(grace) {
      stop()
      doorway = undefined
      const all = [...standing]
      for (const { life } of all) life.abort({ code: 'drained', message: 'this agent is shutting down' })
      const timer = setTimeout(() => {
        for (const { socket } of all) socket.destroy()
      }, grace)
      await Promise.all(all.map(({ served }) => served))
      clearTimeout(timer)
    },
  }
}

/** Tells the doorway when somebody was admitted. */
function doorkeeper(gate: Gate, admitted: () => void): Gate {
  return {
    authenticate: (credential) => gate.authenticate(credential),
    async open(who, want) {
      const session = await gate.open(who, want)
      admitted()
      return session
    },
  }
}

/** What surplus connections get, in their own protocol's words, and without a look at their credential. */
const closedGate: Gate = {
  authenticate: () => Promise.reject(new SallyportError('too_many', crowded)),
  open: () => Promise.reject(new SallyportError('too_many', crowded)),
}
