import { createHash } from 'node:crypto'
import { join } from 'node:path'
import { createGate, createMemoryBudget } from '@sallyport/gate'
import type { Ports, ReadModel } from '@sallyport/gate'
import { protocols } from '@sallyport/registry'
import { createMetrics } from './admin/metrics.js'
import type { Metrics } from './admin/metrics.js'
import { createAuthenticator } from './authenticator.js'
import { newId, systemClock } from './clock.js'
import type { AgentConfig } from './config.js'
import { createDialer } from './dialler.js'
import { bindDoors, openDoors } from './doors.js'
import type { Closer } from './doors.js'
import type { AgentIdentity } from './enrol/identity.js'
import { isLoopback } from './listeners/connection.js'
import type { Log } from './log.js'
import type { Plane, PlaneOptions } from './plane/plane.js'
import { createProbes } from './probes.js'
import type { Probed } from './probes.js'
import { createSampling } from './sampling.js'
import type { SamplingOptions } from './sampling.js'
import { openFolder } from './spool/disk.js'
import { defaultLimits, openSpool } from './spool/spool.js'
import type { Spool } from './spool/spool.js'
import { createUploads } from './uploads.js'

/**
 * The agent put together: who it is, its spool, its link to the control plane, the gate, and the doors that lead to it.
 * A caller must hold the lock of the data directory from before `startAgent` until after `stop`.
 */
export interface Agent {
  readonly id: string
  readonly ports: { readonly postgres: number; readonly admin: number }
  /** PEM file of the authority that clients may trust; absent where the certificate was supplied. */
  readonly authority?: string
  /** Resolves when a configuration is in force and the doors are open. */
  readonly ready: Promise<void>
  /** Lets sessions end, then ends them, and makes the trail durable. Never rejects. */
  stop(): Promise<void>
}

/** How the agent comes to its identity and its configuration. */
export interface Planes {
  /** Answers the identity that the data directory holds, or gets one with the join token. Throws `SallyportError`. */
  enrol(options: EnrolOptions): Promise<AgentIdentity>
  connect(options: PlaneOptions): Promise<Plane>
}

export interface EnrolOptions {
  readonly dataDir: string
  readonly server: string
  readonly joinToken?: string
  readonly agentVersion: string
}

export interface AgentOptions {
  readonly config: AgentConfig
  readonly version: string
  readonly log: Log
  readonly planes: Planes
}

export async function startAgent(options: AgentOptions): Promise<Agent> {
  const closers: Closer[] = []
  const closeAll = async (): Promise<void> => {
    for (const close of closers.splice(0).reverse()) {
      try {
        await close()
      } catch (error) {
        options.log.error({ reason: messageOf(error) }, 'something did not close')
      }
    }
  }
  try {
    return await open(options, closers, closeAll)
  } catch (error) {
    await closeAll()
    throw error
  }
}

async function open({ config, version, log, planes }: AgentOptions, closers: Closer[], closeAll: () => Promise<void>): Promise<Agent> {
  const doors = await bindDoors(config, log, closers)
  const { dataDir, server, joinToken } = config
  const identity = await planes.enrol({ dataDir, server, agentVersion: version, ...(joinToken === undefined ? {} : { joinToken }) })
  const spool = await openOwnSpool(config, identity, log)
  closers.push(() => spool.close())
  const exposed = !isLoopback(config.bind)
  const plane = await planes.connect({ dataDir, server, spool: spool.reader, agentVersion: version, log, exposed })
  closers.push(() => plane.close())

  const waiting = new AbortController()
  let opened = false
  const state = (): ReturnType<Plane['state']> => plane.state()
  const metrics: Metrics = createMetrics({
    sessions: () => gate.sessions(),
    caps: doors.caps,
    spool,
    connected: () => state().link === 'connected',
    snapshotExpiresAt: () => state().snapshot?.expiresAt,
  })
  const ports: Ports = {
    clock: systemClock,
    config: plane,
    journal: metrics.journal(spool.journal),
    authenticator: createAuthenticator({ plane, clock: systemClock }),
    dialer: createDialer(),
    approvals: plane.approvals,
    newId,
    agent: identity.agentId,
  }
  const gate = createGate(ports, { obligations: (name) => protocols.find((protocol) => protocol.name === name)?.obligations })
  doors.answer({
    metrics: () => metrics.render(),
    ill: () => (spool.journal.failed.aborted ? ['the spool cannot be written'] : []),
    unready: () => {
      if (waiting.signal.aborted) return ['the agent is shutting down']
      return opened ? unreadiness(plane) : ['the doors are not open yet']
    },
  })
  const startedAt = { id: newId('evt'), at: Date.now() }
  await spool.journal.append(
    { type: 'agent.noted', ...startedAt, what: 'agent.started', detail: { version, node: process.version } },
    'strict',
  )
  const onModel = watchTargets({ plane, dialer: ports.dialer, log }, closers)
  const note: SamplingOptions['note'] = (detail) =>
    spool.journal.append(
      { type: 'agent.noted', id: newId('evt'), at: Date.now(), what: 'target.sampling', detail: { ...detail } },
      'strict',
    )
  plane.onSample(createSampling({ config: plane, dialer: ports.dialer, protocols, log, note }).sample)
  const instance = instanceNumber(identity.instanceId)
  const memory = createMemoryBudget(config.limits.memory)
  await openDoors({ listeners: doors.listeners, gate: metrics.gate(gate), instance, memory, log, onModel })
  opened = true

  const ready = plane.ready(waiting.signal)
  // Nobody need wait for it.
  ready.catch(() => undefined)
  return {
    id: identity.agentId,
    ports: doors.ports,
    ready,
    ...(doors.authority === undefined ? {} : { authority: doors.authority }),
    async stop() {
      waiting.abort()
      for (const listener of doors.listeners) listener.stop()
      await until(() => gate.sessions() === 0, config.limits.drain)
      gate.drain({ code: 'drained', message: 'this agent is shutting down' })
      await Promise.all(doors.listeners.map((listener) => listener.close(800)))
      await spool.journal.flush().catch(() => undefined)
      await until(() => state().acknowledged >= spool.reader.durable(), 300)
      await closeAll()
    },
  }
}

interface Watching {
  readonly plane: Plane
  readonly dialer: Ports['dialer']
  readonly log: Log
}

/** Tells the control plane what sessions and looks find out about targets. Answers who must hear of a target model. */
function watchTargets({ plane, dialer, log }: Watching, closers: Closer[]): (read: ReadModel) => void {
  const models = createUploads<ReadModel>({ what: 'a target model', upload: (read) => plane.uploadTargetModel(read), log })
  const postures = createUploads<Probed>({ what: 'a posture', upload: (probed) => plane.uploadPosture(probed), log })
  const probes = createProbes({ config: plane, dialer, protocols, tell: (probed) => postures.offer(probed), log })
  closers.push(
    () => models.close(),
    () => postures.close(),
    () => probes.close(),
  )
  return (read) => {
    models.offer(read)
    probes.changed(read.resource)
  }
}

async function openOwnSpool({ dataDir, limits }: AgentConfig, identity: AgentIdentity, log: Log): Promise<Spool> {
  return openSpool({
    disk: await openFolder(join(dataDir, 'spool')),
    owner: { agent: identity.agentId, instance: identity.instanceId },
    key: identity.auditKey,
    clock: systemClock,
    newId,
    limits: { ...defaultLimits, maxBytes: limits.spoolBytes },
    onFailed: (cause) => log.error({ reason: messageOf(cause) }, 'the trail cannot be written: all sessions are cut'),
  })
}

function unreadiness(plane: Plane): readonly string[] {
  const { link, lastError } = plane.state()
  if (link === 'refused') return [`the control plane refuses this agent${lastError === undefined ? '' : `: ${lastError}`}`]
  const snapshot = plane.current()
  if (snapshot === undefined) return ['there is no configuration yet']
  return snapshot.expiresAt <= Date.now() ? ['the configuration has expired'] : []
}

/** Sixteen bits of the instance's id. */
function instanceNumber(instance: string): number {
  return createHash('sha256').update(instance).digest().readUInt16BE(0)
}

async function until(fits: () => boolean, ms: number): Promise<void> {
  for (const end = Date.now() + ms; !fits() && Date.now() < end;) await new Promise((resolve) => setTimeout(resolve, 20))
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : 'unknown'
}
