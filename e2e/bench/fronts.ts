import { execFileSync, spawn } from 'node:child_process'
import { chmodSync, chownSync, copyFileSync, mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { Client } from 'pg'
import { tokenOf, type Standalone } from '../src/world.js'

/** One way to the same database. All of them speak TLS to the client, with a P-256 certificate. */
export interface Front {
  readonly name: string
  /** For libpq. */
  readonly env: Readonly<Record<string, string>>
  /** Of the process between client and database, where there is one. */
  readonly pid?: number
  stop(): void
}

export interface Scene {
  readonly direct: Front
  readonly sallyport: Front
  /** Who may read in bulk, through the gateway. */
  readonly bulk: Front
  readonly others: readonly Front[]
  readonly absent: readonly string[]
  /** Bytes of the large table as COPY writes it. */
  readonly tableBytes: number
  readonly versions: Readonly<Record<string, string>>
}

interface Stage {
  readonly home: string
  readonly folder: string
  readonly port: number
  readonly password: string
  readonly owner: { readonly uid: number; readonly gid: number }
}

export async function openScene(world: Standalone, folder: string): Promise<Scene> {
  const { home } = world
  const ready = world.ready()
  const ports = JSON.parse(readFileSync(join(home, 'ports.json'), 'utf8')) as { readonly database: number }
  const owner = statSync(join(home, 'postgres'))
  const stage = { home, folder, port: ports.database, password: secret(home, 'shop-database'), owner }
  const { version, tableBytes } = await prepareDatabase(stage)
  const gateway = async (name: string): Promise<Front> => ({
    name: 'sallyport',
    env: libpq(ready.postgres.port, name, await tokenOf(name, home)),
    pid: ready.pids['agent']!,
    stop: () => undefined,
  })
  const direct: Front = { name: 'direct', env: libpq(stage.port, 'shop_gateway', stage.password), stop: () => undefined }
  const found = [await pgbouncer(stage), await haproxy(stage)]
  const others = found.filter((front) => typeof front === 'object')
  const absent = found.filter((front) => typeof front === 'string')
  const versions = { node: process.version, postgres: version, pgbench: run('pgbench', ['--version']) }
  return { direct, sallyport: await gateway('billing-agent'), bulk: await gateway('root'), others, absent, tableBytes, versions }
}

function libpq(port: number, user: string, password: string): Readonly<Record<string, string>> {
  return { PGHOST: 'localhost', PGPORT: String(port), PGDATABASE: 'shop', PGUSER: user, PGPASSWORD: password, PGSSLMODE: 'require' }
}

function secret(home: string, name: string): string {
  return readFileSync(join(home, 'keys', name), 'utf8').trim()
}

function run(command: string, args: readonly string[]): string {
  return execFileSync(command, args, { encoding: 'utf8' }).trim()
}

/** TLS for whoever comes directly, with a certificate of the same kind as the agent's own, and a table of about 20 MB. */
async function prepareDatabase(stage: Stage): Promise<{ readonly version: string; readonly tableBytes: number }> {
  const { certificate, key } = copyCertificate(stage, join(stage.home, 'postgres'))
  const connect = async (database: string): Promise<Client> => {
    const client = new Client({ host: '127.0.0.1', port: stage.port, database, user: 'postgres', password: secret(stage.home, 'postgres') })
    await client.connect()
    return client
  }
  const admin = await connect('postgres')
  await admin.query(`ALTER SYSTEM SET ssl_cert_file = ${admin.escapeLiteral(certificate)}`)
  await admin.query(`ALTER SYSTEM SET ssl_key_file = ${admin.escapeLiteral(key)}`)
  await admin.query('ALTER SYSTEM SET ssl = on')
  await admin.query('SELECT pg_reload_conf()')
  const { rows: versions } = await admin.query<{ version: string }>('SELECT version()')
  await admin.end()
  const shop = await connect('shop')
  await shop.query('CREATE TABLE bench_row AS SELECT id, repeat(md5(id::text), 31) AS body FROM generate_series(1, 20000) AS id')
  await shop.query('GRANT SELECT ON bench_row TO shop_gateway')
  await shop.query('ANALYZE bench_row')
  const { rows } = await shop.query<{ bytes: string }>('SELECT sum(length(id::text) + length(body) + 2) AS bytes FROM bench_row')
  await shop.end()
  return { version: versions[0]!.version, tableBytes: Number(rows[0]!.bytes) }
}

function copyCertificate({ home, owner }: Stage, folder: string): { readonly certificate: string; readonly key: string } {
  const [certificate, key] = [join(folder, 'bench.crt'), join(folder, 'bench.key')]
  copyFileSync(join(home, 'agent', 'identity', 'certificate.pem'), certificate)
  copyFileSync(join(home, 'agent', 'identity', 'tls.key'), key)
  for (const file of [certificate, key]) {
    chmodSync(file, 0o600)
    chownSync(file, owner.uid, owner.gid)
  }
  return { certificate, key }
}

/** `which` from Debian keeps servers in a folder that is not on everybody's path. */
function find(command: string): string | undefined {
  try {
    return run('sh', ['-c', `PATH="$PATH:/usr/sbin:/usr/local/sbin" command -v ${command}`])
  } catch {
    return undefined
  }
}

async function freePort(): Promise<number> {
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  await new Promise((resolve) => server.close(resolve))
  if (address === null || typeof address === 'string') throw new Error('no free port')
  return address.port
}

/** A folder that the database's account may read: pgbouncer refuses to run as root. */
function folderFor(name: string, { folder, owner }: Stage): string {
  const path = join(folder, name)
  mkdirSync(path, { mode: 0o700 })
  chownSync(path, owner.uid, owner.gid)
  return path
}

async function pgbouncer(stage: Stage): Promise<Front | string> {
  const program = find('pgbouncer')
  if (program === undefined) return 'pgbouncer is not installed'
  const folder = folderFor('pgbouncer', stage)
  const { certificate, key } = copyCertificate(stage, folder)
  const port = await freePort()
  const users = join(folder, 'users.txt')
  writeFileSync(users, `"shop_gateway" "${stage.password}"\n`)
  const file = join(folder, 'pgbouncer.ini')
  writeFileSync(
    file,
    `[databases]
shop = host=127.0.0.1 port=${stage.port}
[pgbouncer]
listen_addr = 127.0.0.1
listen_port = ${port}
unix_socket_dir =
auth_type = scram-sha-256
auth_file = ${users}
client_tls_sslmode = require
client_tls_cert_file = ${certificate}
client_tls_key_file = ${key}
pool_mode = session
max_client_conn = 500
default_pool_size = 100
log_connections = 0
log_disconnections = 0
`,
  )
  for (const path of [users, file]) chownSync(path, stage.owner.uid, stage.owner.gid)
  return launch('pgbouncer', [program, '-q', file], stage, port)
}

/** Passes bytes: TLS stays between client and database. */
async function haproxy(stage: Stage): Promise<Front | string> {
  const program = find('haproxy')
  if (program === undefined) return 'haproxy is not installed'
  const folder = folderFor('haproxy', stage)
  const port = await freePort()
  const file = join(folder, 'haproxy.cfg')
  writeFileSync(
    file,
    `global
  nbthread 1
  maxconn 500
defaults
  mode tcp
  timeout connect 5s
  timeout client 60s
  timeout server 60s
listen shop
  bind 127.0.0.1:${port}
  server shop 127.0.0.1:${stage.port}
`,
  )
  chownSync(file, stage.owner.uid, stage.owner.gid)
  return launch('haproxy', [program, '-db', '-q', '-f', file], stage, port)
}

async function launch(
  name: string,
  [program, ...args]: readonly [string, ...string[]],
  stage: Stage,
  port: number,
): Promise<Front | string> {
  const { uid, gid } = stage.owner
  const child = spawn(program, args, { stdio: 'ignore', uid, gid, cwd: '/' })
  await new Promise((resolve) => setTimeout(resolve, 500))
  if (child.exitCode !== null || child.pid === undefined) return `${name} did not start`
  return { name, env: libpq(port, 'shop_gateway', stage.password), pid: child.pid, stop: () => void child.kill() }
}
