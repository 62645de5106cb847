import { spawn, type ChildProcess } from 'node:child_process'
import type { X509Certificate } from 'node:crypto'
import { once } from 'node:events'
import { createServer } from 'node:net'
import { connect } from 'node:tls'
import { mkdtemp, readFile, rm, stat } from 'node:fs/promises'
import { hostname, tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { createClient, ProblemError, unwrap } from '@sallyport/client'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { loadConfig, type Config } from './config.js'
import { startControlPlane, type ControlPlane } from './control-plane.js'
import { createDatabase } from './db/index.js'
import { createLog } from './log.js'
import { newMasterKeyText } from './secrets/index.js'
import { selfSigned } from './testing/certificate.js'
import { createTestDatabase, type TestDatabase } from './testing/database.js'
import { startIssuer, type Issuer } from './testing/issuer.js'

let database: TestDatabase
let issuer: Issuer
let home: string
const running: ControlPlane[] = []
const children: ChildProcess[] = []

beforeAll(async () => {
  ;[database, issuer] = await Promise.all([createTestDatabase({ empty: true }), startIssuer()])
})
afterAll(async () => {
  await issuer.close()
  await database.drop()
})
beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), 'sallyport-plane-'))
})
afterEach(async () => {
  await Promise.all(running.splice(0).map((plane) => plane.close()))
  for (const child of children.splice(0)) child.kill('SIGKILL')
  await rm(home, { recursive: true, force: true })
})

const masterKey = newMasterKeyText()
const environment = (changes: Record<string, string> = {}): Record<string, string> => ({
  SALLYPORT_HOME: home,
  DATABASE_URL: database.url,
  SALLYPORT_HTTP_PORT: '0',
  SALLYPORT_GRPC_PORT: '0',
  SALLYPORT_MASTER_KEY: masterKey,
  SALLYPORT_BOOTSTRAP_DIR: home,
  ...changes,
})

function configOf(changes: Record<string, string> = {}): Config {
  const loaded = loadConfig(environment(changes))
  if (!loaded.ok) throw new Error(loaded.errors.join())
  return loaded.config
}

async function start(config: Config): Promise<ControlPlane & { readonly printed: string[] }> {
  const printed: string[] = []
  const plane = await startControlPlane({ config, log: createLog('silent'), print: (line) => printed.push(line) })
  running.push(plane)
  return { ...plane, printed }
}

const at = (plane: ControlPlane): string => `http://127.0.0.1:${plane.ports.http}`

describe('a control plane', () => {
  it('leaves a claim and a join token for whoever set it up, readable by the owner alone', async () => {
    const plane = await start(configOf())
    const [claim, token] = await Promise.all(['claim', 'join-token'].map((name) => readFile(join(home, name), 'utf8')))
    expect(plane.printed.join()).toContain(claim!.trim())
    expect(token).toMatch(/^sjt_/)
    for (const name of ['claim', 'join-token']) expect((await stat(join(home, name))).mode & 0o777).toBe(0o600)
  })

  it('leaves no join token once an agent has joined, unless its supervisor asks for one', async () => {
    const left = () => readFile(join(home, 'join-token'), 'utf8').catch(() => undefined)
    const first = await start(configOf())
    const db = createDatabase(database.url, { poolSize: 1 })
    const keys = { tlsKey: Buffer.alloc(1), auditKey: Buffer.alloc(32), sealingKey: Buffer.alloc(32) }
    const id = `agt_${'0'.repeat(26)}`
    await db.agent.create({ data: { id, labels: {}, state: 'enrolled', version: '1', certificateExpiresAt: new Date(), ...keys } })
    await first.close()
    const again = await start(configOf())
    expect(await left()).toBeUndefined()
    await again.close()
    await start(configOf({ SALLYPORT_BOOTSTRAP_AGENT: '1' }))
    expect(await left()).toMatch(/^sjt_/)
    expect(await db.adminEvent.count({ where: { actor: 'system', action: 'join_token.create' } })).toBeGreaterThan(0)
    await db.agent.delete({ where: { id } })
    await db.$disconnect()
  })

  it('is set up and asked by the typed client, and the next start prints no claim', async () => {
    const plane = await start(configOf())
    const claim = (await readFile(join(home, 'claim'), 'utf8')).trim()
    const nobody = createClient({ baseUrl: at(plane) })
    const body = {
      claim,
      trust_provider: { name: 'test', issuer: issuer.url, groups: 'groups', primary: true },
      admin: { group: 'admins' },
    }
    expect(await unwrap(nobody.POST('/v1/setup', { body }))).toEqual({ trust_provider: 'test', role: 'first-admin' })
    const client = createClient({ baseUrl: at(plane), token: () => issuer.token({ sub: 'root', groups: ['admins'] }) })
    const me = await unwrap(client.GET('/v1/me'))
    expect(me.principal.name).toBe('root')
    const refused = unwrap(client.GET('/v1/resources/{name}', { params: { path: { name: 'nowhere' } } }))
    await expect(refused).rejects.toThrow(ProblemError)
    await expect(refused).rejects.toMatchObject({ status: 404, problem: { code: 'resource_unknown' } })
    const again = await start(configOf())
    expect(again.printed).toEqual([])
    await expect(stat(join(home, 'claim'))).rejects.toThrow('ENOENT')
  })

  it('shares everything with its replicas: what one was told the other knows', async () => {
    const [one, two] = await Promise.all([start(configOf()), start(configOf())])
    const token = () => issuer.token({ sub: 'root', groups: ['admins'] })
    const [left, right] = [one, two].map((plane) => createClient({ baseUrl: at(plane!), token }))
    const target = { host: 'db.example', port: 5432, database: 'd', user: 'u', password: 'p', sslmode: 'verify-full' }
    await unwrap(left!.PUT('/v1/resources/{name}', { params: { path: { name: 'shared' } }, body: { protocol: 'postgres', target } }))
    expect((await unwrap(right!.GET('/v1/resources/{name}', { params: { path: { name: 'shared' } } }))).secrets).toEqual(['/password'])
  })

  it('does not start with a master key that did not seal what is there', async () => {
    const error = await start(configOf({ SALLYPORT_MASTER_KEY: newMasterKeyText() })).catch((reason: unknown) => reason)
    expect(error).toMatchObject({ name: 'StartError', exitCode: 2 })
    expect((error as Error).message).toMatch(/sealed under [0-9a-f]{16}/)
  })

  it.each(['SALLYPORT_HTTP_PORT', 'SALLYPORT_GRPC_PORT'])('names who holds the port of %s', async (variable) => {
    const holder = createServer()
    await new Promise<void>((resolve) => holder.listen(0, '127.0.0.1', resolve))
    const { port } = holder.address() as { port: number }
    const error = await start(configOf({ [variable]: String(port) })).catch((reason: unknown) => reason)
    expect((error as Error).message).toContain(`${variable}: port ${port} is taken by`)
    expect((error as Error).message).toContain(`process ${process.pid}`)
    await new Promise((resolve) => holder.close(resolve))
  })

  it('serves TLS where it has a certificate, and the client trusts the CA it is given and no other', async () => {
    const { cert, key } = await selfSigned()
    const plane = await start({ ...configOf(), tls: { cert, key } })
    const baseUrl = `https://127.0.0.1:${plane.ports.http}`
    const token = () => issuer.token({ sub: 'root', groups: ['admins'] })
    expect((await unwrap(createClient({ baseUrl, token, ca: cert }).GET('/v1/me'))).principal.name).toBe('root')
    await expect(createClient({ baseUrl, token, ca: (await selfSigned()).cert }).GET('/v1/me')).rejects.toThrow('fetch failed')
    await expect(createClient({ baseUrl, token }).GET('/v1/me')).rejects.toThrow('fetch failed')
  })

  it('shows off loopback a certificate of its own authority where it was given none, and says how to trust it', async () => {
    const plane = await start(configOf({ SALLYPORT_BIND: '0.0.0.0', SALLYPORT_PUBLIC_URL: 'https://gateway.example' }))
    const file = join(home, 'control-plane-ca.pem')
    expect(plane.printed.join()).toContain(file)
    const ca = await readFile(file, 'utf8')
    const baseUrl = `https://127.0.0.1:${plane.ports.http}`
    expect((await createClient({ baseUrl, ca }).GET('/readyz')).response.status).toBe(200)
    await expect(createClient({ baseUrl }).GET('/readyz')).rejects.toThrow('fetch failed')
    await expect(fetch(`http://127.0.0.1:${plane.ports.http}/readyz`)).rejects.toThrow('fetch failed')
    const shown = await certificateOf(plane.ports.http)
    for (const name of ['gateway.example', hostname(), 'localhost']) expect(shown.checkHost(name), name).toBeDefined()
    expect(shown.checkHost('elsewhere.example')).toBeUndefined()
  })
})

async function certificateOf(port: number): Promise<X509Certificate> {
  const socket = connect({ port, host: '127.0.0.1', rejectUnauthorized: false })
  await once(socket, 'secureConnect')
  const certificate = socket.getPeerX509Certificate()
  socket.destroy()
  return certificate!
}

describe('its process', () => {
  const main = fileURLToPath(new URL('../dist/main.js', import.meta.url))

  function run(
    args: readonly string[],
    env: Record<string, string>,
  ): { child: ChildProcess; text: () => string; exit: Promise<number | null> } {
    let text = ''
    const child = spawn(process.execPath, [main, ...args], { env: { PATH: process.env['PATH'] ?? '', ...env } })
    for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk: Buffer) => (text += chunk.toString()))
    children.push(child)
    return { child, text: () => text, exit: new Promise((resolve) => child.once('exit', resolve)) }
  }

  it('exits 2 with every error of its configuration, one to a line', async () => {
    const { exit, text } = run([], { SALLYPORT_HOME: home, DATABASE_URL: 'mysql://x', SALLYPORT_HTTP_PORT: 'x', SALLYPORT_TLS_KEY: 'x' })
    expect(await exit).toBe(2)
    const lines = text().trim().split('\n')
    expect(lines.length).toBeGreaterThanOrEqual(3)
    expect(lines.every((line) => line.startsWith('sallyport: '))).toBe(true)
  })

  it('exits 1 with one plain sentence when the database is away', async () => {
    const { exit, text } = run([], environment({ DATABASE_URL: 'postgresql://u:canary@127.0.0.1:1/db' }))
    expect(await exit).toBe(1)
    expect(text()).toContain('ECONNREFUSED')
    expect(text()).not.toContain('canary')
    expect(text().trim().split('\n')).toHaveLength(1)
  })

  it('tells its ports in a file and on stdout when it is ready, and ends cleanly on SIGTERM', async () => {
    const { child, exit, text } = run([], environment({ SALLYPORT_RUN_FILE: join(home, 'run.json') }))
    await expect.poll(() => text().includes('{"ready":'), { timeout: 15_000 }).toBe(true)
    const { ready } = JSON.parse(await readFile(join(home, 'run.json'), 'utf8')) as { ready: { http: number; pid: number } }
    expect(ready.pid).toBe(child.pid)
    expect((await fetch(`http://127.0.0.1:${ready.http}/readyz`)).status).toBe(200)
    child.kill('SIGTERM')
    expect(await exit).toBe(0)
  })

  it('rotates the master key as a command, after which only the new one starts', async () => {
    const file = join(home, 'new.key')
    const { exit, text } = run(['rotate-master-key', '--new-key-file', file], environment())
    expect([await exit, text()]).toEqual([0, expect.stringContaining('data keys are wrapped by')])
    expect((await stat(file)).mode & 0o777).toBe(0o600)
    await expect(start(configOf())).rejects.toMatchObject({ exitCode: 2 })
    const next = (await readFile(file, 'utf8')).trim()
    const plane = await start(configOf({ SALLYPORT_MASTER_KEY: next }))
    expect(plane.ports.http).toBeGreaterThan(0)
  })

  it('exits 2 on wrong usage', async () => {
    expect(await run(['dance'], environment()).exit).toBe(2)
  })
})
