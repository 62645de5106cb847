import type { Duplex } from 'node:stream'

/**
 * One side of a relay: reads chunks, writes bytes, and says when it cannot take more. A lane reads only while nobody
 * holds it, so memory is bounded by the other side's pace.
 */
export interface Lane {
  start(): void
  write(bytes: Uint8Array): void
  /** Stops (or resumes) reading for one named reason; it reads when no reason is left. */
  hold(reason: 'peer' | 'question' | 'dialect', on: boolean): void
  cork(): void
  uncork(): void
  /** Flushes and closes; after `linger` milliseconds destroys what has not drained. Resolves when closed. */
  end(linger: number): Promise<void>
}

export interface LaneEvents {
  readonly onChunk: (chunk: Uint8Array) => void
  /** The stream ended or broke by itself; called once, never after `end`. */
  readonly onGone: () => void
  /** This side's write buffer is full (true) or drained (false). */
  readonly onBlocked: (blocked: boolean) => void
}

export function createLane(stream: Duplex, { onChunk, onGone, onBlocked }: LaneEvents): Lane {
  const reasons = new Set<string>()
  let blocked = false
  let corked = false
  let over = false

  const gone = () => {
    if (over) return
    over = true
    onGone()
  }
  stream.on('error', gone)
  stream.on('end', gone)
  stream.on('close', gone)
  stream.on('drain', () => {
    if (!blocked) return
    blocked = false
    onBlocked(false)
  })

  return {
    start() {
      stream.on('data', onChunk)
      if (stream.destroyed || stream.readableEnded) queueMicrotask(gone)
    },
    write(bytes) {
      if (over && stream.writableEnded) return
      if (stream.write(bytes) || blocked) return
      blocked = true
      onBlocked(true)
    },
    hold(reason, on) {
      const before = reasons.size
      if (on) reasons.add(reason)
      else reasons.delete(reason)
      if (before === 0 && reasons.size > 0) stream.pause()
      else if (before > 0 && reasons.size === 0) stream.resume()
    },
    cork() {
      if (corked) return
      corked = true
      stream.cork()
    },
    uncork() {
      if (!corked) return
      corked = false
      stream.uncork()
    },
    end(linger) {
      over = true
      return new Promise((resolve) => {
        if (stream.destroyed) return resolve()
        const timer = setTimeout(() => stream.destroy(), linger)
        stream.once('close', () => {
          clearTimeout(timer)
          resolve()
        })
        // Destroying at once would turn unread bytes into a reset that eats our last words: the peer closes first, or `linger` ends.
        stream.resume()
        stream.end()
      })
    },
  }
}
