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

/** Pieces that are this many bytes together leave as one: a copy of them costs less than a write of each. */
const joined = 16 * 1024

const none: readonly Uint8Array[] = []

export interface LaneOptions extends LaneEvents {
  /** Bytes that may wait to be written before this side counts as blocked. */
  readonly unsent: number
}

export function createLane(stream: Duplex, { unsent, onChunk, onGone, onBlocked }: LaneOptions): Lane {
  const reasons = { peer: false, question: false, dialect: false }
  let blocked = false
  let corked = false
  let over = false
  const pieces: Uint8Array[] = []
  let bytesCorked = 0

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

  function send(bytes: Uint8Array): void {
    stream.write(bytes)
    // Stopping the other side at every full buffer would cost more than the little that waits: a stream calls 16 KiB full.
    if (blocked || stream.writableLength <= unsent || !stream.writableNeedDrain) return
    blocked = true
    onBlocked(true)
  }

  function flush(): void {
    const all = pieces.length === 1 ? pieces[0] : bytesCorked <= joined ? Buffer.concat(pieces, bytesCorked) : undefined
    const apart = all ? none : [...pieces]
    pieces.length = 0
    bytesCorked = 0
    if (over && stream.writableEnded) return
    if (all) return send(all)
    stream.cork()
    for (const piece of apart) send(piece)
    stream.uncork()
  }

  return {
    start() {
      stream.on('data', onChunk)
      if (stream.destroyed || stream.readableEnded) queueMicrotask(gone)
    },
    write(bytes) {
      if (over && stream.writableEnded) return
      if (!corked) return send(bytes)
      pieces.push(bytes)
      bytesCorked += bytes.length
    },
    hold(reason, on) {
      if (reasons[reason] === on) return
      const held = reasons.peer || reasons.question || reasons.dialect
      reasons[reason] = on
      if (on && !held) stream.pause()
      else if (!on && !reasons.peer && !reasons.question && !reasons.dialect) stream.resume()
    },
    cork() {
      corked = true
    },
    uncork() {
      corked = false
      if (pieces.length > 0) flush()
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
