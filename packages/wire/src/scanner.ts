/**
 * Cuts a byte stream into frames by their headers, whatever the chunks. What passes is handed on as runs, views of the
 * chunk as long as possible, with no copy and nothing allocated per frame; only frames that somebody wants whole are
 * gathered. A caller must not use a scanner again after it threw, and must copy a frame it wants to keep: a whole frame
 * may be a view of the chunk.
 */
export interface Scanner {
  push(chunk: Uint8Array): void
  /** Stops after the frame being handled; bytes that follow are copied and kept. */
  pause(): void
  /** Goes on with what was kept. */
  resume(): void
  /** Bytes kept: an unfinished frame, and what came while paused. */
  kept(): number
  /** A frame that passes is out only in part: anything said now would land inside it. */
  inside(): boolean
}

/** `pass`: on to the other side as it is; `drop`: not at all, nor buffered; `whole`: gathered and asked about; `rewrite`: gathered and handed over. */
export type Fate = 'pass' | 'drop' | 'whole' | 'rewrite'

export interface FrameHandler {
  /** Bytes that must be there before a frame's size is known. */
  readonly header: number
  /**
   * Size of the frame whose header is at `at`, header included. Throws `WireError` for what cannot be; nothing of the
   * frame has been buffered then.
   */
  size(bytes: Uint8Array, at: number): number
  /** Called once per frame, in order, with the header alone. */
  head(bytes: Uint8Array, at: number, size: number): Fate
  /** What to do with a whole frame; bytes take its place. */
  whole(frame: Uint8Array): 'pass' | 'drop' | Uint8Array
  /** A whole frame, in place: nothing is allocated for it. What becomes of it is the handler's, and in order with what passes. */
  rewrite?(bytes: Uint8Array, start: number, end: number): void
  /** Passing bytes, in order. */
  run(bytes: Uint8Array): void
}

/** @throws {WireError} from `push` and `resume` whatever the handler throws, after the bytes before it were handed on. */
export function createScanner(handler: FrameHandler): Scanner {
  const state = { paused: false }
  const backlog: Uint8Array[] = []
  let backlogBytes = 0
  const part = createGatherer()
  /** Set once the unfinished frame's header was seen and it is wanted whole, or to be rewritten. */
  let wanted = 0
  let rewriting = false
  /** Bytes of the present frame that still pass or drop. */
  let left = 0
  let passing = false

  function keep(chunk: Uint8Array, from: number): void {
    if (from >= chunk.length) return
    const own = new Uint8Array(chunk.length - from)
    own.set(chunk.subarray(from))
    backlog.push(own)
    backlogBytes += own.length
  }

  /** Completes the unfinished frame, taking no more of the chunk than it needs. Answers where the chunk goes on. */
  function complete(chunk: Uint8Array): number {
    let at = 0
    while (part.length() > 0) {
      const need = wanted || handler.header
      at += part.take(chunk, at, need - part.length())
      if (part.length() < need) return at
      const bytes = part.view()
      if (wanted === 0) {
        const size = handler.size(bytes, 0)
        const fate = handler.head(bytes, 0, size)
        if (fate === 'pass' || fate === 'drop') {
          left = size - bytes.length
          passing = fate === 'pass'
          part.release()
          if (passing) handler.run(bytes)
          return at
        }
        wanted = size
        rewriting = fate === 'rewrite'
        if (size > bytes.length) continue
      }
      wanted = 0
      part.release()
      settle(bytes)
    }
    return at
  }

  function settle(frame: Uint8Array): void {
    if (rewriting) return handler.rewrite!(frame, 0, frame.length)
    const verdict = handler.whole(frame)
    if (verdict === 'pass') handler.run(frame)
    else if (verdict !== 'drop') handler.run(verdict)
  }

  function scan(chunk: Uint8Array): void {
    let at = part.length() > 0 ? complete(chunk) : 0
    /** Where the present run began; -1 without one. */
    let run = -1
    const flush = (to: number) => {
      if (run === 0 && to === chunk.length) handler.run(chunk)
      else if (run >= 0 && to > run) handler.run(chunk.subarray(run, to))
      run = -1
    }
    try {
      while (at < chunk.length) {
        if (left > 0) {
          const take = Math.min(left, chunk.length - at)
          if (passing && run < 0) run = at
          else if (!passing) flush(at)
          left -= take
          at += take
          continue
        }
        if (state.paused || chunk.length - at < handler.header) break
        const size = handler.size(chunk, at)
        const fate = handler.head(chunk, at, size)
        if (fate === 'pass' || fate === 'drop') {
          left = size
          passing = fate === 'pass'
          continue
        }
        if (chunk.length - at < size) {
          wanted = size
          rewriting = fate === 'rewrite'
          break
        }
        if (fate === 'rewrite') {
          flush(at)
          at += size
          handler.rewrite!(chunk, at - size, at)
          continue
        }
        const verdict = handler.whole(chunk.subarray(at, at + size))
        if (verdict === 'pass') {
          if (run < 0) run = at
        } else {
          flush(at)
          if (verdict !== 'drop') handler.run(verdict)
        }
        at += size
      }
    } finally {
      flush(at)
    }
    if (state.paused) keep(chunk, at)
    else part.take(chunk, at, chunk.length - at)
  }

  return {
    push(chunk) {
      // The rest of a frame that passes or drops needs no decision, so a pause does not make it pile up.
      if (state.paused && left === 0) keep(chunk, 0)
      else scan(chunk)
    },
    pause() {
      state.paused = true
    },
    resume() {
      state.paused = false
      while (!state.paused && backlog.length > 0) {
        const chunk = backlog.shift()!
        backlogBytes -= chunk.length
        // Whatever of this chunk stays behind is older than the rest of the backlog.
        const later = backlog.splice(0)
        scan(chunk)
        backlog.push(...later)
      }
    },
    kept: () => backlogBytes + part.length(),
    inside: () => left > 0 && passing,
  }
}

interface Gatherer {
  length(): number
  /** Copies up to `count` bytes of the chunk; answers how many. */
  take(chunk: Uint8Array, from: number, count: number): number
  view(): Uint8Array
  /** Forgets the bytes; views of them stay good. */
  release(): void
}

const nothing = new Uint8Array(0)

/** Grows with what has arrived, never with what a header promises. */
function createGatherer(): Gatherer {
  let buffer = nothing
  let length = 0
  return {
    length: () => length,
    take(chunk, from, count) {
      const taken = Math.min(count, chunk.length - from)
      if (taken <= 0) return 0
      if (length + taken > buffer.length) {
        const grown = new Uint8Array(Math.max(length + taken, buffer.length * 2))
        grown.set(buffer.subarray(0, length))
        buffer = grown
      }
      buffer.set(chunk.subarray(from, from + taken), length)
      length += taken
      return taken
    },
    view: () => buffer.subarray(0, length),
    release() {
      buffer = nothing
      length = 0
    },
  }
}
