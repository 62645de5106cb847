import type { Connection, Engine, EngineOptions, Gate, GatedSession } from '@sallyport/gate'
import type { CloseReason } from '@sallyport/core'
import { SallyportError } from '@sallyport/core'
import { type CancelKeys, createCancelKeys } from './cancel.js'
import { type Conversations, createConversations } from './conversation.js'
import { createFront, type Front, type FrontLimits } from './front.js'
import { StreamEnded } from './inbound.js'
import { createModelSource, type ModelSource } from './model/source.js'
import { fatal, LoginRefused } from './refused.js'
import { type ClientStart, readClientStart } from './settings.js'

/**
 * PostgreSQL, from the first packet to the relay: greet → token → gate.authenticate → gate.open → log in to the target →
 * relay. Everything before `open` is the client's; everything after it ends with `session.close`. A caller must use one
 * engine for all connections of a process: cancel keys and target models are shared in it.
 */
export interface EngineLimits extends FrontLimits {
  /** Milliseconds until the target must have let us in. */
  readonly target: number
}

export const engineLimits: EngineLimits = { handshake: 10_000, password: 64 * 1024, linger: 1000, target: 15_000 }

export async function createEngine(options: EngineOptions, limits: EngineLimits = engineLimits): Promise<Engine> {
  const keys = createCancelKeys(options.instance, () => performance.now())
  const models = createModelSource((fields, message) => options.log.warn(fields, message))
  const shared: Shared = { keys, models, conversations: await createConversations(), limits, log: options.log }
  return { serve: (client, gate) => serve(client, gate, shared) }
}

export interface Shared {
  readonly keys: CancelKeys
  readonly models: ModelSource
  readonly conversations: Conversations
  readonly limits: EngineLimits
  readonly log: EngineOptions['log']
}

async function serve(client: Connection, gate: Gate, shared: Shared): Promise<void> {
  const front = createFront(client, shared.limits)
  try {
    const admitted = await admit(front, gate, { client, keys: shared.keys })
    if (admitted) await attend(front, admitted, shared)
    else await front.close()
  } catch (error) {
    if (error instanceof StreamEnded) return front.close()
    if (!(error instanceof LoginRefused || error instanceof SallyportError)) shared.log.warn({ reason: error instanceof Error ? error.message : 'unknown' }, 'a login failed inside the gateway')
    await front.refuse(fatal(error))
  }
}

interface Admitted {
  readonly session: GatedSession
  readonly start: ClientStart
}

/** From the first packet to a session; undefined when the connection only came to cancel. */
async function admit(front: Front, gate: Gate, { client, keys }: { client: Connection; keys: CancelKeys }): Promise<Admitted | undefined> {
  const packet = await front.greet(keys)
  if (!packet) return undefined
  const start = readClientStart(packet.parameters)
  const token = await front.askToken()
  const { address } = client
  const identity = await gate.authenticate({ kind: 'bearer', token, claimed: start.user, protocol: 'postgres', address })
  const application = start.application === '' ? {} : { application: start.application }
  const facts = { protocol: 'postgres', client: { address, ...application } }
  return { session: await gate.open(identity, { resource: start.resource, facts }), start }
}

/** Serves a granted session to its end, and closes it whatever happens. */
async function attend(front: Front, { session, start }: Admitted, { conversations, ...shared }: Shared): Promise<void> {
  try {
    await conversations.hold({ front, session, start, shared })
  } catch (error) {
    await session.close(reasonOf(error, front))
    throw front.gone.aborted && !session.signal.aborted ? new StreamEnded('the client left') : error
  }
}

function reasonOf(error: unknown, front: Front): CloseReason {
  if (front.gone.aborted) return { code: 'client_closed', message: 'the client left during login' }
  if (error instanceof SallyportError && error.kind.fault === 'target') return { code: 'target_unreachable', message: error.message }
  const message = error instanceof SallyportError ? error.message : 'an error inside the gateway ended this login'
  return { code: 'internal', message }
}
