// The real clients that e2e tests drive: which are here, which package brings the missing ones.
import { spawnSync } from 'node:child_process'
import { existsSync, rmSync, writeFileSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import process from 'node:process'
import { run } from './child.mjs'

/** `module`: of Debian's Python, whichever other one is first on PATH. `file`: a library. */
const clients = [
  { program: 'psql', apt: 'postgresql-client', brew: 'libpq' },
  { program: 'pg_dump', apt: 'postgresql-client', brew: 'libpq' },
  // Debian ships pgbench with the server; only its program is used.
  { program: 'pgbench', apt: 'postgresql', brew: 'postgresql@15', real: '/usr/lib/postgresql' },
  { program: 'psycopg', apt: 'python3-psycopg', module: 'psycopg' },
  { program: 'psycopg2', apt: 'python3-psycopg2', module: 'psycopg2' },
  { program: 'SQLAlchemy', apt: 'python3-sqlalchemy', module: 'sqlalchemy' },
  { program: 'asyncpg', apt: 'python3-asyncpg', module: 'asyncpg' },
  { program: 'pgjdbc', apt: 'libpostgresql-jdbc-java', file: '/usr/share/java/postgresql.jar' },
  // Its tests are run from their source: the compiler is needed too.
  { program: 'javac', apt: 'default-jdk-headless', brew: 'openjdk' },
]

function isHere({ program, real, module, file }) {
  if (module !== undefined) return spawnSync('/usr/bin/python3', ['-c', `import ${module}`], { stdio: 'ignore' }).status === 0
  if (file !== undefined) return existsSync(file)
  const onPath = (process.env['PATH'] ?? '').split(delimiter).some((folder) => folder !== '' && existsSync(join(folder, program)))
  if (!onPath || real === undefined || !existsSync(real)) return onPath
  // Debian's wrapper is there even when the program behind it is not.
  return spawnSync(program, ['--version'], { stdio: 'ignore' }).status === 0
}

const missing = () => clients.filter((client) => !isHere(client))

/** Installs what is missing where that is our place to do: as root, on a machine with apt, unless forbidden. */
export async function installClients() {
  const packages = [...new Set(missing().map(({ apt }) => apt))]
  if (packages.length === 0 || process.getuid?.() !== 0 || !existsSync('/usr/bin/apt-get')) return
  if (process.env['SALLYPORT_APT'] === '0') {
    console.error('sallyport: SALLYPORT_APT=0: no system packages are installed')
    return
  }
  console.error(
    `sallyport: installing system packages that the tests drive: ${packages.join(' ')} (SALLYPORT_APT=0 forbids it); none is started`,
  )
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive', RUNLEVEL: '1' }
  const unlock = forbidServices()
  try {
    await run('apt-get', ['-qq', 'update'], { env, stdio: ['ignore', 2, 2] })
    await run('apt-get', ['-qq', '-y', '--no-install-recommends', 'install', ...packages], { env, stdio: ['ignore', 2, 2] })
  } finally {
    unlock()
  }
}

/** Debian asks this file before a package starts its service; 101 is "forbidden by policy". */
function forbidServices() {
  const file = '/usr/sbin/policy-rc.d'
  if (existsSync(file)) return () => {}
  writeFileSync(file, '#!/bin/sh\nexit 101\n', { mode: 0o755 })
  return () => rmSync(file, { force: true })
}

/** One line for each client that is not here, with the command that brings it. */
export function reportMissing() {
  return missing().map(
    ({ program, apt, brew }) =>
      `missing client: ${program}: ${process.platform === 'darwin' && brew !== undefined ? `brew install ${brew}` : `apt-get install -y ${apt}`}`,
  )
}
