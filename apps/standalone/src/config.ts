/**
 * What the environment asks of the standalone, checked whole before anything starts. Nothing later may read the
 * environment, but for what is handed to children as it is.
 */
import { isIP } from 'node:net'
import { resolve } from 'node:path'

export type PortName = 'http' | 'grpc' | 'postgres' | 'ssh' | 'web' | 'admin' | 'issuer'

interface PortVariable {
  readonly variable: string
  readonly fallback: number
  /** Absent: something listens there. Otherwise the number is only kept free of the others. */
  readonly idle?: true
}

export const portVariables: Readonly<Record<PortName, PortVariable>> = {
  http: { variable: 'SALLYPORT_HTTP_PORT', fallback: 8700 },
  grpc: { variable: 'SALLYPORT_GRPC_PORT', fallback: 8701 },
  postgres: { variable: 'SALLYPORT_PG_PORT', fallback: 15_432 },
  ssh: { variable: 'SALLYPORT_SSH_PORT', fallback: 12_222, idle: true },
  web: { variable: 'SALLYPORT_WEB_PORT', fallback: 18_080, idle: true },
  admin: { variable: 'SALLYPORT_ADMIN_PORT', fallback: 8702 },
  issuer: { variable: 'SALLYPORT_ISSUER_PORT', fallback: 8703 },
}

export interface Config {
  readonly home: string
  readonly bind: string
  /** 0: pick a free one and keep it. */
  readonly ports: Readonly<Record<PortName, number>>
  readonly demo: boolean
  /** Absent: the embedded PostgreSQL. */
  readonly databaseUrl?: string
  readonly masterKeyFile?: string
  readonly audience: string
  readonly apiAudience: string
  readonly publicUrl?: string
  /** File of the certificate that REST shows; absent: plain HTTP on loopback, one of the control plane's own authority off it. */
  readonly tlsCertificate?: string
}

export type Environment = Readonly<Record<string, string | undefined>>
export type Loaded = { readonly ok: true; readonly config: Config } | { readonly ok: false; readonly errors: readonly string[] }

export function loadConfig(env: Environment): Loaded {
  const errors: string[] = []
  const ports = Object.fromEntries(
    Object.entries(portVariables).map(([name, { variable, fallback }]) => [name, readPort(env, { variable, fallback }, errors)]),
  ) as Record<PortName, number>
  const named = Object.entries(ports).filter(([, port]) => port !== 0)
  for (const [i, [name, port]] of named.entries()) {
    const other = named.slice(0, i).find(([, taken]) => taken === port)
    if (other) errors.push(`${variableOf(name)} and ${variableOf(other[0])} both say ${port}`)
  }
  const bind = env['SALLYPORT_BIND'] || '127.0.0.1'
  const demo = readSwitch(env, 'SALLYPORT_DEMO', true, errors)
  if (demo && !isLoopback(bind))
    errors.push(`SALLYPORT_BIND is ${bind}: off loopback nobody may trust the demo's issuer, so set SALLYPORT_DEMO=0`)
  if (errors.length > 0) return { ok: false, errors }
  return {
    ok: true,
    config: {
      home: resolve(env['SALLYPORT_HOME'] || '.sallyport'),
      bind,
      ports,
      demo,
      audience: env['SALLYPORT_AUDIENCE'] || 'sallyport',
      apiAudience: env['SALLYPORT_API_AUDIENCE'] || 'sallyport-api',
      ...(env['DATABASE_URL'] && { databaseUrl: env['DATABASE_URL'] }),
      ...(env['SALLYPORT_MASTER_KEY_FILE'] && { masterKeyFile: resolve(env['SALLYPORT_MASTER_KEY_FILE']) }),
      ...(env['SALLYPORT_TLS_CERT'] && { tlsCertificate: resolve(env['SALLYPORT_TLS_CERT']) }),
      ...(env['SALLYPORT_PUBLIC_URL'] && { publicUrl: env['SALLYPORT_PUBLIC_URL'] }),
    },
  }
}

export function variableOf(name: string): string {
  return portVariables[name as PortName]?.variable ?? name
}

function readPort(env: Environment, { variable, fallback }: PortVariable, errors: string[]): number {
  const value = env[variable]
  if (!value) return fallback
  if (/^\d{1,5}$/.test(value) && Number(value) <= 65_535) return Number(value)
  errors.push(`${variable} must be a port from 0 to 65535, 0 picking a free one; it is ${JSON.stringify(value)}`)
  return fallback
}

function readSwitch(env: Environment, variable: string, fallback: boolean, errors: string[]): boolean {
  const value = env[variable]
  if (!value) return fallback
  if (value !== '0' && value !== '1') errors.push(`${variable} must be 0 or 1; it is ${JSON.stringify(value)}`)
  return value === '1'
}

export function isLoopback(address: string): boolean {
  if (address === 'localhost' || address === '::1') return true
  return isIP(address) === 4 && address.startsWith('127.')
}
