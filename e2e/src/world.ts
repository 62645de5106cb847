import { execFile, spawn, type ChildProcess } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** A running standalone as a newcomer has it, and the stock clients that reach it. */
export interface Ready {
  readonly http: string
  readonly grpc: string
  readonly postgres: { readonly host: string; readonly port: number }
  readonly admin: string
  readonly issuer: string
  readonly ca: string
  readonly pids: Readonly<Record<string, number>>
}

export interface Ran {
  readonly code: number
  readonly stdout: string
  readonly stderr: string
}

export const root = join(import.meta.dirname, '..', '..')
const main = join(root, 'apps', 'standalone', 'dist', 'main.js')

export interface Standalone {
  readonly home: string
  readonly process: ChildProcess
  ready(): Ready
  /** Everything it printed. */
  output(): string
  stop(signal?: NodeJS.Signals): Promise<number | null>
}

/** Free ports for everything, kept for the next start of the same home. */
export const anyPort = Object.fromEntries(['HTTP', 'GRPC', 'PG', 'SSH', 'WEB', 'ADMIN', 'ISSUER'].map((p) => [`SALLYPORT_${p}_PORT`, '0']))

/** Starts the standalone in a home of its own on free ports, and resolves when it says that it is ready. */
export async function startStandalone(options: { home?: string; env?: Readonly<Record<string, string>> } = {}): Promise<Standalone> {
  const home = options.home ?? mkdtempSync(join(tmpdir(), 'sallyport e2e '))
  const child = spawn(process.execPath, [main], {
    env: { ...process.env, ...anyPort, SALLYPORT_HOME: home, ...options.env },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let output = ''
  await new Promise<void>((resolve, reject) => {
    const hear = (chunk: Buffer) => {
      output += chunk.toString()
      if (/^sallyport ready/m.test(output)) resolve()
    }
    child.stdout.on('data', hear)
    child.stderr.on('data', hear)
    child.once('exit', (code) => reject(new Error(`the standalone ended with ${code}:\n${output}`)))
  })
  return {
    home,
    process: child,
    ready: () => JSON.parse(readFileSync(join(home, 'ready.json'), 'utf8')) as Ready,
    output: () => output,
    stop: (signal = 'SIGTERM') =>
      new Promise((resolve) => {
        if (child.exitCode !== null || child.signalCode !== null) return resolve(child.exitCode)
        child.once('exit', (code) => resolve(code))
        child.kill(signal)
      }),
  }
}

export function removeHome(home: string): void {
  rmSync(home, { recursive: true, force: true })
}

/** Runs a command to its end; never throws for its exit code. */
export function run(command: string, args: readonly string[], env: Readonly<Record<string, string>> = {}, input?: string): Promise<Ran> {
  return new Promise((resolve) => {
    const child = execFile(
      command,
      args,
      { env: { ...process.env, ...env }, maxBuffer: 64 << 20, timeout: 50_000 },
      (error, stdout, stderr) => {
        const code = error ? (typeof error.code === 'number' ? error.code : -1) : 0
        resolve({ code, stdout, stderr: error && code === -1 ? `${stderr}${error.message}` : stderr })
      },
    )
    child.stdin?.end(input ?? '')
  })
}

/** The world that `setup.ts` started for all files. */
export function shared(): { home: string; ready: Ready } {
  const home = process.env['SALLYPORT_E2E_HOME']
  if (!home) throw new Error('the shared standalone is not running: run the e2e project through its own configuration')
  return { home, ready: JSON.parse(readFileSync(join(home, 'ready.json'), 'utf8')) as Ready }
}

export function sallyport(args: readonly string[], options: { home?: string; env?: Record<string, string> } = {}): Promise<Ran> {
  return run(join(root, 'sallyport'), args, { SALLYPORT_HOME: options.home ?? shared().home, ...options.env })
}

const tokens = new Map<string, string>()

/** A data-path token of the demo issuer, through the CLI as the README says. */
export async function tokenOf(name: string, home = shared().home, ...more: string[]): Promise<string> {
  const key = [home, name, ...more].join('\n')
  const known = tokens.get(key)
  if (known) return known
  const { code, stdout, stderr } = await sallyport(['token', '--as', name, ...more], { home })
  if (code !== 0) throw new Error(`no token for ${name}: ${stderr}`)
  tokens.set(key, stdout.trim())
  return stdout.trim()
}

export interface PsqlOptions {
  readonly as?: string
  readonly user?: string
  readonly database?: string
  readonly password?: string
  readonly home?: string
  readonly ready?: Ready
  readonly params?: string
}

/** Stock psql, one `-c` per statement so that each is a query of its own; `-At` output. */
export async function psql(statements: readonly string[], options: PsqlOptions = {}): Promise<Ran> {
  const as = options.as ?? 'billing-agent'
  const ready = options.ready ?? shared().ready
  const password = options.password ?? (await tokenOf(as, options.home ?? shared().home))
  const target = `host=localhost port=${ready.postgres.port} dbname=${options.database ?? 'shop'} user=${options.user ?? as} ${options.params ?? ''}`
  const commands = statements.flatMap((s) => ['-c', s])
  return run('psql', ['-X', '-At', '-w', target, ...commands], { PGPASSWORD: password })
}

/** REST with the named demo person's token. */
export async function rest(
  as: string,
  method: string,
  path: string,
  body?: unknown,
  { home, ready }: { readonly home: string; readonly ready: Ready } = shared(),
): Promise<{ status: number; body: Record<string, unknown> }> {
  const headers: Record<string, string> = { authorization: `Bearer ${await tokenOf(as, home, '--api')}` }
  if (body !== undefined) headers['content-type'] = 'application/json'
  const response = await fetch(`${ready.http}${path}`, { method, headers, ...(body === undefined ? {} : { body: JSON.stringify(body) }) })
  const text = await response.text()
  return { status: response.status, body: text ? (JSON.parse(text) as Record<string, unknown>) : {} }
}

/** Asks until the answer fits, at most `ms`; the last answer is the failure's text. */
export async function eventually<T>(ask: () => Promise<T>, fits: (answer: T) => boolean, ms = 10_000): Promise<T> {
  const end = Date.now() + ms
  for (;;) {
    const answer = await ask()
    if (fits(answer)) return answer
    if (Date.now() > end) throw new Error(`never came true within ${ms} ms; last answer: ${JSON.stringify(answer).slice(0, 2000)}`)
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
}
