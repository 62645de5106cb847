/**
 * Starts one PostgreSQL server as a child process and answers when it takes connections. It listens on 127.0.0.1 only,
 * asks for a password always, and dies with its parent. A caller must not start two servers on one data folder: the
 * second start ends the first.
 */
import { type ChildProcess, spawn } from 'node:child_process'
import { realpath } from 'node:fs/promises'
import { createServer } from 'node:net'
import { join, resolve } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { chooseStation, commandFor, ids, type Station } from './account.js'
import { findBinaries } from './binaries.js'
import { ensureCluster, environment } from './cluster.js'
import { guard } from './guard.js'
import { endOrphans, readPidFile } from './orphans.js'

export interface PostgresOptions {
  readonly dataDir: string
  /** 0 or absent: a free port. */
  readonly port?: number
  /** Of the superuser; it is set when the data folder is made and must be the same at every later start. */
  readonly password: string
  /** Default `postgres`. */
  readonly superuser?: string
  /** Settings as `postgresql.conf` names them. */
  readonly extraConfig?: Readonly<Record<string, string>>
  /** Receives the lines of the server's log. */
  readonly log?: (line: string) => void
  /** Folder of a platform package with binaries of another version; absent: our own. */
  readonly platformPackage?: string
  /** Removed by the guard when this process dies without `stop()`. */
  readonly discard?: string
}

export interface RunningPostgres {
  /** `postgres://` URL of the superuser on the database `postgres`; it holds the password. */
  readonly url: string
  readonly host: '127.0.0.1'
  readonly port: number
  readonly pid: number
  /** Fast shutdown: clients are disconnected, everything is written. Resolves when the process is gone; may be called twice. */
  stop(): Promise<void>
  /** Called once if the server ends although nobody called `stop()`. */
  onExit(listener: (how: { readonly code: number | null; readonly signal: NodeJS.Signals | null }) => void): void
}

/** Recovery after a crash replays the log and may take its time. */
const readyWithin = 120_000

export async function startPostgres(options: PostgresOptions): Promise<RunningPostgres> {
  const log = options.log ?? (() => {})
  const station = await chooseStation(await findBinaries(options.platformPackage), resolve(options.dataDir))
  const superuser = options.superuser ?? 'postgres'
  await ensureCluster(station, resolve(options.dataDir), { name: superuser, password: options.password })
  const dataDir = await realpath(options.dataDir)
  await endOrphans(dataDir, log)

  const port = options.port || (await freePort())
  const child = launch(station, dataDir, { port, settings: options.extraConfig ?? {} })
  const lines = follow(child, log)
  const exited = new Promise<Exit>((done) => child.once('close', (code, signal) => done({ code, signal })))
  const spawned = new Promise<never>((_, fail) => child.once('error', fail))
  const watch =
    child.pid === undefined ? undefined : guard({ pid: child.pid, dataDir, ...(options.discard && { discard: options.discard }) })
  void exited.then(() => watch?.release())
  try {
    await Promise.race([ready(child, dataDir), spawned, exited.then(() => diedEarly(lines))])
  } catch (error) {
    child.kill('SIGQUIT')
    throw error
  }
  const url = `postgres://${encodeURIComponent(superuser)}:${encodeURIComponent(options.password)}@127.0.0.1:${port}/postgres`
  return { url, host: '127.0.0.1', port, pid: child.pid!, ...control(child, exited) }
}

type Exit = { readonly code: number | null; readonly signal: NodeJS.Signals | null }

function launch(
  station: Station,
  dataDir: string,
  { port, settings }: { port: number; settings: Readonly<Record<string, string>> },
): ChildProcess {
  const all: Readonly<Record<string, string>> = {
    listen_addresses: '127.0.0.1',
    unix_socket_directories: '',
    port: String(port),
    timezone: 'UTC',
    log_timezone: 'UTC',
    logging_collector: 'off',
    ...settings,
  }
  const flags = Object.entries(all).flatMap(([name, value]) => ['-c', `${name}=${value}`])
  const [command, args] = commandFor(station.account, join(station.binaries.native, 'bin', 'postgres'), ['-D', dataDir, ...flags])
  return spawn(command, args, {
    ...ids(station.account),
    cwd: dataDir,
    env: environment(),
    // Of its own session: Ctrl-C in a terminal reaches the parent, which stops things in their order.
    detached: true,
    stdio: ['ignore', 'ignore', 'pipe'],
  })
}

/** Passes whole lines on and keeps the last ones for an error message. */
function follow(child: ChildProcess, log: (line: string) => void): readonly string[] {
  const last: string[] = []
  let rest = ''
  child.stderr?.on('data', (chunk: Buffer) => {
    const parts = (rest + chunk.toString()).split('\n')
    rest = (parts.pop() ?? '').slice(-10_000)
    for (const line of parts) {
      last.push(line)
      if (last.length > 10) last.shift()
      log(line)
    }
  })
  return last
}

async function ready(child: ChildProcess, dataDir: string): Promise<void> {
  for (const until = Date.now() + readyWithin; Date.now() < until; await sleep(10)) {
    const file = await readPidFile(dataDir)
    if (file?.pid === child.pid && file?.status === 'ready') return
    if (child.exitCode !== null || child.signalCode !== null) return new Promise(() => {})
  }
  throw new Error(`PostgreSQL was not ready within ${readyWithin / 1000} s`)
}

function diedEarly(lines: readonly string[]): never {
  throw new Error(`PostgreSQL did not start: ${lines.join('\n') || 'it said nothing'}`)
}

function control(child: ChildProcess, exited: Promise<Exit>): Pick<RunningPostgres, 'stop' | 'onExit'> {
  let stopping: Promise<void> | undefined
  const end = async () => {
    for (const [signal, wait] of [
      ['SIGINT', 5_000],
      ['SIGQUIT', 2_000],
      ['SIGKILL', 2_000],
    ] as const) {
      child.kill(signal)
      const timer = new AbortController()
      const late = sleep(wait, 'late', { signal: timer.signal }).catch(() => 'late')
      if ((await Promise.race([exited, late])) !== 'late') return timer.abort()
    }
  }
  return {
    stop: () => (stopping ??= end()),
    onExit(listener) {
      void exited.then((how) => (stopping === undefined ? listener(how) : undefined))
    },
  }
}

export async function freePort(): Promise<number> {
  return new Promise((done, fail) => {
    const probe = createServer()
    probe.once('error', fail)
    probe.listen(0, '127.0.0.1', () => {
      const address = probe.address()
      probe.close(() => (typeof address === 'object' && address !== null ? done(address.port) : fail(new Error('no port'))))
    })
  })
}
