import { spawn } from 'node:child_process'
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { run } from '../src/world.js'
import type { Front } from './front.js'
import { cpuOf } from '../src/process.js'

/** What one run of one front gave. Times in microseconds. */
export interface Statements {
  readonly statements: number
  readonly tps: number
  readonly p50: number
  readonly p99: number
  /** CPU of the process in between, logins of this run included; absent for a direct connection. */
  readonly cpu?: number
  /** The same of the process behind it, for as long as the run took. */
  readonly behind?: number
}

export interface Load {
  readonly protocol: 'simple' | 'extended' | 'prepared'
  /** No text comes twice. */
  readonly unseen?: boolean
  readonly clients: number
  /** Logins included. */
  readonly seconds: number
}

const oneRow = '\\set id random(1, 1000)\nselect id, status from orders where id = :id;\n'
const unseenRow = '\\set id random(1, 1000)\n\\set n random(1, 9000000000)\nselect id, status, :n from orders where id = :id;\n'

export async function statements(front: Front, load: Load, folder: string): Promise<Statements> {
  const logs = mkdtempSync(join(folder, 'pgbench-'))
  const before = front.pid === undefined ? 0 : cpuOf(front.pid)
  const beforeBehind = front.behind === undefined ? 0 : cpuOf(front.behind)
  const { protocol, clients, seconds } = load
  const options = ['-M', protocol, '-c', String(clients), '-T', String(seconds), '-l', `--log-prefix=${join(logs, 'one')}`]
  const { count, tps } = await pgbench(front, options, load.unseen ? unseenRow : oneRow, folder)
  const used = front.pid === undefined ? undefined : cpuOf(front.pid) - before
  const behind = front.behind === undefined ? undefined : cpuOf(front.behind) - beforeBehind
  const latencies = readLatencies(logs)
  rmSync(logs, { recursive: true })
  const at = (share: number) => latencies[Math.min(latencies.length - 1, Math.floor(latencies.length * share))] ?? Number.NaN
  return {
    statements: count,
    tps,
    p50: at(0.5),
    p99: at(0.99),
    ...(used === undefined ? {} : { cpu: (used * 1000) / count }),
    ...(behind === undefined ? {} : { behind: (behind * 1000) / count }),
  }
}

/** `client transaction latency script epoch µs`, one line each. */
function readLatencies(folder: string): Float64Array {
  const lines = readdirSync(folder).flatMap((file) => readFileSync(join(folder, file), 'utf8').trim().split('\n'))
  return Float64Array.from(lines, (line) => Number(line.split(' ')[2])).sort()
}

/** Logins per second, each with one statement; four at a time. */
export async function connects(front: Front, folder: string): Promise<number> {
  return (await pgbench(front, ['-C', '-c', '4', '-T', '2'], oneRow, folder)).tps
}

export const readings = 2

/** Bytes per second of a large table as query results, read so many times; the client keeps each whole. */
export async function largeSelect(front: Front, bytes: number, folder: string, text = 'select id, body from bench_row'): Promise<number> {
  return (await pgbench(front, ['-c', '1', '-t', String(readings)], `${text};\n`, folder)).tps * bytes
}

const copies = 3

/** Bytes per second of the same table by COPY, three times in one session. */
export async function copyOut(front: Front, bytes: number): Promise<number> {
  const begun = performance.now()
  const commands = Array.from({ length: copies }, () => ['-c', 'COPY bench_row TO STDOUT']).flat()
  const child = spawn('psql', ['-X', '-q', ...commands], {
    env: { ...process.env, ...front.env },
    stdio: ['ignore', 'ignore', 'inherit'],
  })
  const code = await new Promise((resolve) => child.once('exit', resolve))
  if (code !== 0) throw new Error(`COPY through ${front.name} ended with ${String(code)}`)
  return (bytes * copies * 1000) / (performance.now() - begun)
}

async function pgbench(front: Front, options: readonly string[], script: string, folder: string): Promise<{ count: number; tps: number }> {
  const file = join(folder, 'script.sql')
  writeFileSync(file, script)
  const { code, stdout, stderr } = await run('pgbench', ['-n', '-j', '1', ...options, '-f', file], front.env)
  const count = /transactions actually processed: (\d+)/.exec(stdout)?.[1]
  const tps = /^tps = ([\d.]+)/m.exec(stdout)?.[1]
  if (code !== 0 || count === undefined || tps === undefined) throw new Error(`pgbench through ${front.name}: ${stdout}${stderr}`)
  return { count: Number(count), tps: Number(tps) }
}

export interface Trail {
  readonly eventsPerSecond: number
  /** Events that the control plane had not committed when the load ended, and seconds until it had. */
  readonly waiting: number
  readonly drainSeconds: number
}

/** Two events per statement: how fast the agent makes them durable under load, and how far behind the control plane is. */
export async function trail(front: Front, admin: string, folder: string): Promise<Trail> {
  const begun = performance.now()
  const { statements: count } = await statements(front, { protocol: 'prepared', clients: 8, seconds: 5 }, folder)
  const ended = performance.now()
  const waiting = await depth(admin)
  while ((await depth(admin)) > 0 && performance.now() - ended < 30_000) await new Promise((resolve) => setTimeout(resolve, 50))
  return { eventsPerSecond: (count * 2000) / (ended - begun), waiting, drainSeconds: (performance.now() - ended) / 1000 }
}

async function depth(admin: string): Promise<number> {
  const text = await (await fetch(`${admin}/metrics`)).text()
  return Number(/^sallyport_spool_depth (\d+)/m.exec(text)?.[1] ?? Number.NaN)
}
