import { execFileSync, spawn } from 'node:child_process'
import { chownSync, mkdirSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { copyCertificate, type Stage } from './database.js'
import { type Front, libpq } from './front.js'

/** The proxies that ours is measured beside; a string says why one is absent. Both run on one core, as one agent does. */
export function openProxies(stage: Stage): Promise<readonly (Front | string)[]> {
  return Promise.all([pgbouncer(stage), haproxy(stage)])
}

/** Debian keeps servers in a folder that is not on everybody's path. */
function find(command: string): string | undefined {
  try {
    return execFileSync('sh', ['-c', `PATH="$PATH:/usr/sbin:/usr/local/sbin" command -v ${command}`], { encoding: 'utf8' }).trim()
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
client_tls_sslmode = allow
client_tls_cert_file = ${certificate}
client_tls_key_file = ${key}
pool_mode = session
max_client_conn = 500
default_pool_size = 64
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
  const version = execFileSync(program, [name === 'haproxy' ? '-v' : '--version'], { encoding: 'utf8' }).split('\n')[0]!
  return { name, version, env: libpq(port, 'shop_gateway', stage.password), pid: child.pid, stop: () => void child.kill() }
}
