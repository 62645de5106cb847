/**
 * Cuts a byte stream into frames by their headers, whatever the chunks. What passes is handed on as runs, views of the
 * chunk as long as possible, with no copy and nothing allocated per frame; only frames that somebody wants whole are
 * gathered. Plain data, for there are two in each of thousands of sessions that stand idle: a caller changes it through the
 * functions below only, must not use it again after one threw, and must copy a frame it wants to keep: a whole frame may be a
 * view of the chunk.
 */
export interface Scanner<T> {
  readonly handler: FrameHandler<T>
  /** Whose frames they are. */
  readonly of: T
  paused: boolean
  /** What came while paused. */
  backlog: Uint8Array[]
  backlogBytes: number
  /** The unfinished frame: its first `gathered` bytes. */
  part: Uint8Array
  gathered: number
  /** Set once the unfinished frame's header was seen and it is wanted whole, or to be rewritten. */
  wanted: number
  rewriting: boolean
  /** Bytes of the present frame that still pass or drop. */
  left: number
  passing: boolean
}

/** `pass`: on to the other side as it is; `drop`: not at all, nor buffered; `whole`: gathered and asked about; `rewrite`: gathered and handed over. */
export type Fate = 'pass' | 'drop' | 'whole' | 'rewrite'

/** One for all streams of a kind. What it throws is thrown by the function that was called, after the bytes before it were handed on. */
export interface FrameHandler<T> {
  /** Bytes that must be there before a frame's size is known. */
  readonly header: number
  /**
   * Size of the frame whose header is at `at`, header included. Throws `WireError` for what cannot be; nothing of the
   * frame has been buffered then.
   */
  size(bytes: Uint8Array, at: number): number
  /** Called once per frame, in order, with the header alone. */
  head(of: T, bytes: Uint8Array, at: number, size: number): Fate
  /** What to do with a whole frame; bytes take its place. */
  whole(of: T, frame: Uint8Array): 'pass' | 'drop' | Uint8Array
  /** A whole frame, in place: nothing is allocated for it. What becomes of it is the handler's, and in order with what passes. */
  rewrite?(of: T, bytes: Uint8Array, start: number, end: number): void
  /** Passing bytes, in order. */
  run(of: T, bytes: Uint8Array): void
}

const nothing = new Uint8Array(0)

export function createScanner<T>(handler: FrameHandler<T>, of: T): Scanner<T> {
  return {
    handler,
    of,
    paused: false,
    backlog: [],
    backlogBytes: 0,
    part: nothing,
    gathered: 0,
    wanted: 0,
    rewriting: false,
    left: 0,
    passing: false,
  }
}

export function scanChunk<T>(scanner: Scanner<T>, chunk: Uint8Array): void {
  // The rest of a frame that passes or drops needs no decision, so a pause does not make it pile up.
  if (scanner.paused && scanner.left === 0) keep(scanner, chunk, 0)
  else scan(scanner, chunk)
}

/** Stops after the frame being handled; bytes that follow are copied and kept. */
export function pauseScanner<T>(scanner: Scanner<T>): void {
  scanner.paused = true
}

/** Goes on with what was kept. */
export function resumeScanner<T>(scanner: Scanner<T>): void {
  const { backlog } = scanner
  scanner.paused = false
  while (!scanner.paused && backlog.length > 0) {
    const chunk = backlog.shift()!
    scanner.backlogBytes -= chunk.length
    // Whatever of this chunk stays behind is older than the rest of the backlog.
    const later = backlog.splice(0)
    scan(scanner, chunk)
    backlog.push(...later)
  }
}

/** Bytes kept: an unfinished frame, and what came while paused. */
export function keptBy<T>({ backlogBytes, gathered }: Scanner<T>): number {
  return backlogBytes + gathered
}

/** What came while paused, in order; not to be changed. */
export function backlogOf<T>({ backlog }: Scanner<T>): readonly Uint8Array[] {
  return backlog
}

/** A frame that passes is out only in part: anything said now would land inside it. */
export function isInside<T>({ left, passing }: Scanner<T>): boolean {
  return left > 0 && passing
}

function keep<T>(scanner: Scanner<T>, chunk: Uint8Array, from: number): void {
  if (from >= chunk.length) return
  const own = new Uint8Array(chunk.length - from)
  own.set(chunk.subarray(from))
  scanner.backlog.push(own)
  scanner.backlogBytes += own.length
}

/** Copies up to `count` bytes of the chunk; answers how many. Grows with what has arrived, never with what a header promises. */
function gather<T>(scanner: Scanner<T>, chunk: Uint8Array, from: number, count: number): number {
  const { part, gathered } = scanner
  const taken = Math.min(count, chunk.length - from)
  if (taken <= 0) return 0
  if (gathered + taken > part.length) {
    const grown = new Uint8Array(Math.max(gathered + taken, part.length * 2))
    grown.set(part.subarray(0, gathered))
    scanner.part = grown
  }
  scanner.part.set(chunk.subarray(from, from + taken), gathered)
  scanner.gathered += taken
  return taken
}

/** Forgets what was gathered; views of it stay good. */
function release<T>(scanner: Scanner<T>): void {
  scanner.part = nothing
  scanner.gathered = 0
}

/** Completes the unfinished frame, taking no more of the chunk than it needs. Answers where the chunk goes on. */
function complete<T>(scanner: Scanner<T>, chunk: Uint8Array): number {
  const { handler, of } = scanner
  let at = 0
  while (scanner.gathered > 0) {
    const need = scanner.wanted || handler.header
    at += gather(scanner, chunk, at, need - scanner.gathered)
    if (scanner.gathered < need) return at
    const bytes = scanner.part.subarray(0, scanner.gathered)
    if (scanner.wanted === 0) {
      const size = handler.size(bytes, 0)
      const fate = handler.head(of, bytes, 0, size)
      if (fate === 'pass' || fate === 'drop') {
        scanner.left = size - bytes.length
        scanner.passing = fate === 'pass'
        release(scanner)
        if (scanner.passing) handler.run(of, bytes)
        return at
      }
      scanner.wanted = size
      scanner.rewriting = fate === 'rewrite'
      if (size > bytes.length) continue
    }
    scanner.wanted = 0
    release(scanner)
    settle(scanner, bytes)
  }
  return at
}

function settle<T>({ handler, of, rewriting }: Scanner<T>, frame: Uint8Array): void {
  if (rewriting) return handler.rewrite!(of, frame, 0, frame.length)
  const verdict = handler.whole(of, frame)
  if (verdict === 'pass') handler.run(of, frame)
  else if (verdict !== 'drop') handler.run(of, verdict)
}

/** Hands on `chunk[from, to)`, unless `from` is -1: no run has begun. */
function handOn<T>({ handler, of }: Scanner<T>, chunk: Uint8Array, from: number, to: number): void {
  if (from === 0 && to === chunk.length) handler.run(of, chunk)
  else if (from >= 0 && to > from) handler.run(of, chunk.subarray(from, to))
}

function scan<T>(scanner: Scanner<T>, chunk: Uint8Array): void {
  const { handler, of } = scanner
  let at = scanner.gathered > 0 ? complete(scanner, chunk) : 0
  /** Where the present run began; -1 without one. */
  let run = -1
  try {
    while (at < chunk.length) {
      const { left } = scanner
      if (left > 0) {
        const take = Math.min(left, chunk.length - at)
        if (scanner.passing && run < 0) run = at
        else if (!scanner.passing) {
          handOn(scanner, chunk, run, at)
          run = -1
        }
        scanner.left = left - take
        at += take
        continue
      }
      if (scanner.paused || chunk.length - at < handler.header) break
      const size = handler.size(chunk, at)
      const fate = handler.head(of, chunk, at, size)
      if (fate === 'pass' || fate === 'drop') {
        scanner.left = size
        scanner.passing = fate === 'pass'
        continue
      }
      if (chunk.length - at < size) {
        scanner.wanted = size
        scanner.rewriting = fate === 'rewrite'
        break
      }
      if (fate === 'rewrite') {
        handOn(scanner, chunk, run, at)
        run = -1
        at += size
        handler.rewrite!(of, chunk, at - size, at)
        continue
      }
      const verdict = handler.whole(of, chunk.subarray(at, at + size))
      if (verdict === 'pass') {
        if (run < 0) run = at
      } else {
        handOn(scanner, chunk, run, at)
        run = -1
        if (verdict !== 'drop') handler.run(of, verdict)
      }
      at += size
    }
  } finally {
    handOn(scanner, chunk, run, at)
  }
  if (scanner.paused) keep(scanner, chunk, at)
  else gather(scanner, chunk, at, chunk.length - at)
}
