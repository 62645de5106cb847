import { spawn, type ChildProcess } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import process from 'node:process'
import { anyPort, eventually, rest, root, sallyport, shared, type Ready } from '../world.js'

/**
 * An agent of its own beside that of the shared standalone, for tests that would harm others' sessions: it serves what
 * is registered for its label and nothing else. A caller must `stop` it.
 */
export interface OwnAgent {
  /** `agt_` id. */
  readonly id: string
  /** What resources must select to be served by it. */
  readonly selector: Readonly<Record<string, string>>
  readonly pid: number
  readonly admin: string
  /** The shared world, with this agent's door for PostgreSQL. */
  readonly world: { readonly home: string; readonly ready: Ready }
  output(): string
  /** SIGKILL; resolves when it is gone. */
  kill(): Promise<void>
  /** Starts it again in the same data directory. */
  again(): Promise<void>
  stop(): Promise<void>
}

export interface OwnAgentOptions {
  /** Also the value of its label `limits`. */
  readonly name: string
  readonly env?: Readonly<Record<string, string>>
  /** Descriptors it may have open; absent: as many as we may. */
  readonly files?: number
}

interface Running {
  readonly child: ChildProcess
  readonly told: { readonly agent: string; readonly pid: number; readonly ports: { readonly postgres: number; readonly admin: number } }
}

export async function startAgent({ name, env = {}, files }: OwnAgentOptions): Promise<OwnAgent> {
  const { home, ready } = shared()
  const data = mkdtempSync(join(tmpdir(), 'sallyport agent '))
  const runFile = join(data, 'run.json')
  const { stdout: token } = await sallyport(['agents', 'join-token', '--label', `limits=${name}`])
  const script = join(root, 'apps', 'agent', 'dist', 'main.js')
  const own = { ...process.env, ...anyPort, ...env, SALLYPORT_RUN_FILE: runFile, SALLYPORT_PARENT_WATCH: '1' }
  let output = ''

  async function launch(joining: readonly string[]): Promise<Running> {
    rmSync(runFile, { force: true })
    const args = [script, 'run', ...joining, '--server', ready.grpc, '--data', data]
    // The shell is replaced by the agent: there is one process to kill.
    const limited = ['-c', `ulimit -n ${files ?? '"$(ulimit -Hn)"'}; exec "$@"`, 'sh', process.execPath, ...args]
    const child = spawn('sh', limited, { env: own, stdio: ['ignore', 'pipe', 'pipe'] })
    for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk: Buffer) => (output += chunk.toString()))
    await eventually(
      async () => existsSync(runFile) || child.exitCode !== null,
      (there) => there,
      30_000,
    )
    if (child.exitCode !== null) throw new Error(`the agent ended with ${child.exitCode}:\n${output}`)
    return { child, told: JSON.parse(readFileSync(runFile, 'utf8')) as Running['told'] }
  }

  async function end(signal: NodeJS.Signals): Promise<void> {
    const { child } = running
    if (child.exitCode !== null || child.signalCode !== null) return
    const gone = new Promise((resolve) => child.once('exit', resolve))
    child.kill(signal)
    await gone
  }

  let running = await launch(['--join', token.trim()])
  return {
    id: running.told.agent,
    selector: { limits: name },
    get pid() {
      return running.told.pid
    },
    get admin() {
      return `http://127.0.0.1:${running.told.ports.admin}`
    },
    get world() {
      return { home, ready: { ...ready, postgres: { host: '127.0.0.1', port: running.told.ports.postgres } } }
    },
    output: () => output,
    kill: () => end('SIGKILL'),
    async again() {
      running = await launch([])
    },
    async stop() {
      await end('SIGTERM')
      rmSync(data, { recursive: true, force: true })
      await rest('root', 'DELETE', `/v1/agents/${running.told.agent}`)
    },
  }
}

/** How far the agent's trail is ahead of what the control plane has acknowledged. */
export async function spoolDepth(admin: string): Promise<number> {
  const text = await (await fetch(`${admin}/metrics`)).text()
  return Number(/^sallyport_spool_depth (\d+)/m.exec(text)?.[1] ?? Number.NaN)
}
