import { setTimeout as sleep } from 'node:timers/promises'
import type { ServerDuplexStream } from '@grpc/grpc-js'
import { Refused, statusOf } from './refused.js'
import type { StreamsLog } from './options.js'

/**
 * One bidirectional stream of an agent: messages in order, one at a time, an end with a reason. A caller must take
 * messages only through `receive`, and must not write after `ended` has aborted.
 */
export interface AgentStream<In, Out> {
  /** The next message; `undefined` when the agent has closed its half. Throws `Refused` after `withinMs`. */
  receive(withinMs?: number): Promise<In | undefined>
  /** Resolves when there is room for more. */
  send(message: Out): Promise<void>
  /** Ends it with this reason; `serve` then rejects with it. */
  readonly end: (reason: Refused) => void
  readonly ended: AbortSignal
}

/** Runs `serve` on a stream and answers it with how that ended. */
export function serveStream<In, Out>(
  call: ServerDuplexStream<In, Out>,
  log: StreamsLog,
  serve: (stream: AgentStream<In, Out>) => Promise<void>,
): void {
  const ended = new AbortController()
  const lost = (): void => ended.abort(new Refused('unavailable', 'the agent went away'))
  call.on('cancelled', lost)
  call.on('error', lost)
  call.on('close', lost)
  const messages = call[Symbol.asyncIterator]() as AsyncIterator<In, undefined>
  const stream: AgentStream<In, Out> = {
    receive: async (withinMs) => {
      const next = messages.next().then(({ value, done }) => (done === true ? undefined : value))
      return raced(next, ended.signal, withinMs)
    },
    send: async (message) => {
      ended.signal.throwIfAborted()
      if (call.write(message)) return
      await raced(new Promise<void>((resolve) => call.once('drain', resolve)), ended.signal)
    },
    end: (reason) => ended.abort(reason),
    ended: ended.signal,
  }
  serve(stream)
    .then(() => call.end())
    .catch((error: unknown) => {
      const status = statusOf(error, log)
      if (!call.cancelled) call.emit('error', status)
    })
    .finally(() => ended.abort(new Refused('unavailable', 'the stream has ended')))
}

async function raced<T>(wanted: Promise<T>, ended: AbortSignal, withinMs?: number): Promise<T> {
  ended.throwIfAborted()
  const over = new AbortController()
  const stop = new Promise<never>((_, reject) => {
    ended.addEventListener('abort', () => reject(ended.reason as Error), { signal: over.signal })
  })
  const contenders: Promise<T>[] = [wanted, stop]
  if (withinMs !== undefined) contenders.push(late(withinMs, over.signal))
  try {
    return await Promise.race(contenders)
  } finally {
    over.abort()
  }
}

async function late(ms: number, signal: AbortSignal): Promise<never> {
  await sleep(ms, undefined, { signal, ref: false })
  throw new Refused('timeout', 'the agent did not say what was due')
}
