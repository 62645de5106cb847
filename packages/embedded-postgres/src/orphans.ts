/**
 * Ends what an earlier life left behind in a data folder: a postmaster whose parent was killed, or servers whose
 * postmaster was. Only processes that run a program named `postgres` inside that very folder are touched.
 */
import { readdir, readFile, readlink, realpath, rm } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'

/** What `postmaster.pid` says; `status` is `starting`, `stopping`, `ready` or `standby`. */
export interface PidFile {
  readonly pid: number
  readonly port: number
  readonly status: string
}

/** Lines as in PostgreSQL's `src/include/utils/pidfile.h`; undefined when there is none, or one half written. */
export async function readPidFile(dataDir: string): Promise<PidFile | undefined> {
  const text = await readFile(join(dataDir, 'postmaster.pid'), 'utf8').catch(() => '')
  const lines = text.split('\n')
  const pid = Number.parseInt(lines[0] ?? '', 10)
  if (!Number.isSafeInteger(pid) || pid <= 0) return undefined
  return { pid, port: Number.parseInt(lines[3] ?? '0', 10), status: (lines[7] ?? '').trim() }
}

/** Resolves when nothing runs in the folder any more. Gentle first: fast shutdown, then immediate, then SIGKILL. */
export async function endOrphans(dataDir: string, log: (line: string) => void): Promise<void> {
  for (const { signal, wait } of [
    { signal: 'SIGINT', wait: 10_000 },
    { signal: 'SIGQUIT', wait: 5_000 },
    { signal: 'SIGKILL', wait: 5_000 },
  ] as const) {
    const running = await processesOf(dataDir)
    if (running.length === 0) return clearForeignPid(dataDir)
    const leader = (await readPidFile(dataDir))?.pid
    // The postmaster takes its children along; without one each must be told.
    const told = signal !== 'SIGKILL' && leader !== undefined && running.includes(leader) ? [leader] : running
    log(`ending ${told.length === 1 ? 'an orphaned PostgreSQL' : 'orphaned PostgreSQL processes'} (${told.join(', ')}) with ${signal}`)
    for (const pid of told) tell(pid, signal)
    if (await gone(dataDir, wait)) return clearForeignPid(dataDir)
  }
  throw new Error(`PostgreSQL processes of an earlier start cannot be ended: ${(await processesOf(dataDir)).join(', ')}`)
}

async function gone(dataDir: string, wait: number): Promise<boolean> {
  for (const until = Date.now() + wait; Date.now() < until; await sleep(25)) if ((await processesOf(dataDir)).length === 0) return true
  return false
}

/** A reused pid would make PostgreSQL refuse its own stale lock file. Nothing runs in the folder when this is called. */
async function clearForeignPid(dataDir: string): Promise<void> {
  const file = await readPidFile(dataDir)
  if (file !== undefined && process.platform === 'linux') await rm(join(dataDir, 'postmaster.pid'), { force: true })
}

function tell(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error
  }
}

async function processesOf(dataDir: string): Promise<readonly number[]> {
  if (process.platform !== 'linux') return postmasterByPs(dataDir)
  const folder = await realpath(dataDir).catch(() => dataDir)
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name))
  const found = await Promise.all(pids.map(async (pid) => ((await runsIn(pid, folder)) ? Number(pid) : undefined)))
  return found.filter((pid) => pid !== undefined)
}

async function runsIn(pid: string, folder: string): Promise<boolean> {
  try {
    if ((await readlink(`/proc/${pid}/cwd`)) !== folder) return false
    return basename(await readlink(`/proc/${pid}/exe`)).startsWith('postgres')
  } catch {
    return false
  }
}

/** Without `/proc` only the postmaster can be found: it is alive and its command line names the folder. */
async function postmasterByPs(dataDir: string): Promise<readonly number[]> {
  const file = await readPidFile(dataDir)
  if (file === undefined) return []
  const { spawnSync } = await import('node:child_process')
  const shown = spawnSync('ps', ['-o', 'command=', '-p', String(file.pid)], { encoding: 'utf8' }).stdout
  return shown.includes(dataDir) ? [file.pid] : []
}
