import { once } from 'node:events'
import type { ClientDuplexStream, ServiceError } from '@grpc/grpc-js'

/**
 * One bidirectional stream to the control plane: messages in order, one at a time, an end with the server's reason. A
 * caller must take messages only through `receive`.
 */
export interface PlaneStream<Out, In> {
  /** The next message. Rejects when the stream ends, also when it ends well: no stream of ours is meant to end. */
  receive(withinMs?: number): Promise<In>
  /** Resolves when there is room for more. */
  send(message: Out): Promise<void>
  readonly close: () => void
}

export class StreamEnded extends Error {
  override readonly name = 'StreamEnded'
}

export function planeStream<Out, In>(call: ClientDuplexStream<Out, In>): PlaneStream<Out, In> {
  const received: In[] = []
  const ended = new AbortController()
  let notify = (): void => {}
  const fail = (error: ServiceError | StreamEnded): void => {
    ended.abort(error)
    notify()
  }
  call.on('data', (message: In) => {
    received.push(message)
    // One message at a time keeps what the server sends ahead in its own memory and in the flow control of HTTP/2.
    call.pause()
    notify()
  })
  call.on('error', (error: ServiceError) => fail(error))
  call.on('end', () => {
    // The status, if it is an error, comes with or after the end.
    setImmediate(() => fail(new StreamEnded('the control plane has ended the stream')))
  })
  return {
    receive: async (withinMs) => {
      const timer = withinMs === undefined ? undefined : setTimeout(() => fail(new StreamEnded('no answer in time')), withinMs).unref()
      try {
        for (;;) {
          const next = received.shift()
          if (next !== undefined) return next
          ended.signal.throwIfAborted()
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
    close: () => {
      fail(new StreamEnded('closed by this agent'))
      call.cancel()
    },
  }
}
