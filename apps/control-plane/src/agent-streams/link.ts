import { createHash, randomBytes } from 'node:crypto'
import { genesis } from '@sallyport/audit'
import type { ControlHello } from '@sallyport/contract'
import { agentTransitions, isId, next } from '@sallyport/core'
import type { AgentEvent, AgentState } from '@sallyport/core'
import { Prisma } from '../db/index.js'
import type { Database, Transaction } from '../db/index.js'
import type { AdmittedAgent } from './admission.js'
import { refuseState } from './admission.js'
import { quarantine } from './quarantine.js'
import { Refused } from './refused.js'
import type { StreamsLog } from './options.js'

/**
 * One instance, one link. At each hello the instance shows the continuity it was handed last, and is handed another;
 * once it has confirmed that, older ones are worth nothing. So a second holder of the same certificate, or a data
 * directory set back in time, shows itself at its next hello at the latest. A caller must open no other stream for a
 * link before it is confirmed.
 */
export interface OfferedLink {
  readonly continuity: Buffer
  /** Takes over from older links and answers this one's number. Throws `Refused`. */
  confirm(): Promise<bigint>
}

export interface LinkOptions {
  readonly db: Database
  readonly log: StreamsLog
}

/** Hellos that were not confirmed: an agent whose connection broke in between may know any of the last. */
const rememberedOffers = 8

export async function offerLink(agent: AdmittedAgent, hello: ControlHello, { db, log }: LinkOptions): Promise<OfferedLink> {
  const continuity = randomBytes(32)
  const offered = digest(continuity)
  const suspicion = await db.$transaction(async (tx) => {
    const instance = await lockInstance(tx, hello.instanceId)
    const reason = suspect(instance, agent, hello) ?? (await suspectSpool(tx, agent, hello))
    if (reason !== undefined || instance === undefined) return reason
    const shown = digest(hello.continuity)
    const confirmed = instance.pending.some((pending) => same(pending, shown))
    const pending = confirmed ? [offered] : [...instance.pending.map(own), offered].slice(-rememberedOffers)
    await tx.agentInstance.update({ where: { id: instance.id }, data: { pending, ...(confirmed ? { continuity: shown } : {}) } })
    return undefined
  })
  if (suspicion !== undefined) throw await quarantine(db, { agent: agent.id, reason: suspicion, log })
  return { continuity, confirm: () => confirm(agent, { hello, offered }, db) }
}

function confirm(
  agent: AdmittedAgent,
  { hello, offered }: { hello: ControlHello; offered: Uint8Array<ArrayBuffer> },
  db: Database,
): Promise<bigint> {
  return db.$transaction(async (tx) => {
    const instance = await lockInstance(tx, hello.instanceId)
    if (!instance?.pending.some((pending) => same(pending, offered))) throw new Refused('fenced', 'a newer link of this instance took over')
    await moveAgent(tx, agent.id, 'connect')
    const { link } = await tx.agentInstance.update({
      where: { id: instance.id },
      data: { link: { increment: 1 }, continuity: offered, pending: [], connected: true, seenAt: new Date() },
    })
    await tx.spool.createMany({
      data: [{ id: hello.spoolId, agentId: agent.id, instanceId: instance.id, hash: genesis }],
      skipDuplicates: true,
    })
    return link
  })
}

/** The link ended here. Does nothing when a newer one has taken over meanwhile. */
export async function dropLink(db: Database, { instance, link }: { readonly instance: string; readonly link: bigint }): Promise<void> {
  await db.$transaction(async (tx) => {
    const dropped = await tx.agentInstance.updateMany({ where: { id: instance, link, connected: true }, data: { connected: false } })
    if (dropped.count === 1) await disconnectIdle(tx, { instances: { some: { id: instance } } })
  })
}

/** Agents of which no instance is connected any more. */
export async function disconnectIdle(tx: Transaction, where: Prisma.AgentWhereInput): Promise<void> {
  await tx.agent.updateMany({
    where: { ...where, state: 'connected', NOT: { instances: { some: { connected: true } } } },
    data: { state: 'disconnected' },
  })
}

async function moveAgent(tx: Transaction, id: string, event: AgentEvent): Promise<void> {
  const agent = await tx.agent.findUniqueOrThrow({ where: { id } })
  refuseState(agent.state, agent.quarantineReason)
  const state = next(agentTransitions, agent.state as AgentState, event)
  if (state === undefined) throw new Refused('invalid', `an agent that is ${agent.state} cannot ${event}`)
  await tx.agent.update({ where: { id }, data: { state } })
}

interface InstanceRow {
  readonly id: string
  readonly agentId: string
  readonly continuity: Uint8Array
  readonly pending: readonly Uint8Array[]
}

async function lockInstance(tx: Transaction, id: string): Promise<InstanceRow | undefined> {
  await tx.$executeRaw`SELECT 1 FROM agent_instance WHERE id = ${id} FOR UPDATE`
  return (await tx.agentInstance.findUnique({ where: { id } })) ?? undefined
}

function suspect(instance: InstanceRow | undefined, agent: AdmittedAgent, hello: ControlHello): string | undefined {
  if (instance === undefined || instance.agentId !== agent.id) return 'it named an instance that was never issued to it'
  const shown = digest(hello.continuity)
  if ([instance.continuity, ...instance.pending].some((known) => same(known, shown))) return undefined
  return 'it did not show the continuity it was given last: its certificate or data directory is in use twice, or was set back'
}

async function suspectSpool(tx: Transaction, agent: AdmittedAgent, hello: ControlHello): Promise<string | undefined> {
  if (!isId('spl', hello.spoolId)) throw new Refused('invalid', 'a spool is named by its id')
  const known = await tx.spool.findFirst({ where: { OR: [{ id: hello.spoolId }, { instanceId: hello.instanceId }] } })
  if (known === null) return undefined
  if (known.id !== hello.spoolId || known.instanceId !== hello.instanceId || known.agentId !== agent.id)
    return 'it brought a spool that is not its own'
  return hello.spoolDurable < known.sequence
    ? 'its spool is shorter than what it had sent: records are missing or were set back'
    : undefined
}

function digest(bytes: Uint8Array): Uint8Array<ArrayBuffer> {
  return own(createHash('sha256').update(bytes).digest())
}

function own(bytes: Uint8Array): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(bytes)
}

function same(a: Uint8Array, b: Uint8Array): boolean {
  return Buffer.compare(a, b) === 0
}
