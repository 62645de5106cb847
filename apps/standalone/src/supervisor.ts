/**
 * Starts everything in the order in which it is needed: issuer and database, control plane, agent, demo world. What
 * was started is the crew's to end, however far a start came.
 */
import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import type { Child } from './child.js'
import type { Crew } from './crew.js'
import { type Database, startDatabase } from './database.js'
import { mintApiToken } from './demo/mint.js'
import { readDocuments } from './demo/documents.js'
import { registerDemo, removeDemo, wasRegistered, type World } from './demo/register.js'
import { readText } from '@sallyport/host'
import { keepSecret } from './files.js'
import type { Ready } from './home.js'
import { openLog } from './log-file.js'
import { agent, controlPlane, issuer, masterKeyFile, ownAuthority, reachable, restOrigin, runFileOf, type Setting } from './processes.js'
import { type Door, restAt } from './rest.js'
import { untilAnswers } from './wait.js'

export interface Start extends Setting {
  readonly crew: Crew
  readonly say: (line: string) => void
  /** Told to end, also in the middle of starting. */
  readonly signal: AbortSignal
}

export interface Standalone {
  readonly ready: Ready
  /** Of the first administrator, as long as there is none. */
  readonly claim?: string
  /** Rejects when a process cannot be kept alive. */
  readonly failed: Promise<never>
}

/** Milliseconds between SIGTERM and SIGKILL; with PostgreSQL's own they stay under the ten seconds that are promised. */
const grace = { agent: 4_000, controlPlane: 2_000, issuer: 500 }

export async function startStandalone(start: Start): Promise<Standalone> {
  const { config, home, ports, crew, env } = start
  if (!env['SALLYPORT_MASTER_KEY']) await keepSecret(masterKeyFile(config, home))
  await keepSecret(join(home.demo, 'secret'))
  const vouching = config.demo ? crew.launch('issuer', issuer(start), grace.issuer) : undefined
  const database = await openDatabase(start)
  const url = config.databaseUrl ?? database?.url ?? ''
  if (!config.demo && (await wasRegistered(join(home.demo, 'applied.json')))) await forgetDemo(start, url)

  const { plane, door } = await openPlane(start, url)
  const gateway = crew.launch('agent', agent(start), grace.agent)
  if (vouching !== undefined) await settleDemo(start, { vouching, door, database })
  const admin: Door = { url: `http://${reachable(config.bind)}:${ports.admin}` }
  await untilAnswers({ what: 'the agent', door: admin, path: '/readyz', signal: start.signal, failed: gateway.failed })
  gateway.settled()
  await rm(join(home.bootstrap, 'join-token'), { force: true })

  const failed = Promise.race([plane, gateway, ...(vouching ? [vouching] : [])].map((child) => child.failed))
  failed.catch(() => {})
  const claim = (await readText(join(home.bootstrap, 'claim')))?.trim()
  return { ready: await crew.publish(facts(start)), failed, ...(claim && { claim }) }
}

interface Plane {
  readonly plane: Child
  /** REST. */
  readonly door: Door
}

async function openPlane(start: Start, databaseUrl: string): Promise<Plane> {
  const { config, home, ports, crew, signal } = start
  const certificate = config.tlsCertificate ?? ownAuthority(config, home)
  const door: Door = { url: restOrigin(config, ports), ...(certificate && { certificate }) }
  const left = [join(home.bootstrap, 'claim'), join(home.bootstrap, 'join-token'), runFileOf(home)]
  // What an earlier start was given and did not spend is worth nothing now.
  await Promise.all(left.map((path) => rm(path, { force: true })))
  const plane = crew.launch('control_plane', controlPlane(start, databaseUrl), grace.controlPlane)
  await untilAnswers({ what: 'the control plane', door, path: '/readyz', runFile: runFileOf(home), signal, failed: plane.failed })
  plane.settled()
  return { plane, door }
}

function facts({ config, home, ports }: Start): Omit<Ready, 'pids'> {
  const host = reachable(config.bind)
  const httpCa = ownAuthority(config, home)
  return {
    http: restOrigin(config, ports),
    grpc: `${host}:${ports.grpc}`,
    postgres: { host, port: ports.postgres },
    ssh: { host, port: ports.ssh },
    web: { host, port: ports.web },
    admin: `http://${host}:${ports.admin}`,
    issuer: `http://127.0.0.1:${ports.issuer}`,
    ca: join(home.agent, 'ca.pem'),
    ...(httpCa && { http_ca: httpCa }),
  }
}

/** Undefined when nobody needs one: no demo, and the control plane has its own. */
async function openDatabase({ config, home, ports, crew, say }: Start): Promise<Database | undefined> {
  if (!config.demo && config.databaseUrl !== undefined) return undefined
  const database = await startDatabase({
    home,
    port: ports.database,
    demo: config.demo,
    log: openLog(join(home.logs, 'postgres.log')),
    replaced: () => crew.renewed('postgres'),
    say,
  })
  crew.adopt('postgres', database)
  return database
}

interface Demo {
  readonly vouching: Child
  readonly door: Door
  readonly database: Database | undefined
}

async function settleDemo(start: Start, { vouching, door, database }: Demo): Promise<void> {
  const { config } = start
  if (database?.shop === undefined) throw new Error('the demo has no database')
  const url = await issuerAnswers(start, vouching)
  const { body } = await restAt({ url }).call('GET', '/.well-known/openid-configuration')
  const name = typeof body === 'object' && body !== null && 'issuer' in body ? String(body.issuer) : url
  const addresses = { issuer: name, jwks: `${url}/jwks`, audience: config.audience, apiAudience: config.apiAudience, shop: database.shop }
  await registerDemo(worldOf(start, door), await readDocuments(addresses))
}

/**
 * Removes what an earlier start registered. The issuer comes back for that alone, and the control plane on loopback,
 * where it may be trusted; both end again, so that the start that follows finds whether an administrator is left.
 */
async function forgetDemo(start: Start, databaseUrl: string): Promise<void> {
  const { tlsCertificate: _certificate, publicUrl: _url, ...config } = start.config
  const { SALLYPORT_TLS_CERT: _cert, SALLYPORT_TLS_KEY: _key, SALLYPORT_PUBLIC_URL: _public, ...env } = start.env
  const apart: Start = { ...start, config: { ...config, bind: '127.0.0.1' }, env }
  const vouching = start.crew.launch('issuer', issuer(apart), grace.issuer)
  const { plane, door } = await openPlane(apart, databaseUrl)
  await issuerAnswers(apart, vouching)
  await removeDemo(worldOf(apart, door), start.say)
  await Promise.all([plane.stop(grace.controlPlane), vouching.stop(grace.issuer)])
}

async function issuerAnswers({ ports, signal }: Start, vouching: Child): Promise<string> {
  const url = `http://127.0.0.1:${ports.issuer}`
  await untilAnswers({ what: "the demo's issuer", door: { url }, path: '/jwks', signal, failed: vouching.failed })
  vouching.settled()
  return url
}

function worldOf({ home, ports }: Start, door: Door): World {
  return {
    door,
    claimFile: join(home.bootstrap, 'claim'),
    appliedFile: join(home.demo, 'applied.json'),
    mint: () => mintApiToken({ issuer: `http://127.0.0.1:${ports.issuer}`, secretFile: join(home.demo, 'secret') }, 'root'),
  }
}
