import { createRequire } from 'node:module'
import { dirname } from 'node:path'
import { startTemporaryPostgres } from '@sallyport/embedded-postgres'
import { openSide, type SideConnection } from '../src/backend/side.js'
import { type PostgresTarget, readTarget } from '../src/target.js'
import { serverCertificate, serverKey } from './certificates.js'
import { dial } from './transports.js'

/** A real PostgreSQL with TLS and a role for every way to log in: `app_scram`, `app_md5`, `app_clear`, `app_trust`, all with password `opensesame`. */
export interface TestTarget {
  readonly port: number
  readonly superuser: { readonly name: string; readonly password: string }
  target(fields?: Readonly<Record<string, unknown>>): PostgresTarget
  /** As the superuser, in that database. */
  side(database?: string): Promise<SideConnection>
  sql(...statements: readonly string[]): Promise<void>
  stop(): Promise<void>
}

export const password = 'opensesame'

const hba = `hostssl all app_tls all scram-sha-256
host all app_tls all reject
hostnossl all app_plain all scram-sha-256
host all app_plain all reject
host all app_md5 all md5
host all app_clear all password
host all app_trust all trust
host all all all scram-sha-256
`

/** npm has it for this platform only, under an alias. */
export const has18 = process.platform === 'linux' && process.arch === 'x64'

/** What a target may be; 15 is what every platform has. */
export type Major = 15 | 16 | 17 | 18
export const majors: readonly Major[] = has18 ? [15, 16, 17, 18] : [15]

export async function startTarget(extraConfig: Readonly<Record<string, string>> = {}, major: Major = 15): Promise<TestTarget> {
  const server = await startTemporaryPostgres({ extraConfig, ...(major !== 15 && { platformPackage: packageOf(major) }) })
  const url = new URL(server.url)
  const superuser = { name: url.username, password: decodeURIComponent(url.password) }
  const target = (fields: Readonly<Record<string, unknown>> = {}) =>
    readTarget({ host: '127.0.0.1', port: server.port, database: 'postgres', user: superuser.name, sslmode: 'disable', ...fields })
  const side = (database = 'postgres') =>
    openSide({
      target: target({ database }),
      password: superuser.password,
      settings: {},
      dial: () => dial(server.port),
      signal: AbortSignal.timeout(30_000),
    })
  const sql = async (...statements: readonly string[]) => {
    const connection = await side()
    try {
      for (const statement of statements) await connection.query(statement)
    } finally {
      connection.close()
    }
  }
  const file = (name: string, text: string) =>
    `copy (select unnest(string_to_array('${text.trim()}', chr(10)))) to program 'umask 077; cat > ${name}'`
  await sql(
    file('server.crt', serverCertificate),
    file('server.key', serverKey),
    file('pg_hba.conf', hba),
    'alter system set ssl = on',
    ...['app_scram', 'app_clear', 'app_trust', 'app_tls', 'app_plain'].map((role) => `create role ${role} login password '${password}'`),
    `set password_encryption = 'md5'`,
    `create role app_md5 login password '${password}'`,
    'select pg_reload_conf()',
  )
  return { port: server.port, superuser, target, side, sql, stop: () => server.stop() }
}

/** The platform package with the binaries of that version. */
export function packageOf(major: Exclude<Major, 15>): string {
  return dirname(dirname(createRequire(import.meta.url).resolve(`postgres-${major}-linux-x64`)))
}
