import type { Connection, Engine, EngineOptions, Gate, GatedSession } from '@sallyport/gate'
import type { CloseReason, Resource } from '@sallyport/core'
import { SallyportError } from '@sallyport/core'
import { modelToJson } from '@sallyport/sql'
import { type CancelKeys, createCancelKeys } from './cancel.js'
import { type Classifiers, createClassifiers } from './classifier.js'
import { unknownReads } from './declared.js'
import { converse, type Surroundings, type Welcomed } from './conversation.js'
import { createFront, type Front, type FrontLimits } from './front.js'
import { StreamEnded } from './inbound.js'
import { createModelSource } from './model/source.js'
import { targetOf } from './opened.js'
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

/** For tests: what is not told is as in production. */
export interface EngineParts {
  readonly limits?: Partial<EngineLimits>
  readonly classifiers?: Classifiers
}

export async function createEngine(options: EngineOptions, parts: EngineParts = {}): Promise<Engine> {
  const limits = { ...engineLimits, ...parts.limits }
  const surroundings: Surroundings = {
    keys: createCancelKeys(options.instance, () => performance.now()),
    models: createModelSource({
      warn: (fields, message) => options.log.warn(fields, message),
      read: ({ resource, target }, model) => {
        for (const warning of unknownReads(target, model)) options.log.warn({ resource, database: target.database }, warning)
        options.onModel?.({ resource, database: target.database, epoch: model.epoch, json: () => modelToJson(model) })
      },
    }),
    classifiers: parts.classifiers ?? createClassifiers(),
    memory: options.memory,
    log: options.log,
    patience: limits.target,
  }
  return { serve: (client, gate) => serve(client, gate, { limits, surroundings }) }
}

interface House {
  readonly limits: EngineLimits
  readonly surroundings: Surroundings
}

/** Not by `await`: what waits for a session to end would hold everything that its login was about. */
function serve(client: Connection, gate: Gate, house: House): Promise<void> {
  return enter(client, gate, house).then((welcomed) => welcomed?.over)
}

/** The whole login; undefined when nobody was let in, and the client is gone. */
async function enter(client: Connection, gate: Gate, { limits, surroundings }: House): Promise<Welcomed | undefined> {
  const front = createFront(client, limits)
  try {
    const admitted = await admit(front, gate, { client, keys: surroundings.keys })
    if (admitted) return await attend(front, admitted, surroundings)
    await front.close()
  } catch (error) {
    if (error instanceof StreamEnded) await front.close()
    else await turnAway(front, error, surroundings)
  }
  return undefined
}

async function turnAway(front: Front, error: unknown, surroundings: Surroundings): Promise<void> {
  if (!(error instanceof LoginRefused || error instanceof SallyportError)) {
    surroundings.log.warn({ reason: error instanceof Error ? error.message : 'unknown' }, 'a login failed inside the gateway')
  }
  await front.refuse(fatal(error))
}

interface Admitted {
  readonly session: GatedSession
  readonly start: ClientStart
  readonly minor: number
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
  const within = (resource: Resource) => {
    const { database, user: role } = targetOf(resource, start.database)
    return { database, role }
  }
  return { session: await gate.open(identity, { resource: start.resource, facts, within }), start, minor: packet.minor }
}

/** Brings a granted session to its target, and closes it if that fails. */
async function attend(front: Front, admitted: Admitted, surroundings: Surroundings): Promise<Welcomed> {
  const { session } = admitted
  try {
    return await converse({ front, ...admitted }, surroundings)
  } catch (error) {
    const cut = session.signal.aborted ? (session.signal.reason as CloseReason) : undefined
    await session.close(cut ?? reasonOf(error, front))
    if (cut) throw new LoginRefused('57P01', cut.message)
    throw front.gone.aborted ? new StreamEnded('the client left') : error
  }
}

function reasonOf(error: unknown, front: Front): CloseReason {
  if (front.gone.aborted) return { code: 'client_closed', message: 'the client left during login' }
  if (!(error instanceof SallyportError)) return { code: 'internal', message: 'an error inside the gateway ended this login' }
  if (error.kind.fault === 'caller') return { code: 'protocol_violation', message: error.message }
  return { code: error.kind.fault === 'target' ? 'target_unreachable' : 'internal', message: error.message }
}
