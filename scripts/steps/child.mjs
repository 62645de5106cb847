// Children of this process: one at a time, told of our signals, and never left behind.
import { spawn } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { constants } from 'node:os'
import process from 'node:process'
import { root } from './environment.mjs'

/** A step that failed for a reason it has already shown. */
export class StepFailed extends Error {}

let current

/** Runs a program with our terminal; resolves to its exit code. */
export function run(command, args, options = {}) {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { cwd: root, stdio: 'inherit', ...options })
    current = child
    child.once('error', reject)
    child.once('close', (code, signal) => {
      current = undefined
      resolve(code ?? 128 + (constants.signals[signal] ?? 0))
    })
  })
}

/** As `run`, but a failure ends the whole. */
export async function must(what, command, args, options) {
  const code = await run(command, args, options)
  if (code !== 0) throw new StepFailed(`${what} failed (exit code ${code})`)
}

for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) {
  process.on(signal, () => {
    // What runs inside this process (the standalone) has its own listener and ends us when it is done.
    if (process.listenerCount(signal) > 1) return
    current?.kill(signal)
    process.exit(128 + constants.signals[signal])
  })
}

/**
 * npm forwards SIGTERM only to the shell it started, and nobody forwards SIGKILL. So we watch the shell and, above it,
 * npm itself: when either is gone, it is as if we had been told to end.
 */
export function endWithParent(startedByNpm = process.env['npm_lifecycle_event'] !== undefined) {
  const shell = process.ppid
  const above = startedByNpm ? parentOf(shell) : undefined
  const timer = setInterval(() => {
    if (process.ppid === shell && (above === undefined || parentOf(shell) === above)) return
    clearInterval(timer)
    process.kill(process.pid, 'SIGTERM')
  }, 250)
  timer.unref()
}

/** The fourth field of `/proc/PID/stat`; undefined where there is no `/proc`, or no such process. */
function parentOf(pid) {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
    return Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1])
  } catch {
    return undefined
  }
}
