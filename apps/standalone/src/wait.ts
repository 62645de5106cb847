/** Waiting for a process of ours to answer, as long as it has not given up. */
import { existsSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { type Door, restAt } from './rest.js'

export interface Waiting {
  readonly what: string
  readonly door: Door
  readonly path: string
  /** Written by the process when its start is complete; it may answer before that. */
  readonly runFile?: string
  readonly signal: AbortSignal
  /** Rejects when there is nothing left to wait for. */
  readonly failed: Promise<never>
}

const patience = 90_000
const pause = 50

/** Resolves when `path` answers 200. */
export async function untilAnswers(waiting: Waiting): Promise<void> {
  const over = new AbortController()
  try {
    await Promise.race([poll(waiting, over.signal), waiting.failed])
  } finally {
    over.abort()
  }
}

async function poll({ what, door, path, runFile, signal }: Waiting, over: AbortSignal): Promise<void> {
  const rest = restAt(door)
  let last = 'it does not listen'
  for (const until = Date.now() + patience; Date.now() < until; await sleep(pause)) {
    signal.throwIfAborted()
    if (over.aborted) return
    const answer = await rest.call('GET', path).catch(() => undefined)
    const complete = runFile === undefined || existsSync(runFile)
    if (answer?.status === 200 && complete) return
    if (answer !== undefined) last = `it answers ${answer.status}: ${JSON.stringify(answer.body).slice(0, 500)}`
  }
  throw new Error(`${what} is not ready after ${patience / 1000} s: ${last}`)
}
