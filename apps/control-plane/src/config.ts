import { accessSync, constants, existsSync, mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { isLoopback } from './http/loopback.js'
import { masterKeyFrom, newMasterKeyText, type MasterKey } from './secrets/master-key.js'

/**
 * The whole configuration of the control plane, read once and checked before anything starts. A caller gets either all
 * of it or every error at once; nothing later may read the environment.
 */
export interface Config {
  readonly databaseUrl: string
  /** Jobs run on PostgreSQL without it. */
  readonly redisUrl?: string
  readonly bind: string
  readonly httpPort: number
  readonly grpcPort: number
  /** Origin that links carry; absent: derived from the address in use. */
  readonly publicUrl?: string
  /** PEM texts. Absent off loopback: a certificate of our own authority. */
  readonly tls?: { readonly cert: string; readonly key: string }
  readonly masterKey: MasterKey
  readonly audience: string
  readonly apiAudience: string
  readonly home: string
  /** Where the first administrator's claim and the first join token are left for a supervisor. */
  readonly bootstrapDir?: string
  /** The supervisor's own agent has no identity (any more): leave a join token there though agents have joined before. */
  readonly bootstrapAgent: boolean
  /** Written by rename once everything answers. */
  readonly runFile?: string
  readonly logLevel: string
  /** Milliseconds that an agent enforces a snapshot without the control plane. */
  readonly snapshotTtl: number
  /** A supervisor wants this process to end with it. */
  readonly parentWatch: boolean
}

export type Loaded = { readonly ok: true; readonly config: Config } | { readonly ok: false; readonly errors: readonly string[] }

type Environment = Readonly<Record<string, string | undefined>>
type Report = (variable: string, problem: string) => undefined

const logLevels = ['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent']

export function loadConfig(env: Environment): Loaded {
  const errors: string[] = []
  const report: Report = (variable, problem) => {
    errors.push(`${variable} ${problem}`)
    return undefined
  }
  const home = resolve(env['SALLYPORT_HOME'] || '.sallyport')
  const bind = env['SALLYPORT_BIND'] || '127.0.0.1'
  const parts = {
    databaseUrl: readUrl(env, 'DATABASE_URL', ['postgres:', 'postgresql:'], report) ?? requireSet(env, 'DATABASE_URL', report),
    redisUrl: readUrl(env, 'REDIS_URL', ['redis:', 'rediss:'], report),
    httpPort: readPort(env, 'SALLYPORT_HTTP_PORT', 8700, report),
    grpcPort: readPort(env, 'SALLYPORT_GRPC_PORT', 8701, report),
    publicUrl: readPublicUrl(env, bind, report),
    tls: readTls(env, report),
    masterKey: readMasterKey(env, home, report),
    audience: env['SALLYPORT_AUDIENCE'] || 'sallyport',
    apiAudience: env['SALLYPORT_API_AUDIENCE'] || 'sallyport-api',
    bootstrapDir: readFolder(env, 'SALLYPORT_BOOTSTRAP_DIR', report),
    bootstrapAgent: env['SALLYPORT_BOOTSTRAP_AGENT'] === '1',
    runFile: env['SALLYPORT_RUN_FILE'] || undefined,
    logLevel: env['SALLYPORT_LOG_LEVEL'] || 'info',
    snapshotTtl: readDuration(env, 'SALLYPORT_SNAPSHOT_TTL', 24 * 3_600_000, report),
    parentWatch: env['SALLYPORT_PARENT_WATCH'] === '1',
  }
  if (parts.audience === parts.apiAudience)
    report('SALLYPORT_API_AUDIENCE', 'must differ from SALLYPORT_AUDIENCE: agents see the tokens of the data path')
  if (!logLevels.includes(parts.logLevel)) report('SALLYPORT_LOG_LEVEL', `must be one of ${logLevels.join(', ')}`)
  if (parts.httpPort !== 0 && parts.httpPort === parts.grpcPort) report('SALLYPORT_GRPC_PORT', 'must differ from SALLYPORT_HTTP_PORT')
  const { databaseUrl, masterKey } = parts
  if (errors.length > 0 || databaseUrl === undefined || masterKey === undefined) return { ok: false, errors }
  return { ok: true, config: { ...withoutUndefined({ ...parts, home, bind }), databaseUrl, masterKey } }
}

type Defined<T> = { readonly [K in keyof T as undefined extends T[K] ? never : K]: T[K] } & {
  readonly [K in keyof T as undefined extends T[K] ? K : never]?: Exclude<T[K], undefined>
}

function withoutUndefined<T extends object>(value: T): Defined<T> {
  return Object.fromEntries(Object.entries(value).filter(([, part]) => part !== undefined)) as Defined<T>
}

function requireSet(env: Environment, name: string, report: Report): undefined {
  return env[name] ? undefined : report(name, 'is not set: the control plane needs a PostgreSQL database')
}

function readUrl(env: Environment, name: string, protocols: readonly string[], report: Report): string | undefined {
  const value = env[name]
  if (!value) return undefined
  // The value may hold a password, so no message repeats it.
  if (!URL.canParse(value) || !protocols.includes(new URL(value).protocol))
    return report(name, `must be a URL that begins with ${protocols[0]}//`)
  return value
}

function readPort(env: Environment, name: string, fallback: number, report: Report): number {
  const value = env[name]
  if (!value) return fallback
  if (!/^\d{1,5}$/.test(value) || Number(value) > 65_535) {
    report(name, `must be a port from 0 to 65535, 0 picking a free one; it is ${JSON.stringify(value)}`)
    return fallback
  }
  return Number(value)
}

const units: Readonly<Record<string, number>> = { s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 }

function readDuration(env: Environment, name: string, fallback: number, report: Report): number {
  const value = env[name]
  if (!value) return fallback
  const [, count, unit = ''] = /^(\d{1,6})([smhd])$/.exec(value) ?? []
  const duration = Number(count) * (units[unit] ?? 0)
  if (duration > 0) return duration
  report(name, `must be a duration such as 90s, 30m, 24h or 7d; it is ${JSON.stringify(value)}`)
  return fallback
}

function readPublicUrl(env: Environment, bind: string, report: Report): string | undefined {
  const name = 'SALLYPORT_PUBLIC_URL'
  const value = env[name]
  if (!value) return undefined
  if (!URL.canParse(value)) return report(name, 'must be an absolute URL')
  const url = new URL(value)
  if (url.protocol !== 'https:' && url.protocol !== 'http:') return report(name, 'must begin with https:// or http://')
  if (url.pathname !== '/' || url.search !== '' || url.hash !== '' || url.username !== '')
    return report(name, 'must be an origin: scheme, host and port only')
  if (url.protocol === 'http:' && !isLoopback(bind)) return report(name, `must be https: SALLYPORT_BIND is ${bind}, which is not loopback`)
  return url.origin
}

function readTls(env: Environment, report: Report): Config['tls'] {
  const cert = readText(env, 'SALLYPORT_TLS_CERT', report)
  const key = readText(env, 'SALLYPORT_TLS_KEY', report)
  const [hasCert, hasKey] = [Boolean(env['SALLYPORT_TLS_CERT']), Boolean(env['SALLYPORT_TLS_KEY'])]
  if (hasCert !== hasKey) return report(hasCert ? 'SALLYPORT_TLS_KEY' : 'SALLYPORT_TLS_CERT', 'is missing: certificate and key go together')
  if (cert === undefined || key === undefined) return undefined
  if (!cert.includes('-----BEGIN CERTIFICATE-----')) return report('SALLYPORT_TLS_CERT', 'holds no PEM certificate')
  if (!/-----BEGIN [A-Z ]*PRIVATE KEY-----/.test(key)) return report('SALLYPORT_TLS_KEY', 'holds no PEM private key')
  return { cert, key }
}

function readText(env: Environment, name: string, report: Report): string | undefined {
  const path = env[name]
  if (!path) return undefined
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return report(name, `cannot be read: ${path}`)
  }
}

function readMasterKey(env: Environment, home: string, report: Report): MasterKey | undefined {
  const inline = env['SALLYPORT_MASTER_KEY']
  const named = env['SALLYPORT_MASTER_KEY_FILE']
  if (inline && named) return report('SALLYPORT_MASTER_KEY', 'and SALLYPORT_MASTER_KEY_FILE are both set: which one counts?')
  if (inline) return masterKeyFrom(inline) ?? report('SALLYPORT_MASTER_KEY', 'must be 32 bytes as 64 hexadecimal digits or base64')
  const path = named || join(home, 'master.key')
  const variable = 'SALLYPORT_MASTER_KEY_FILE'
  try {
    // Only the default place is filled by itself: a named file that is missing is a lost key.
    if (!named && !existsSync(path)) createKeyFile(home, path)
    if ((statSync(path).mode & 0o077) !== 0) return report(variable, `must be readable by its owner only: chmod 600 ${path}`)
    return masterKeyFrom(readFileSync(path, 'utf8')) ?? report(variable, `must hold 32 bytes as 64 hexadecimal digits or base64: ${path}`)
  } catch {
    return report(variable, `cannot be read: ${path}`)
  }
}

function createKeyFile(home: string, path: string): void {
  mkdirSync(home, { recursive: true, mode: 0o700 })
  writeFileSync(path, `${newMasterKeyText()}\n`, { mode: 0o600, flag: 'wx' })
}

function readFolder(env: Environment, name: string, report: Report): string | undefined {
  const path = env[name]
  if (!path) return undefined
  try {
    accessSync(path, constants.W_OK)
    return resolve(path)
  } catch {
    return report(name, `is not a folder that can be written: ${path}`)
  }
}
