/**
 * One child process, kept alive: started again with growing pauses when it dies by itself, its words kept in a file of
 * bounded size. A caller must not signal the child itself: `stop` is the only door.
 */
import { type ChildProcess, spawn } from 'node:child_process'
import { setTimeout as sleep } from 'node:timers/promises'
import type { LogFile } from './log-file.js'

/** Exit code 2 of a child: no number of attempts would change it. */
export class ConfigurationRefused extends Error {}

export interface ChildOptions {
  readonly name: string
  /** A script for this Node. */
  readonly script: string
  readonly args?: () => readonly string[] | Promise<readonly string[]>
  readonly env: Readonly<Record<string, string | undefined>>
  readonly log: LogFile
  /** Called whenever a process was started, also for the first. */
  readonly started: (pid: number) => void
  /** Called when it ended although nobody asked it to, before the pause. */
  readonly died: (how: string) => void
}

export interface Child {
  /** Of the process that runs now; absent in a pause. */
  pid(): number | undefined
  /** Rejects when it gives up: wrong configuration (exit 2), or too many deaths before `settled` was called. */
  readonly failed: Promise<never>
  /** It has been seen at work: from now on it is started again for ever. */
  settled(): void
  /** SIGTERM, then SIGKILL after `grace` milliseconds. Resolves when it is gone. */
  stop(grace: number): Promise<void>
}

const firstPause = 200
const longestPause = 10_000
const healthyAfter = 30_000
const attemptsBeforeSettled = 5

interface Run {
  current: ChildProcess | undefined
  exited: Promise<string>
  settled: boolean
  readonly stopping: AbortController
}

export function keepAlive(options: ChildOptions): Child {
  const run: Run = { current: undefined, exited: Promise.resolve(''), settled: false, stopping: new AbortController() }
  const failed = repeat(options, run)
  // A failure nobody waits for yet is no unhandled one.
  failed.catch(() => {})
  return {
    failed,
    pid: () => (run.current?.exitCode === null && run.current.signalCode === null ? run.current.pid : undefined),
    settled: () => (run.settled = true),
    async stop(grace) {
      run.stopping.abort()
      const { current } = run
      if (current === undefined) return
      current.kill('SIGTERM')
      const timer = setTimeout(() => current.kill('SIGKILL'), grace)
      await run.exited
      clearTimeout(timer)
    },
  }
}

async function repeat(options: ChildOptions, run: Run): Promise<never> {
  const stopped = () => run.stopping.signal.aborted
  let pause = firstPause
  for (let deaths = 1; !stopped(); deaths++) {
    const since = Date.now()
    const how = await runOnce(options, run)
    if (stopped()) break
    if (how === 'exit code 2') throw new ConfigurationRefused(`the ${options.name} refuses its configuration:\n${options.log.tail()}`)
    options.died(how)
    if (!run.settled && deaths >= attemptsBeforeSettled)
      throw new Error(`the ${options.name} does not start (${how}):\n${options.log.tail()}`)
    pause = Date.now() - since > healthyAfter ? firstPause : Math.min(pause * 2, longestPause)
    await sleep(pause, undefined, { signal: run.stopping.signal }).catch(() => {})
  }
  return new Promise(() => {})
}

async function runOnce(options: ChildOptions, run: Run): Promise<string> {
  const args = (await options.args?.()) ?? []
  if (run.stopping.signal.aborted) return 'stopped'
  options.log.begin()
  const child = spawn(process.execPath, [options.script, ...args], {
    env: { ...options.env, SALLYPORT_PARENT_WATCH: '1' },
    // Of its own session: Ctrl-C reaches the supervisor alone, which ends things in their order.
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  run.current = child
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk: Buffer) => options.log.write(chunk))
  run.exited = new Promise((resolve) => {
    child.once('error', (error) => resolve(error.message))
    child.once('exit', (code, signal) => resolve(signal === null ? `exit code ${code}` : signal))
  })
  if (child.pid !== undefined) options.started(child.pid)
  const how = await run.exited
  run.current = undefined
  return how
}
