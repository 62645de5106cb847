import { readFileSync } from 'node:fs'
import { isIP } from 'node:net'
import { resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { parseJoinToken } from '@sallyport/contract'

/**
 * What flags and environment ask of the agent, checked whole before anything starts: every error at once, exit code 2.
 * Nothing later may read the environment.
 */
export interface AgentConfig {
  /** Absent where the data directory is enrolled already. */
  readonly joinToken?: string
  /** `HOST:PORT` of the control plane's gRPC door. */
  readonly server: string
  readonly dataDir: string
  /** Address of every listener. */
  readonly bind: string
  /** 0: pick a free one and keep it. */
  readonly ports: Readonly<Record<PortName, number>>
  /** Secrets are taken without TLS from loopback. */
  readonly plaintext: boolean
  /** PEM; absent: the agent makes its own. */
  readonly tls?: { readonly certificate: string; readonly key: string }
  readonly limits: Limits
  /** Where to say, as JSON, which ports are open; written when the agent is ready. */
  readonly runFile?: string
  /** End when the process that started this one is gone. */
  readonly parentWatch: boolean
  readonly logLevel: LogLevel
}

export type PortName = 'postgres' | 'admin'
export type LogLevel = 'debug' | 'info' | 'warn' | 'error' | 'silent'

export interface Limits {
  /** Client connections at once, over all listeners; and from one address. */
  readonly connections: number
  readonly connectionsPerAddress: number
  /** Of those, how many may not have been admitted to a resource yet. */
  readonly pending: number
  /** Bytes of spool on the disk. */
  readonly spoolBytes: number
  /** Bytes that all sessions together may gather of statements before they are judged. */
  readonly memory: number
  /** Milliseconds that live sessions get to end by themselves after SIGTERM. */
  readonly drain: number
}

export type Environment = Readonly<Record<string, string | undefined>>
export type Loaded = { readonly ok: true; readonly config: AgentConfig } | { readonly ok: false; readonly errors: readonly string[] }

export const usage = `usage: sallyport agent run --join TOKEN --server HOST:PORT --data DIR
  --join TOKEN        one-time token of \`sallyport agents join-token\`; also SALLYPORT_JOIN_TOKEN; not needed once enrolled
  --server HOST:PORT  the control plane's address for agents
  --data DIR          where identity, configuration and spool are kept
  --workers N         1 only: more are not in this build`

/** `args` without the command's own name (`run`). */
export function loadConfig(args: readonly string[], env: Environment): Loaded {
  const errors: string[] = []
  const flags = readFlags(args, errors)
  const integer = (name: string, range: Range): number => readInteger(env, name, range, errors)
  const port = (name: string, fallback: number): number => integer(name, { fallback, least: 0, most: 65_535 })
  const ports = { postgres: port('SALLYPORT_PG_PORT', 15_432), admin: port('SALLYPORT_ADMIN_PORT', 8702) }
  if (ports.postgres !== 0 && ports.postgres === ports.admin) errors.push('SALLYPORT_PG_PORT and SALLYPORT_ADMIN_PORT are the same')
  const server = readServer(flags.server ?? env['SALLYPORT_SERVER'], errors)
  const data = flags.data ?? env['SALLYPORT_DATA']
  if (data === undefined || data === '') errors.push('--data DIR is missing')
  const joinToken = flags.join ?? env['SALLYPORT_JOIN_TOKEN']
  if (joinToken !== undefined && parseJoinToken(joinToken) === undefined) {
    errors.push('the join token does not look like one: it begins with sjt_ and has two parts')
  }
  if (flags.workers !== undefined && flags.workers !== '1') errors.push('--workers can only be 1: more are not in this build')
  const config = {
    server,
    dataDir: resolve(data ?? '.'),
    bind: readBind(env, errors),
    ports,
    plaintext: readPlaintext(env, errors),
    limits: readLimits(integer),
    parentWatch: readSwitch(env, 'SALLYPORT_PARENT_WATCH', errors),
    logLevel: readLevel(env, errors),
    ...(joinToken === undefined ? {} : { joinToken }),
    ...readTls(env, errors),
    ...(env['SALLYPORT_RUN_FILE'] ? { runFile: resolve(env['SALLYPORT_RUN_FILE']) } : {}),
  }
  return errors.length > 0 ? { ok: false, errors } : { ok: true, config }
}

interface Flags {
  readonly join?: string | undefined
  readonly server?: string | undefined
  readonly data?: string | undefined
  readonly workers?: string | undefined
}

function readFlags(args: readonly string[], errors: string[]): Flags {
  const option = { type: 'string' } as const
  try {
    return parseArgs({ args: [...args], options: { join: option, server: option, data: option, workers: option } }).values
  } catch (error) {
    // The message of parseArgs names the flag; a value is never part of it.
    errors.push(error instanceof Error ? error.message : 'the flags cannot be read')
    return {}
  }
}

function readServer(value: string | undefined, errors: string[]): string {
  const [, host, port] = /^(\[[\da-fA-F:.]+\]|[^\s:[\]/]+):(\d{1,5})$/.exec(value ?? '') ?? []
  if (host !== undefined && Number(port) >= 1 && Number(port) <= 65_535) return `${host}:${port}`
  errors.push(value === undefined ? '--server HOST:PORT is missing' : `--server must be HOST:PORT; it is ${JSON.stringify(value)}`)
  return ''
}

interface Range {
  readonly fallback: number
  readonly least: number
  readonly most: number
}

function readInteger(env: Environment, name: string, { fallback, least, most }: Range, errors: string[]): number {
  const value = env[name]
  if (value === undefined || value === '') return fallback
  const number = /^\d{1,15}$/.test(value) ? Number(value) : Number.NaN
  if (number >= least && number <= most) return number
  errors.push(`${name} must be a whole number from ${least} to ${most}; it is ${JSON.stringify(value)}`)
  return fallback
}

function readBind(env: Environment, errors: string[]): string {
  const value = env['SALLYPORT_BIND'] || '127.0.0.1'
  if (isIP(value) === 0 && value !== 'localhost') errors.push(`SALLYPORT_BIND must be an address; it is ${JSON.stringify(value)}`)
  return value
}

function readPlaintext(env: Environment, errors: string[]): boolean {
  const value = env['SALLYPORT_PG_PLAINTEXT'] || 'off'
  if (value !== 'off' && value !== 'loopback') errors.push(`SALLYPORT_PG_PLAINTEXT must be off or loopback; it is ${JSON.stringify(value)}`)
  return value === 'loopback'
}

function readSwitch(env: Environment, name: string, errors: string[]): boolean {
  const value = env[name] || '0'
  if (value !== '0' && value !== '1') errors.push(`${name} must be 0 or 1; it is ${JSON.stringify(value)}`)
  return value === '1'
}

const levels: Readonly<Record<string, LogLevel>> = { debug: 'debug', info: 'info', warn: 'warn', error: 'error', silent: 'silent' }

function readLevel(env: Environment, errors: string[]): LogLevel {
  const value = env['SALLYPORT_LOG_LEVEL'] || 'info'
  const level = Object.hasOwn(levels, value) ? levels[value] : undefined
  if (level === undefined)
    errors.push(`SALLYPORT_LOG_LEVEL must be one of ${Object.keys(levels).join(', ')}; it is ${JSON.stringify(value)}`)
  return level ?? 'info'
}

function readLimits(integer: (name: string, range: Range) => number): Limits {
  const connections = integer('SALLYPORT_MAX_CONNECTIONS', { fallback: 4000, least: 1, most: 100_000 })
  const connectionsPerAddress = integer('SALLYPORT_MAX_CONNECTIONS_PER_ADDRESS', {
    fallback: Math.min(2000, connections),
    least: 1,
    most: 100_000,
  })
  return {
    connections,
    connectionsPerAddress,
    // Half at most: strangers must not use up what an address, or the agent, may have.
    pending: Math.min(1000, Math.ceil(connections / 2), Math.ceil(connectionsPerAddress / 2)),
    spoolBytes: integer('SALLYPORT_SPOOL_MAX_MB', { fallback: 1024, least: 64, most: 1024 * 1024 }) * 1024 * 1024,
    memory: integer('SALLYPORT_MEMORY_MB', { fallback: 512, least: 16, most: 1024 * 1024 }) * 1024 * 1024,
    drain: integer('SALLYPORT_DRAIN_SECONDS', { fallback: 1, least: 0, most: 5 }) * 1000,
  }
}

function readTls(env: Environment, errors: string[]): Pick<AgentConfig, 'tls'> {
  const [certificate, key] = [env['SALLYPORT_AGENT_TLS_CERT'], env['SALLYPORT_AGENT_TLS_KEY']]
  if (!certificate && !key) return {}
  if (!certificate || !key) {
    errors.push('SALLYPORT_AGENT_TLS_CERT and SALLYPORT_AGENT_TLS_KEY go together')
    return {}
  }
  const read = (name: string, path: string): string => {
    try {
      return readFileSync(path, 'utf8')
    } catch (error) {
      errors.push(`${name}: ${error instanceof Error ? error.message : 'cannot be read'}`)
      return ''
    }
  }
  return { tls: { certificate: read('SALLYPORT_AGENT_TLS_CERT', certificate), key: read('SALLYPORT_AGENT_TLS_KEY', key) } }
}
