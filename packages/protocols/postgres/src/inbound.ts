import type { Duplex } from 'node:stream'

/**
 * Exact reads from a stream during a handshake, before the relay takes it over: nothing more is taken out of the stream
 * than was asked for, so whoever comes next finds the rest. A caller must not read while another read is pending, and
 * must `release` before it hands the stream on.
 */
export interface Inbound {
  /** Exactly `length` bytes. Rejects with `StreamEnded` when the stream ends, breaks or is aborted before. */
  take(length: number): Promise<Buffer>
  /** Bytes that have arrived and were not taken. */
  unread(): number
  /** Makes the pending and every later read fail. */
  abort(): void
  release(): void
}

export class StreamEnded extends Error {
  override readonly name = 'StreamEnded'
}

interface Pending {
  readonly length: number
  readonly resolve: (bytes: Buffer) => void
  readonly reject: (error: Error) => void
}

export function createInbound(stream: Duplex): Inbound {
  let pending: Pending | undefined
  let over = stream.destroyed || stream.readableEnded

  const attempt = () => {
    if (!pending) return
    const { length, resolve } = pending
    const bytes: Buffer | null = stream.read(length) as Buffer | null
    if (bytes === null) return
    // At its end a stream answers with less than was asked for.
    if (bytes.length < length) return ended()
    pending = undefined
    resolve(bytes)
  }
  const ended = () => {
    over = true
    const failed = pending
    pending = undefined
    failed?.reject(new StreamEnded('the stream ended'))
  }
  const events = { readable: attempt, end: ended, close: ended, error: ended }
  for (const [name, listener] of Object.entries(events)) stream.on(name, listener)

  return {
    take(length) {
      if (pending) return Promise.reject(new Error('a read is pending'))
      if (over) return Promise.reject(new StreamEnded('the stream ended'))
      return new Promise((resolve, reject) => {
        pending = { length, resolve, reject }
        attempt()
      })
    },
    unread: () => stream.readableLength,
    abort: ended,
    release() {
      for (const [name, listener] of Object.entries(events)) stream.off(name, listener)
      // A socket that breaks between two owners must not break the process.
      stream.on('error', ignore)
      ended()
    },
  }
}

function ignore(): void {}
