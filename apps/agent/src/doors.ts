import type { Server } from 'node:net'
import type { Gate, MemoryBudget, ReadModel } from '@sallyport/gate'
import { protocols } from '@sallyport/registry'
import type { AdminOptions } from './admin/server.js'
import { createAdmin } from './admin/server.js'
import type { AgentConfig } from './config.js'
import { createCaps } from './listeners/caps.js'
import type { CapLimits, Caps } from './listeners/caps.js'
import { openCertificate } from './listeners/certificate.js'
import { openFilesLimit, withinDescriptors } from './listeners/descriptors.js'
import { createListener } from './listeners/listener.js'
import type { Listener } from './listeners/listener.js'
import { createPace } from './listeners/pace.js'
import { createBindings } from './listeners/ports.js'
import type { Log } from './log.js'

/**
 * The ports of the agent. They are taken first of all, for a taken port must not cost a join token, and turn everybody
 * away until the agent behind them is up.
 */
/** What is closed, in the reverse of the order in which it was opened, also when opening the next one failed. */
export type Closer = () => Promise<void> | void

export interface Doors {
  readonly listeners: readonly Listener[]
  readonly caps: Caps
  readonly ports: { readonly postgres: number; readonly admin: number }
  readonly authority?: string
  /** From now on the admin door tells what these say. */
  answer(told: AdminOptions): void
}

/** What was opened is left in `closers`, also when the next thing could not be. */
export async function bindDoors(config: AgentConfig, log: Log, closers: Closer[]): Promise<Doors> {
  const certificate = await openCertificate({
    dataDir: config.dataDir,
    bind: config.bind,
    ...(config.tls === undefined ? {} : { supplied: config.tls }),
  })
  closers.push(() => certificate.close())
  const caps = createCaps(capsOf(config, log))
  const shared = { caps, pace: createPace(2), secureContext: () => certificate.secureContext(), plaintext: config.plaintext, log }
  const postgres = createListener({ protocol: 'postgres', ...shared })
  let told: AdminOptions | undefined
  const admin = createAdmin({
    ill: () => told?.ill() ?? [],
    unready: () => told?.unready() ?? ['the agent is starting'],
    metrics: () => told?.metrics() ?? Promise.resolve({ type: 'text/plain', text: '' }),
  })
  const bindings = await createBindings(config.dataDir, config.bind)
  closers.push(() => closed(admin))
  const ports = { admin: await bindings.listen('admin', admin, config.ports.admin), postgres: 0 }
  closers.push(() => postgres.stop())
  ports.postgres = await bindings.listen('postgres', postgres.server, config.ports.postgres)
  const { authority } = certificate
  return { listeners: [postgres], caps, ports, answer: (what) => void (told = what), ...(authority === undefined ? {} : { authority }) }
}

function capsOf({ limits }: AgentConfig, log: Log): CapLimits {
  const files = openFilesLimit()
  const caps = withinDescriptors(limits, files)
  if (caps.connections < limits.connections) {
    log.warn(
      { connections: caps.connections, configured: limits.connections, files },
      'descriptors allow fewer connections than configured',
    )
  }
  return caps
}

export interface Opening {
  readonly listeners: readonly Listener[]
  readonly gate: Gate
  readonly instance: number
  readonly log: Log
  readonly memory: MemoryBudget
  readonly onModel: (read: ReadModel) => void
}

/** Loads the engines and lets clients in. */
export async function openDoors({ listeners, gate, instance, memory, log, onModel }: Opening): Promise<void> {
  for (const listener of listeners) {
    const protocol = protocols.find(({ name }) => name === listener.protocol)
    if (protocol === undefined) throw new Error(`no protocol of this build is called ${listener.protocol}`)
    listener.open(await protocol.load.engine({ instance, memory, log: log.child({ protocol: protocol.name }), onModel }), gate)
  }
}

function closed(server: Server & { closeAllConnections(): void }): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve())
    server.closeAllConnections()
  })
}
