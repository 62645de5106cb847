/**
 * Under whom PostgreSQL runs. It refuses root, so as root an account without power takes its place; where that account
 * cannot reach the data, a user namespace makes root look like nobody. A caller must run every PostgreSQL program of one
 * data folder through the same account.
 */
import { spawnSync } from 'node:child_process'
import { chown, mkdir, readFile, stat } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { type Binaries, copyBinaries, linkLibraries } from './binaries.js'

/** `self`: as we are; `user`: setuid; `namespace`: `unshare`, files stay root's. */
export type Account =
  | { readonly kind: 'self' }
  | { readonly kind: 'user'; readonly name: string; readonly uid: number; readonly gid: number }
  | { readonly kind: 'namespace'; readonly uid: number; readonly gid: number }

export interface Station {
  readonly account: Account
  readonly binaries: Binaries
}

/** Chooses the account and puts binaries within its reach. `dataDir` need not exist yet; its parents are made. */
export async function chooseStation(found: Binaries, dataDir: string): Promise<Station> {
  await mkdir(dirname(dataDir), { recursive: true })
  const linked = await linkLibraries(found.native)
  const here = linked ? found : await copyBinaries(found)
  if (process.getuid?.() !== 0) return { account: { kind: 'self' }, binaries: here }

  const accounts = await readAccounts()
  const owner = await stat(dataDir).then(
    (entry) => entry.uid,
    () => undefined,
  )
  for (const account of candidates(accounts, owner)) {
    if (!mayEnter(account, dirname(dataDir))) continue
    if (mayRun(account, here)) return { account, binaries: here }
    const copy = await copyBinaries(found)
    if (mayRun(account, copy)) return { account, binaries: copy }
  }
  return inNamespace(accounts, here, owner)
}

function inNamespace(accounts: readonly UserEntry[], binaries: Binaries, owner: number | undefined): Station {
  const nobody = accounts.find((entry) => entry.name === 'nobody')
  const reason = `PostgreSQL does not run as root, and no account without power reaches the data folder`
  if (nobody === undefined || (owner !== undefined && owner !== 0)) throw new Error(`${reason}: choose a folder that others may enter`)
  const account: Account = { kind: 'namespace', uid: nobody.uid, gid: nobody.gid }
  const [command, args] = commandFor(account, join(binaries.native, 'bin', 'postgres'), ['--version'])
  if (spawnSync(command, args, { stdio: 'ignore' }).status !== 0)
    throw new Error(`${reason}, and this machine forbids user namespaces: choose a folder that others may enter`)
  return { account, binaries }
}

/** Data that exists already keeps its owner, whoever would be chosen for a new folder. */
function candidates(accounts: readonly UserEntry[], owner: number | undefined): readonly (Account & { kind: 'user' })[] {
  const fitting = accounts.filter((entry) =>
    owner === undefined || owner === 0 ? entry.name === 'postgres' || entry.name === 'nobody' : entry.uid === owner,
  )
  const ranked = fitting.toSorted((a, b) => Number(b.name === 'postgres') - Number(a.name === 'postgres'))
  return ranked.filter((entry) => entry.uid !== 0).map((entry) => ({ kind: 'user', ...entry }))
}

interface UserEntry {
  readonly name: string
  readonly uid: number
  readonly gid: number
}

/** PostgreSQL looks itself up in `/etc/passwd`: an account that is not there will not do. */
async function readAccounts(): Promise<readonly UserEntry[]> {
  const text = await readFile('/etc/passwd', 'utf8').catch(() => '')
  return text.split('\n').flatMap((line) => {
    const [name, , uid, gid] = line.split(':')
    return name === undefined || uid === undefined || gid === undefined ? [] : [{ name, uid: Number(uid), gid: Number(gid) }]
  })
}

// Asking the kernel by doing it also sees ACLs and mount options, which reading mode bits would not.
function mayEnter(account: Account & { kind: 'user' }, folder: string): boolean {
  const tried = spawnSync('/bin/sh', ['-c', 'cd -- "$1"', 'sh', folder], { uid: account.uid, gid: account.gid, cwd: '/', stdio: 'ignore' })
  return tried.status === 0
}

function mayRun(account: Account & { kind: 'user' }, binaries: Binaries): boolean {
  const program = join(binaries.native, 'bin', 'postgres')
  return spawnSync(program, ['--version'], { uid: account.uid, gid: account.gid, cwd: '/', stdio: 'ignore' }).status === 0
}

/** The command line that runs `program` under the account; uid and gid go into the spawn options (`ids`). */
export function commandFor(account: Account, program: string, args: readonly string[]): [string, string[]] {
  if (account.kind !== 'namespace') return [program, [...args]]
  return ['unshare', ['--user', `--map-user=${account.uid}`, `--map-group=${account.gid}`, '--', program, ...args]]
}

export function ids(account: Account): { readonly uid?: number; readonly gid?: number } {
  return account.kind === 'user' ? { uid: account.uid, gid: account.gid } : {}
}

/** Hands a file or folder to the account; nothing to do unless it is another user. */
export async function handOver(account: Account, path: string): Promise<void> {
  if (account.kind === 'user') await chown(path, account.uid, account.gid)
}
