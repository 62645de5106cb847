import { setTimeout as sleep } from 'node:timers/promises'
import { createDirectDatabase, watchConfig } from '../db/index.js'
import { ensureHashKey } from '../secrets/index.js'
import { serveAudit } from './audit-stream.js'
import { openAuthority } from './authority.js'
import { serveConfig } from './config-stream.js'
import type { StreamsContext } from './context.js'
import { serveControl } from './control-stream.js'
import { enrollmentService } from './enrollment.js'
import { createJoinToken } from './join-tokens.js'
import { watchLinks } from './links.js'
import { listen } from './listener.js'
import type { AgentStreams, AgentStreamsOptions } from './options.js'
import { createRegistry } from './registry.js'
import { ensureSigner } from './signer.js'

export type { AgentStreams, AgentStreamsConfig, AgentStreamsOptions, JoinTokenWanted, StreamsLog } from './options.js'
export { beginGeneration } from './registry.js'
export { rotateSigner } from './signer.js'

/**
 * The control plane's end of the link: enrolment and the three streams, on a listener of their own. Any number of
 * replicas over one database behave as one. The schema must be in place before.
 */
export async function startAgentStreams(options: AgentStreamsOptions): Promise<AgentStreams> {
  const { snapshotTtl, certificateLifetime = 3 * snapshotTtl } = options.config
  if (certificateLifetime < 3 * snapshotTtl) throw new RangeError('a certificate lives at least three times as long as a snapshot')
  const opened: (() => Promise<void>)[] = []
  const close = async (): Promise<void> => {
    for (const step of opened.splice(0).toReversed()) await step()
  }
  try {
    return { ...(await open(options, certificateLifetime, opened)), close }
  } catch (error) {
    await close()
    throw error
  }
}

async function open(options: AgentStreamsOptions, lifetime: number, opened: (() => Promise<void>)[]): Promise<Omit<AgentStreams, 'close'>> {
  const { db, databaseUrl, secrets, config, log } = options
  const { snapshotTtl, exposed = false } = config
  const authority = await openAuthority(db, secrets)
  await ensureSigner(db, secrets)
  await ensureHashKey(db, secrets)
  const changes = await watchConfig({
    url: databaseUrl,
    onError: (error) => log.warn({ reason: error.message }, 'the configuration cannot be watched right now'),
  })
  opened.push(() => changes.close())
  const links = watchLinks({ db, databaseUrl, log })
  opened.push(links.close)
  const registry = createRegistry({ db, secrets, changes, exposed })
  const trail = createDirectDatabase(databaseUrl, {
    onError: (error) => log.warn({ reason: error.message }, 'a connection for the trail was lost'),
  })
  opened.push(() => trail.close())
  const running = createRunning()
  const context: StreamsContext = { ...options, authority, links, trail, registry, snapshotTtl }
  const listener = await listen({
    authority,
    bind: config.bind,
    port: config.grpcPort,
    names: ['localhost', '127.0.0.1', '::1', ...(config.grpcNames ?? [])],
    enrollment: enrollmentService({ db, secrets, authority, lifetime, log }),
    agents: {
      streamControl: (call) => running.add(serveControl(call, context)),
      streamConfig: (call) => running.add(serveConfig(call, context)),
      streamAudit: (call) => running.add(serveAudit(call, context)),
    },
    log,
  })
  opened.push(() => running.ended(), listener.close)
  return {
    port: listener.port,
    ca: authority.bundle,
    issueServer: (names, life) => authority.issueServer(names, life),
    createJoinToken: (wanted) => createJoinToken(db, authority, wanted),
  }
}

/** Streams that are being served, so that nobody takes the database away from under them. */
function createRunning() {
  const served = new Set<Promise<void>>()
  return {
    add: (stream: Promise<void>): void => {
      served.add(stream)
      void stream.finally(() => served.delete(stream))
    },
    ended: async (): Promise<void> => {
      await Promise.race([Promise.allSettled(served), sleep(lastWords, undefined, { ref: false })])
    },
  }
}

/** Milliseconds for what streams still have to write down when they end. */
const lastWords = 3_000
