/**
 * Makes the data folder, whole or not at all: `initdb` works in a draft beside it that is renamed when it is done.
 */
import { spawn } from 'node:child_process'
import { mkdir, mkdtemp, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { commandFor, handOver, ids, type Station } from './account.js'

export interface Superuser {
  readonly name: string
  readonly password: string
}

/** Does nothing to a folder that holds a cluster of the same major version already; its password stays as it was. */
export async function ensureCluster(station: Station, dataDir: string, superuser: Superuser): Promise<void> {
  const present = await readFile(join(dataDir, 'PG_VERSION'), 'utf8').catch(() => undefined)
  const major = station.binaries.version.split('.')[0]
  if (present !== undefined) {
    if (present.trim() === major) return
    throw new Error(`${dataDir} holds data of PostgreSQL ${present.trim()}, this is PostgreSQL ${major}`)
  }
  const draft = `${dataDir}.new`
  await rm(draft, { recursive: true, force: true })
  // C.UTF-8 sorts like C and knows Unicode's letters; not every C library has it.
  const failed = await initialise(station, draft, { ...superuser, locale: 'C.UTF-8' })
  if (failed !== undefined) {
    await rm(draft, { recursive: true, force: true })
    const again = await initialise(station, draft, { ...superuser, locale: 'C' })
    if (again !== undefined) throw new Error(`initdb failed: ${again}`)
  }
  await rename(draft, dataDir).catch(async (error: NodeJS.ErrnoException) => {
    if (error.code !== 'ENOTEMPTY' && error.code !== 'EEXIST') throw error
    throw new Error(`${dataDir} is not empty and holds no PostgreSQL data`)
  })
}

/** Resolves to what initdb complained about, or undefined when it succeeded. */
async function initialise(station: Station, draft: string, options: Superuser & { readonly locale: string }): Promise<string | undefined> {
  const { account } = station
  await mkdir(draft, { mode: 0o700 })
  await handOver(account, draft)
  const secret = await writePassword(station, draft, options.password)
  try {
    const [command, args] = commandFor(account, join(station.binaries.native, 'bin', 'initdb'), [
      `--pgdata=${draft}`,
      `--username=${options.name}`,
      `--pwfile=${secret.file}`,
      '--auth-host=scram-sha-256',
      '--auth-local=scram-sha-256',
      '--encoding=UTF8',
      `--locale=${options.locale}`,
      '--no-instructions',
    ])
    const child = spawn(command, args, { ...ids(account), cwd: draft, env: environment(), stdio: ['ignore', 'pipe', 'pipe'] })
    let said = ''
    for (const stream of [child.stdout, child.stderr])
      stream.on('data', (chunk: Buffer) => (said = (said + chunk.toString()).slice(-4_000)))
    const code = await new Promise<number | null>((resolve, reject) => child.once('error', reject).once('close', resolve))
    return code === 0 ? undefined : said.trim() || `exit code ${code}`
  } finally {
    await rm(secret.folder, { recursive: true, force: true })
  }
}

/** initdb reads the password from a file; its folder admits only the account that runs initdb. */
async function writePassword({ account }: Station, draft: string, password: string): Promise<{ folder: string; file: string }> {
  // Beside the data, where the account is known to reach.
  const folder = await mkdtemp(`${draft}.secret-`)
  const file = join(folder, 'password')
  await writeFile(file, `${password}\n`, { mode: 0o600, flag: 'wx' })
  await handOver(account, file)
  await handOver(account, folder)
  return { folder, file }
}

/** Nothing of ours leaks into the server; a broken `LANG` of the caller cannot break it. */
export function environment(): NodeJS.ProcessEnv {
  return { PATH: process.env['PATH'] ?? '/usr/bin:/bin', LC_ALL: 'C', TZ: 'UTC' }
}
