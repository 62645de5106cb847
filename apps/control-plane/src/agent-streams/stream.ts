import { once } from 'node:events'
import type { ServerDuplexStream } from '@grpc/grpc-js'
import { Refused, statusOf } from './refused.js'
import type { StreamsLog } from './options.js'

/**
 * One bidirectional stream of an agent: messages in order, one at a time, an end with a reason. A caller must take
 * messages only through `receive`, and must not write after `ended` has aborted.
 */
export interface AgentStream<In, Out> {
  /** The next message; `undefined` when the agent has closed its half. Rejects with what ended the stream, or after `withinMs`. */
  receive(withinMs?: number): Promise<In | undefined>
  /** Resolves when there is room for more. */
  send(message: Out): Promise<void>
  /** Ends it with this reason; what waits for it rejects with that. */
  readonly end: (reason: Refused) => void
  readonly ended: AbortSignal
}

/** Runs `serve` on a stream and answers the agent with how that ended. Resolves when nothing of it runs any more. */
export async function serveStream<In, Out>(
  call: ServerDuplexStream<In, Out>,
  log: StreamsLog,
  serve: (stream: AgentStream<In, Out>) => Promise<void>,
): Promise<void> {
  const stream = agentStream(call)
  try {
    await serve(stream)
    call.end()
  } catch (error) {
    const status = statusOf(error, log)
    if (!call.cancelled) call.emit('error', status)
  } finally {
    stream.end(new Refused('unavailable', 'the stream has ended'))
  }
}

function agentStream<In, Out>(call: ServerDuplexStream<In, Out>): AgentStream<In, Out> {
  const ended = new AbortController()
  const received: In[] = []
  let finished = false
  let notify = (): void => {}
  const end = (reason: Refused): void => {
    ended.abort(reason)
    notify()
  }
  const lost = (): void => end(new Refused('unavailable', 'the agent went away'))
  call.on('data', (message: In) => {
    received.push(message)
    // Until this one is taken, more stay in the flow control of HTTP/2.
    call.pause()
    notify()
  })
  call.on('end', () => {
    finished = true
    notify()
  })
  call.on('cancelled', lost)
  call.on('error', lost)
  call.on('close', lost)

  return {
    receive: async (withinMs) => {
      const late = (): void => end(new Refused('timeout', 'the agent did not say what was due'))
      const timer = withinMs === undefined ? undefined : setTimeout(late, withinMs).unref()
      try {
        for (;;) {
          ended.signal.throwIfAborted()
          const next = received.shift()
          if (next !== undefined || finished) return next
          call.resume()
          await new Promise<void>((resolve) => {
            notify = resolve
          })
        }
      } finally {
        clearTimeout(timer)
      }
    },
    send: async (message) => {
      ended.signal.throwIfAborted()
      if (call.write(message)) return
      // Takes its listeners away again, whichever comes first: a stream waits for room many times in its life.
      await once(call, 'drain', { signal: ended.signal }).catch(() => undefined)
      ended.signal.throwIfAborted()
    },
    end,
    ended: ended.signal,
  }
}
