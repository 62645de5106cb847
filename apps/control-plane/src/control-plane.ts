import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { holderOf } from '@sallyport/host'
import { startAgentStreams, type AgentStreams } from './agent-streams/index.js'
import { createKeyStore, type KeyStore } from './auth/key-store.js'
import { bootstrap } from './bootstrap.js'
import type { Config } from './config.js'
import type { Context } from './context.js'
import { createDatabase, migrate, watchConfig, type Database } from './db/index.js'
import type { App } from './http/app.js'
import { isLoopback } from './http/loopback.js'
import { startJobs } from './jobs/index.js'
import { describeError, type Log } from './log.js'
import { issueOwnCertificate, type OwnCertificate } from './own-certificate.js'
import { createRest } from './rest.js'
import { createSecretBox, foreignDataKeys, type SecretBox } from './secrets/index.js'

/** One replica of the control plane. Everything it shares with others lies in the database. */
export interface ControlPlane {
  readonly ports: { readonly http: number; readonly grpc: number }
  close(): Promise<void>
}

/** What keeps this process from starting at all; its message is for the operator. */
export class StartError extends Error {
  override readonly name = 'StartError'
  constructor(
    message: string,
    readonly exitCode: 1 | 2,
  ) {
    super(message)
  }
}

export interface StartOptions {
  readonly config: Config
  readonly log: Log
  readonly print: (line: string) => void
}

/** Closes what was opened, last first. */
type Closers = (() => Promise<unknown>)[]

export async function startControlPlane({ config, log, print }: StartOptions): Promise<ControlPlane> {
  const closers: Closers = []
  const close = async (): Promise<void> => {
    for (const step of closers.splice(0).toReversed())
      await step().catch((error: unknown) => log.warn({ err: error }, 'a part did not close'))
  }
  try {
    const context = await openContext(config, log, closers)
    // Links to approvals need the port in use, which is known once REST listens.
    const listening = { port: config.httpPort }
    const approvalUrl = (id: string): string => `${publicOrigin(config, listening.port)}/approvals/${id}`
    const streams = await openStreams(config, { ...context, approvalUrl }, closers)
    const own = await ownCertificate({ config, streams, log, print })
    const jobs = await startJobs({ ...context, databaseUrl: config.databaseUrl, redisUrl: config.redisUrl, log })
    closers.push(() => jobs.close())
    const http = await listen({ config, context: { ...context, streams, jobs }, own }, closers)
    listening.port = http
    await bootstrap({ db: context.db, streams, folder: config.bootstrapDir, agentWanted: config.bootstrapAgent, print })
    return { ports: { http, grpc: streams.port }, close }
  } catch (error) {
    await close()
    throw error
  }
}

async function openContext(
  config: Config,
  log: Log,
  closers: Closers,
): Promise<Context & { readonly db: Database; readonly secrets: SecretBox; readonly keys: KeyStore }> {
  const { applied } = await migrate(config.databaseUrl)
  if (applied.length > 0) log.info({ migrations: applied }, 'the database was migrated')
  const db = createDatabase(config.databaseUrl, { onError: (error) => log.warn({ err: error }, 'a database connection was lost') })
  closers.push(() => db.$disconnect())
  const foreign = await foreignDataKeys(db, config.masterKey)
  if (foreign.length > 0) {
    throw new StartError(
      `SALLYPORT_MASTER_KEY_FILE holds the key ${config.masterKey.id}, but secrets in the database are sealed under ${foreign.join(', ')}`,
      2,
    )
  }
  const changes = await watchConfig({ url: config.databaseUrl, onError: (error) => log.warn({ err: error }, 'changes cannot be watched') })
  closers.push(() => changes.close())
  const exposed = !isLoopback(config.bind)
  const now = Date.now
  const keys = createKeyStore({ db, log, exposed, now })
  return { config, db, changes, secrets: createSecretBox(config.masterKey), keys, log, now, exposed }
}

interface StreamParts extends Context {
  readonly approvalUrl: (approval: string) => string
}

async function openStreams(
  config: Config,
  { db, secrets, keys, log, exposed, approvalUrl }: StreamParts,
  closers: Closers,
): Promise<AgentStreams> {
  const { bind, grpcPort, snapshotTtl, databaseUrl } = config
  const streams = await startAgentStreams({
    db,
    databaseUrl,
    secrets,
    config: { bind, grpcPort, snapshotTtl, exposed, ...(exposed && { grpcNames: namesOf(config) }) },
    log,
    approvalUrl,
    refetchKeys: async (provider) => {
      await keys.refresh(provider, unknownKeyPause)
    },
  }).catch((error: unknown) => {
    throw taken(error, 'SALLYPORT_GRPC_PORT', grpcPort)
  })
  closers.push(() => streams.close())
  return streams
}

/** Milliseconds between two fetches that agents ask for. */
const unknownKeyPause = 10_000

/** Where people reach REST and console. */
function publicOrigin({ publicUrl, bind, tls }: Config, port: number): string {
  if (publicUrl !== undefined) return publicUrl
  const host = bind === '0.0.0.0' || bind === '::' ? 'localhost' : bind.includes(':') ? `[${bind}]` : bind
  return `${tls !== undefined || !isLoopback(bind) ? 'https' : 'http'}://${host}:${port}`
}

/** Names by which agents on other machines call this one. */
function namesOf({ bind, publicUrl }: Config): readonly string[] {
  const wildcard = bind === '0.0.0.0' || bind === '::'
  return [...(wildcard ? [] : [bind]), ...(publicUrl === undefined ? [] : [new URL(publicUrl).hostname.replace(/^\[(.*)\]$/, '$1')])]
}

interface Parts extends StartOptions {
  readonly streams: AgentStreams
}

/** Off loopback there is always TLS; undefined where none is needed or the operator gave a certificate. */
async function ownCertificate({ config, streams, log, print }: Parts): Promise<OwnCertificate | undefined> {
  if (config.tls !== undefined || isLoopback(config.bind)) return undefined
  const caFile = join(config.home, 'control-plane-ca.pem')
  const own = await issueOwnCertificate({ streams, names: namesOf(config), caFile, log })
  print(`REST and console show a certificate of Sallyport's own authority, which callers trust by ${caFile}`)
  return own
}

interface Listening {
  readonly config: Config
  readonly context: Context
  readonly own: OwnCertificate | undefined
}

async function listen({ config, context, own }: Listening, closers: Closers): Promise<number> {
  const { publicUrl, tls = own?.tls, bind, httpPort } = config
  // Without a public address the name it was told to listen on; addresses are recognised by themselves.
  const publicHost = (): string => (publicUrl === undefined ? `${bind}:${portOf(app.server.address())}` : new URL(publicUrl).host)
  const app: App = await createRest({ context, publicHost, ...(tls && { tls }) })
  closers.push(() => app.close())
  const release = own?.keepOn(app.server)
  closers.push(async () => release?.())
  await app.listen({ host: bind, port: httpPort }).catch((error: unknown) => {
    throw taken(error, 'SALLYPORT_HTTP_PORT', httpPort)
  })
  return portOf(app.server.address())
}

function portOf(address: AddressInfo | string | null): number {
  return typeof address === 'object' && address !== null ? address.port : 0
}

function taken(error: unknown, variable: string, port: number): unknown {
  const inUse = /EADDRINUSE/.test(JSON.stringify(describeError(error)))
  return inUse ? new StartError(`${variable}: port ${port} is taken by ${holderOf(port)}`, 1) : error
}
