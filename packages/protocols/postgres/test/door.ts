import { spawn } from 'node:child_process'
import { setMaxListeners } from 'node:events'
import net from 'node:net'
import type { EngineOptions } from '@sallyport/gate'
import { createGate, createMemoryBudget } from '@sallyport/gate'
import type { Policy } from '@sallyport/policy'
import { createWorld, identityOf, policyOf, type World } from '@sallyport/testkit'
import type { Classifiers } from '../src/classifier.js'
import { createEngine, type EngineLimits } from '../src/engine.js'
import { postgres } from '../src/index.js'
import { password, type TestTarget } from './target.js'
import { connection, dial } from './transports.js'

/** An agent as small as it can be: the engine behind a real socket, the real gate, and everything else fake. */
export interface Door {
  readonly port: number
  readonly world: World
  readonly warnings: string[]
  psql(sql: string, options?: PsqlOptions): Promise<Told>
  /** What psql says to one statement after the other, each sent by itself, as lines; of errors only what is wrong. */
  say(
    statements: readonly string[],
    env?: PsqlOptions['env'],
  ): Promise<{ readonly out: readonly string[]; readonly err: readonly string[] }>
  /** Opens a socket that speaks for itself. */
  raw(): Promise<RawClient>
  connections(): number
  stop(): Promise<void>
}

export interface PsqlOptions {
  readonly user?: string
  readonly token?: string
  readonly database?: string
  readonly sslmode?: string
  readonly env?: Readonly<Record<string, string>>
  readonly args?: readonly string[]
}

export interface Told {
  readonly code: number | null
  readonly out: string
  readonly err: string
}

export interface RawClient {
  readonly socket: net.Socket
  /** Everything heard so far. */
  readonly heard: () => Buffer
  /** Resolves when the other side closed; answers everything heard. */
  readonly closed: Promise<Buffer>
  readonly until: (test: (heard: Buffer) => boolean) => Promise<Buffer>
}

export const everything = policyOf({
  kind: 'policy',
  name: 'everything',
  subjects: { groups: ['agents'] },
  resources: { names: ['shop', 'broken', 'away'] },
  rules: [
    {
      id: 'all',
      match: {
        effects: {
          only: [
            'read',
            'write',
            'insert',
            'update',
            'delete',
            'bulk_import',
            'tx',
            'session_ok',
            'cursor',
            'prepare',
            'explain',
            'delay',
            'ddl',
          ],
        },
      },
      action: 'allow',
    },
  ],
})

export interface DoorOptions {
  readonly policies?: readonly Policy[]
  readonly target?: Readonly<Record<string, unknown>>
  readonly plaintextAllowed?: boolean
  readonly limits?: Partial<EngineLimits>
  readonly instance?: number
  readonly classifiers?: Classifiers
  /** Is told of each client's connection and each transport to a target as the engine gets it. */
  readonly seen?: (part: object) => void
}

export async function openDoor(target: TestTarget, options: DoorOptions = {}): Promise<Door> {
  const { policies = [everything], plaintextAllowed = false, instance = 3, seen = () => undefined } = options
  const resource = (name: string, fields: Readonly<Record<string, unknown>>) => ({
    id: `res_${name}`,
    name,
    protocol: 'postgres',
    labels: {},
    target: { host: '127.0.0.1', port: target.port, database: 'postgres', user: 'app_scram', ...fields },
    secrets: { password },
  })
  const world = createWorld({
    policies,
    resources: [resource('shop', options.target ?? {}), resource('broken', { user: 'app_nobody' }), resource('away', { port: 1 })],
    tokens: { 'token-me': identityOf('me', { groups: ['agents'] }), 'token-stranger': identityOf('stranger') },
    dialer: {
      async dial({ target: { port } }) {
        const upstream = await dial(port as number)
        seen(upstream)
        return upstream
      },
    },
  })
  const gate = createGate(world, { obligations: () => postgres.obligations })
  const warnings: string[] = []
  const log: EngineOptions['log'] = {
    warn: (fields, message) => void warnings.push(`${message} ${JSON.stringify(fields)}`),
    info: () => undefined,
  }
  const { limits, classifiers } = options
  const engine = await createEngine(
    { instance, log, memory: createMemoryBudget(1 << 30) },
    { ...(limits && { limits }), ...(classifiers && { classifiers }) },
  )
  const drain = new AbortController()
  setMaxListeners(0, drain.signal)
  let live = 0
  const server = net.createServer({ noDelay: true }, (socket) => {
    live++
    socket.on('error', () => undefined)
    const client = connection(socket, drain.signal, plaintextAllowed)
    seen(client)
    void engine.serve(client, gate).finally(() => live--)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as net.AddressInfo

  const psql: Door['psql'] = (sql, { user = 'me', token = 'token-me', database = 'shop', sslmode = 'require', env = {}, args = [] } = {}) =>
    run('psql', [`host=127.0.0.1 port=${port} user=${user} dbname=${database} sslmode=${sslmode}`, '-XAtc', sql, ...args], {
      PGPASSWORD: token,
      ...env,
    })

  return {
    port,
    world,
    warnings,
    psql,
    async say(statements, env = {}) {
      const [first = '', ...more] = statements
      const { out, err } = await psql(first, { env, args: more.flatMap((sql) => ['-c', sql]) })
      return { out: out.split('\n'), err: err.split('\n').filter((line) => line.startsWith('ERROR')) }
    },
    raw: () => rawClient(port),
    connections: () => live,
    async stop() {
      drain.abort()
      gate.drain({ code: 'drained', message: 'the test is over' })
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

export function run(command: string, args: readonly string[], env: Readonly<Record<string, string>>): Promise<Told> {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, {
      env: { PATH: process.env['PATH'] ?? '', HOME: '/nonexistent', ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    let out = ''
    let err = ''
    child.stdout.on('data', (chunk: Buffer) => (out += chunk.toString()))
    child.stderr.on('data', (chunk: Buffer) => (err += chunk.toString()))
    child.on('error', reject)
    child.on('close', (code) => resolve({ code, out: out.trim(), err: err.trim() }))
  })
}

function rawClient(port: number): Promise<RawClient> {
  return new Promise((resolve) => {
    const socket = net.connect({ port, host: '127.0.0.1', noDelay: true })
    let heard = Buffer.alloc(0)
    const waiting = new Set<() => void>()
    socket.on('data', (chunk) => {
      heard = Buffer.concat([heard, chunk])
      for (const wake of waiting) wake()
    })
    socket.on('error', () => undefined)
    const closed = new Promise<Buffer>((done) => socket.on('close', () => done(heard)))
    const until = (test: (heard: Buffer) => boolean) =>
      new Promise<Buffer>((done) => {
        const look = () => {
          if (!test(heard)) return
          waiting.delete(look)
          done(heard)
        }
        waiting.add(look)
        socket.on('close', () => done(heard))
        look()
      })
    socket.on('connect', () => resolve({ socket, heard: () => heard, closed, until }))
  })
}
