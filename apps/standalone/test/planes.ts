import { randomBytes } from 'node:crypto'
import { cp, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { newId, systemClock } from '../../agent/src/clock.js'
import { enrol } from '../../agent/src/enrol/index.js'
import { openIdentity } from '../../agent/src/enrol/identity.js'
import { connectPlane } from '../../agent/src/plane/index.js'
import type { Plane } from '../../agent/src/plane/index.js'
import { openFolder } from '../../agent/src/spool/disk.js'
import { defaultLimits, openSpool } from '../../agent/src/spool/spool.js'
import type { Spool } from '../../agent/src/spool/spool.js'
import { startAgentStreams } from '../../control-plane/src/agent-streams/index.js'
import type { AgentStreams, AgentStreamsOptions } from '../../control-plane/src/agent-streams/index.js'
import { createDatabase } from '../../control-plane/src/db/index.js'
import type { Database } from '../../control-plane/src/db/index.js'
import { createSecretBox, masterKeyFrom } from '../../control-plane/src/secrets/index.js'
import type { SecretBox } from '../../control-plane/src/secrets/index.js'
import { createTestDatabase } from '../../control-plane/src/testing/database.js'

/**
 * Both planes in one process over real gRPC on loopback, one PostgreSQL behind them, the real spool between. A caller
 * gets a database of its own; everything it starts ends with `close`.
 */
export interface Planes {
  readonly db: Database
  readonly secrets: SecretBox
  readonly url: string
  /** Starts a replica; `port` 0 picks one. */
  replica(options?: Partial<AgentStreamsOptions['config']> & Pick<AgentStreamsOptions, 'refetchKeys'>): Promise<AgentStreams>
  agent(options: AgentWanted): Promise<RunningAgent>
  folder(): Promise<string>
  close(): Promise<void>
}

export interface AgentWanted {
  readonly port: number
  readonly dataDir: string
  readonly joinToken?: string
}

export interface RunningAgent {
  readonly plane: Plane
  readonly spool: Spool
  readonly dataDir: string
  stop(): Promise<void>
}

const silent = { info: () => {}, warn: () => {}, error: () => {} }
const loud = process.env['SALLYPORT_TEST_LOG'] === '1'
const log = loud
  ? Object.fromEntries(
      ['info', 'warn', 'error'].map((level) => [
        level,
        (fields: object, text: string) => process.stderr.write(`${level} ${text} ${JSON.stringify(fields)}\n`),
      ]),
    )
  : silent

/** All that a test file opens, each with a database of its own. */
export function startPlanes(): { open(): Promise<Planes>; stop(): Promise<void> } {
  const opened: Planes[] = []
  return {
    open: async () => {
      const planes = await openPlanes()
      opened.push(planes)
      return planes
    },
    stop: async () => {
      for (const planes of opened) await planes.close()
    },
  }
}

async function openPlanes(): Promise<Planes> {
  const database = await createTestDatabase()
  const { url } = database
  const db = createDatabase(url)
  const master = masterKeyFrom(randomBytes(32).toString('hex'))
  if (master === undefined) throw new Error('a key of 32 bytes is a master key')
  const secrets = createSecretBox(master)
  const closers: (() => Promise<unknown>)[] = []
  const folder = async (): Promise<string> => {
    const path = await mkdtemp(join(tmpdir(), 'sallyport-planes-'))
    closers.unshift(() => rm(path, { recursive: true, force: true }))
    return path
  }
  let closed = false
  return {
    db,
    secrets,
    url,
    folder,
    replica: async ({ refetchKeys, ...config } = {}) => {
      const streams = await startAgentStreams({
        db,
        databaseUrl: url,
        secrets,
        config: { bind: '127.0.0.1', grpcPort: 0, snapshotTtl: 3_600_000, ...config },
        log: log as typeof silent,
        approvalUrl: (id) => `https://sallyport.test/approvals/${id}`,
        ...(refetchKeys && { refetchKeys }),
      })
      const close = once(() => streams.close())
      closers.push(close)
      return { ...streams, close }
    },
    agent: async (wanted) => {
      const agent = await runAgent(wanted)
      closers.push(() => agent.stop())
      return agent
    },
    close: once(async () => {
      if (closed) return
      closed = true
      for (const close of closers.toReversed()) await close()
      await db.$disconnect()
      await database.drop()
    }),
  }
}

async function runAgent({ port, dataDir, joinToken }: AgentWanted): Promise<RunningAgent> {
  const server = `127.0.0.1:${port}`
  const identity =
    (await openIdentity(dataDir)) ?? (await enrol({ dataDir, server, agentVersion: 'test', ...(joinToken !== undefined && { joinToken }) }))
  const spool = await openSpool({
    disk: await openFolder(join(dataDir, 'spool')),
    owner: { agent: identity.agentId, instance: identity.instanceId },
    key: identity.auditKey,
    clock: systemClock,
    newId,
    limits: defaultLimits,
    onFailed: () => {},
  })
  const plane = await connectPlane({ dataDir, server, spool: spool.reader, agentVersion: 'test', log: log as typeof silent })
  return {
    plane,
    spool,
    dataDir,
    stop: once(async () => {
      await plane.close()
      await spool.close()
    }),
  }
}

/** A copy of a data directory, as a thief or a careless backup makes it. */
export function copyFolder(from: string, to: string): Promise<void> {
  return cp(from, to, { recursive: true })
}

function once(run: () => Promise<void>): () => Promise<void> {
  let ran: Promise<void> | undefined
  return () => (ran ??= run())
}

/** Waits until something is so; the time limit is that of the test. */
export async function eventually<T>(look: () => T | undefined | false | Promise<T | undefined | false>): Promise<T> {
  for (;;) {
    const found = await look()
    if (found !== undefined && found !== false) return found
    await new Promise((resolve) => setTimeout(resolve, 10))
  }
}
