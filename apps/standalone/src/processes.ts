/** How each process of the standalone is called: the same programs, flags and variables as on machines of their own. */
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { isLoopback, type Config, type Environment } from './config.js'
import { readText } from '@sallyport/host'
import type { Home } from './home.js'
import type { Ports } from './ports.js'

export interface Program {
  readonly script: string
  readonly args?: () => Promise<readonly string[]>
  readonly env: Environment
}

export interface Setting {
  readonly config: Config
  readonly home: Home
  readonly ports: Ports
  /** Of this process. */
  readonly env: Environment
}

const script = (path: string) => fileURLToPath(new URL(path, import.meta.url))

export function controlPlane({ config, home, ports, env }: Setting, databaseUrl: string): Program {
  return {
    script: script('../../control-plane/dist/main.js'),
    env: {
      ...inherited(env),
      DATABASE_URL: databaseUrl,
      REDIS_URL: env['REDIS_URL'],
      SALLYPORT_HOME: home.root,
      SALLYPORT_BIND: config.bind,
      SALLYPORT_HTTP_PORT: String(ports.http),
      SALLYPORT_GRPC_PORT: String(ports.grpc),
      SALLYPORT_BOOTSTRAP_DIR: home.bootstrap,
      SALLYPORT_BOOTSTRAP_AGENT: wasEnrolled(home) ? '0' : '1',
      SALLYPORT_RUN_FILE: runFileOf(home),
      ...(env['SALLYPORT_MASTER_KEY'] ? {} : { SALLYPORT_MASTER_KEY_FILE: masterKeyFile(config, home) }),
    },
  }
}

/** The agent writes its ids last of all: without them it has to join, whatever became of an earlier one. */
function wasEnrolled({ agent: folder }: Home): boolean {
  return existsSync(join(folder, 'identity', 'agent.json'))
}

/** Written by the control plane when it has left the claim and the join token. */
export function runFileOf(home: Home): string {
  return join(home.bootstrap, 'control-plane.json')
}

export function masterKeyFile(config: Config, home: Home): string {
  return config.masterKeyFile ?? join(home.keys, 'master.key')
}

export function agent({ config, home, ports, env }: Setting): Program {
  const { SALLYPORT_MASTER_KEY: _, ...rest } = inherited(env)
  return {
    script: script('../../agent/dist/main.js'),
    async args() {
      const token = (await readText(join(home.bootstrap, 'join-token')))?.trim()
      const joining = token ? ['--join', token] : []
      return ['run', ...joining, '--server', `${reachable(config.bind)}:${ports.grpc}`, '--data', home.agent]
    },
    env: { ...rest, SALLYPORT_BIND: config.bind, SALLYPORT_PG_PORT: String(ports.postgres), SALLYPORT_ADMIN_PORT: String(ports.admin) },
  }
}

export function issuer({ config, home, ports, env }: Setting): Program {
  const { SALLYPORT_MASTER_KEY: _, ...rest } = inherited(env)
  return {
    script: script('./issuer/main.js'),
    env: {
      ...rest,
      SALLYPORT_ISSUER_STATE: home.demo,
      SALLYPORT_ISSUER_PORT: String(ports.issuer),
      SALLYPORT_AUDIENCE: config.audience,
      SALLYPORT_API_AUDIENCE: config.apiAudience,
      SALLYPORT_ISSUER_REDIRECTS: `${restOrigin(config, ports)}/sign-in/callback`,
    },
  }
}

/** Where REST answers on this machine. */
export function restOrigin(config: Config, ports: Ports): string {
  return `${config.tlsCertificate === undefined && isLoopback(config.bind) ? 'http' : 'https'}://${reachable(config.bind)}:${ports.http}`
}

/** The authority that the control plane makes itself certificates of where nobody gave it one; absent where it shows none. */
export function ownAuthority(config: Config, home: Home): string | undefined {
  return config.tlsCertificate === undefined && !isLoopback(config.bind) ? join(home.root, 'control-plane-ca.pem') : undefined
}

/** An address at which what listens on `bind` can be reached from this machine. */
export function reachable(bind: string): string {
  if (bind === '0.0.0.0') return '127.0.0.1'
  if (bind === '::') return '[::1]'
  return bind.includes(':') ? `[${bind}]` : bind
}

/** Databases are told to whom they belong; what npm sets is nobody's. */
function inherited(env: Environment): Environment {
  return Object.fromEntries(Object.entries(env).filter(([name]) => name !== 'DATABASE_URL' && name !== 'REDIS_URL' && !/^npm_/i.test(name)))
}
