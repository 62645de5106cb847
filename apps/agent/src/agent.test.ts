import { generateKeyPairSync, sign } from 'node:crypto'
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { createServer } from 'node:net'
import type { AddressInfo } from 'node:net'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { connect as connectTls } from 'node:tls'
import type { Duplex } from 'node:stream'
import type { Resource } from '@sallyport/core'
import { parseTrustProvider } from '@sallyport/identity'
import { createFakeApprovals, createFakeConfig, policyOf } from '@sallyport/testkit'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { startAgent } from './agent.js'
import type { Agent, Planes } from './agent.js'
import { loadConfig } from './config.js'
import type { AgentConfig } from './config.js'
import { createLog } from './log.js'

const issuerKey = generateKeyPairSync('ec', { namedCurve: 'P-256' })
const auditKey = generateKeyPairSync('ed25519')
const sealing = generateKeyPairSync('x25519')
const passwordCanary = 'target-password-canary'

let folder = ''
let logged = ''
const agents: Agent[] = []
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'agent '))
  logged = ''
})
afterEach(async () => {
  for (const agent of agents.splice(0)) await agent.stop()
  await rm(folder, { recursive: true, force: true })
})

function configuration(env: Readonly<Record<string, string>> = {}): AgentConfig {
  const loaded = loadConfig(['--server', 'localhost:1', '--data', folder], {
    SALLYPORT_PG_PORT: '0',
    SALLYPORT_ADMIN_PORT: '0',
    SALLYPORT_DRAIN_SECONDS: '0',
    ...env,
  })
  if (!loaded.ok) throw new Error(loaded.errors.join('\n'))
  return loaded.config
}

/** A control plane that has said its piece: one provider, one policy, one resource whose target is not there. */
function fakePlanes(port: number): Planes & { readonly enrolled: string[]; become(): void } {
  const { x = '', y = '' } = issuerKey.publicKey.export({ format: 'jwk' })
  const parsed = parseTrustProvider({
    name: 'demo',
    issuer: 'https://issuer',
    audiences: ['sallyport'],
    api_audiences: ['api'],
    subject: 'sub',
  })
  if (!parsed.ok) throw new Error(JSON.stringify(parsed))
  const everything = policyOf({
    kind: 'policy',
    name: 'all',
    subjects: { providers: ['demo'] },
    resources: { names: ['shop'] },
    rules: [{ id: 'read', match: { effects: { only: ['read'] } }, action: 'allow' }],
  })
  const target = { host: '127.0.0.1', port, database: 'shop', user: 'gateway', sslmode: 'disable' }
  const shop: Resource = { id: 'res_1', name: 'shop', protocol: 'postgres', labels: {}, target, secrets: { password: passwordCanary } }
  const config = createFakeConfig({
    version: '1',
    expiresAt: Date.now() + 3_600_000,
    policies: [everything],
    resources: new Map([['shop', shop]]),
    locks: [],
    providers: new Set(['demo']),
  })
  let become: () => void = () => undefined
  const ready = new Promise<void>((resolve) => (become = resolve))
  const enrolled: string[] = []
  return {
    enrolled,
    become: () => become(),
    async enrol({ dataDir }) {
      enrolled.push(dataDir)
      return { agentId: 'agt_a', instanceId: 'ins_a', auditKey: auditKey.privateKey, sealingKey: sealing.privateKey }
    },
    connect: async () => ({
      ...config,
      agentId: 'agt_a',
      providers: () => [parsed.provider],
      keys: () => [{ kty: 'EC', crv: 'P-256', x, y, kid: 'k1', alg: 'ES256' }],
      state: () => ({ link: 'connected', certificateExpiresAt: 0, acknowledged: 0 }),
      ready: () => ready,
      uploadTargetModel: () => Promise.resolve(),
      uploadPosture: () => Promise.resolve(),
      onSample: () => undefined,
      approvals: createFakeApprovals(),
      close: () => Promise.resolve(),
    }),
  }
}

async function start(planes: Planes, env?: Readonly<Record<string, string>>): Promise<Agent> {
  const log = createLog('debug', { write: (line) => void (logged += line) })
  const agent = await startAgent({ config: configuration(env), version: '0.0.0', log, planes })
  agents.push(agent)
  return agent
}

/** A port that nobody listens on. */
async function deadPort(): Promise<number> {
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  await new Promise((resolve) => server.close(resolve))
  return port
}

function tokenFor(subject: string): string {
  const encode = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url')
  const seconds = Math.floor(Date.now() / 1000)
  const claims = { iss: 'https://issuer', aud: 'sallyport', sub: subject, iat: seconds, exp: seconds + 600 }
  const body = `${encode({ alg: 'ES256', kid: 'k1' })}.${encode(claims)}`
  return `${body}.${sign('sha256', Buffer.from(body), { key: issuerKey.privateKey, dsaEncoding: 'ieee-p1363' }).toString('base64url')}`
}

/** Logs in as psql does, and answers everything the server said from the password on, as text. */
async function login(agent: Agent, user: string, password: string): Promise<string> {
  const socket = connect({ port: agent.ports.postgres, host: '127.0.0.1' })
  socket.on('error', () => undefined)
  socket.write(Buffer.from([0, 0, 0, 8, 4, 210, 22, 47]))
  expect(String(await next(socket))).toBe('S')
  const ca = await readFile(agent.authority ?? '', 'utf8')
  const secure = connectTls({ socket, servername: 'localhost', ca, ALPNProtocols: ['postgresql'] })
  secure.on('error', () => undefined)
  const start = Buffer.from(`\0\0\0\0\0\u0003\0\0user\0${user}\0database\0shop\0\0`)
  start.writeInt32BE(start.length)
  secure.write(start)
  expect([...(await next(secure))].slice(0, 9)).toEqual([0x52, 0, 0, 0, 8, 0, 0, 0, 3])
  const answer = Buffer.from(`p\0\0\0\0${password}\0`)
  answer.writeInt32BE(answer.length - 1, 1)
  secure.write(answer)
  let said = ''
  for await (const chunk of secure) said += String(chunk)
  return said
}

const next = (stream: Duplex): Promise<Buffer> => new Promise((resolve) => void stream.once('data', resolve))

async function ask(agent: Agent, path: string): Promise<{ readonly status: number; readonly text: string }> {
  const response = await fetch(`http://127.0.0.1:${agent.ports.admin}${path}`)
  return { status: response.status, text: await response.text() }
}

async function everyByte(): Promise<string> {
  const names = await readdir(folder, { recursive: true, withFileTypes: true })
  const files = names.filter((name) => name.isFile()).map((name) => readFile(join(name.parentPath, name.name), 'latin1'))
  return (await Promise.all(files)).join('\n')
}

describe('the agent', () => {
  it('takes its ports before it enrols: a taken port costs no join token', async () => {
    const planes = fakePlanes(1)
    const first = await start(planes)
    const second = start(planes, { SALLYPORT_PG_PORT: String(first.ports.postgres) })
    await expect(second).rejects.toThrow(`port ${first.ports.postgres} on 127.0.0.1 is taken by`)
    expect(planes.enrolled).toHaveLength(1)
  })

  it('says how it is, and no more than that', async () => {
    const planes = fakePlanes(1)
    const agent = await start(planes)
    expect((await ask(agent, '/healthz')).status).toBe(200)
    planes.become()
    await agent.ready
    expect((await ask(agent, '/readyz')).status).toBe(200)
    const { status, text } = await ask(agent, '/metrics')
    expect(status).toBe(200)
    for (const name of ['sallyport_sessions', 'sallyport_spool_depth', 'sallyport_units_total', 'sallyport_judge_seconds'])
      expect(text).toContain(name)
    expect((await ask(agent, '/etc/passwd')).status).toBe(404)
  })

  it('never writes a token or a target password into its log, its files, its figures or an answer', async () => {
    const agent = await start(fakePlanes(await deadPort()))
    const good = tokenFor('billing-agent')
    const forged = `${good.slice(0, -8)}AAAAAAAA`
    const answers = [
      await login(agent, 'billing-agent', forged),
      await login(agent, 'billing-agent', 'not-a-token-but-a-canary'),
      await login(agent, 'somebody-else', good),
      await login(agent, 'billing-agent', good),
    ]
    expect(answers.map((answer) => answer.charAt(0))).toEqual(['E', 'E', 'E', 'E'])
    expect(answers.at(3)).toContain('does not answer')
    const figures = (await ask(agent, '/metrics')).text
    expect(figures).toMatch(/sallyport_logins_refused_total\{code="token_signature"\} 1/)
    expect(figures).toMatch(/sallyport_sessions_opened_total 1/)
    await agents.pop()?.stop()
    const trail = await everyByte()
    expect(trail).toContain('"type":"session.opened"')
    expect(trail).toContain('"type":"session.ended"')
    const all = [logged, trail, figures, ...answers].join('\n')
    expect(logged.length).toBeGreaterThan(0)
    const canaries = [good, forged, good.split('.').at(2) ?? '', 'not-a-token-but-a-canary', passwordCanary]
    for (const canary of canaries) expect(all.includes(canary)).toBe(false)
  })

  it('goes on in the same trail after it was stopped', async () => {
    const planes = fakePlanes(1)
    await (await start(planes)).stop()
    agents.pop()
    await start(planes)
    const trail = await everyByte()
    expect(trail.match(/"what":"agent.started"/g)).toHaveLength(2)
    expect(new Set(trail.match(/spl_[0-9a-z]{26}/g)).size).toBe(1)
  })
})

describe('the log', () => {
  it('strikes out what may be a secret, wherever it stands', () => {
    const log = createLog('info', { write: (line) => void (logged += line) })
    log.info(
      {
        token: 'canary',
        resource: { secrets: { password: 'canary' } },
        headers: { authorization: 'canary' },
        a: { b: { c: { key: 'canary' } } },
      },
      'm',
    )
    expect(logged).toContain('[redacted]')
    expect(logged).not.toContain('canary')
  })
})
