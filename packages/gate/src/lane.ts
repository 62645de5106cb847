import type { Duplex } from 'node:stream'

/**
 * One side of a relay: reads chunks, writes bytes, and says when it cannot take more. A lane reads only while nobody
 * holds it, so memory is bounded by the other side's pace. Plain data, for there are two in each of thousands of sessions
 * that stand idle: a caller changes it through the functions below only.
 */
export interface Lane {
  readonly stream: Duplex
  readonly events: LaneEvents
  /** Bytes that may wait to be written before this side counts as blocked. */
  readonly unsent: number
  /** Why it does not read, as bits of `reasons`; it reads while there is none. */
  held: number
  blocked: boolean
  corked: boolean
  over: boolean
  /** Written while corked. */
  pieces: Uint8Array[]
  bytesCorked: number
}

export interface LaneEvents {
  readonly onChunk: (chunk: Uint8Array) => void
  /** The stream ended or broke by itself; called once, never after `endLane`. */
  readonly onGone: () => void
  /** This side's write buffer is full (true) or drained (false). */
  readonly onBlocked: (blocked: boolean) => void
}

/** Why a lane may be held. */
export const reasons = { peer: 1, question: 2, dialect: 4 } as const

/** Pieces that are this many bytes together leave as one: a copy of them costs less than a write of each. */
const joined = 16 * 1024

const none: readonly Uint8Array[] = []

/** It does not read before `startLane`. */
export function createLane(stream: Duplex, unsent: number, events: LaneEvents): Lane {
  const lane: Lane = { stream, events, unsent, held: 0, blocked: false, corked: false, over: false, pieces: [], bytesCorked: 0 }
  const onGone = () => gone(lane)
  stream.on('error', onGone)
  stream.on('end', onGone)
  stream.on('close', onGone)
  stream.on('drain', () => {
    if (!lane.blocked) return
    lane.blocked = false
    events.onBlocked(false)
  })
  return lane
}

export function startLane(lane: Lane): void {
  const { stream } = lane
  stream.on('data', lane.events.onChunk)
  if (stream.destroyed || stream.readableEnded) queueMicrotask(() => gone(lane))
}

function gone(lane: Lane): void {
  if (lane.over) return
  lane.over = true
  lane.events.onGone()
}

export function writeLane(lane: Lane, bytes: Uint8Array): void {
  if (lane.over && lane.stream.writableEnded) return
  if (!lane.corked) return send(lane, bytes)
  lane.pieces.push(bytes)
  lane.bytesCorked += bytes.length
}

function send(lane: Lane, bytes: Uint8Array): void {
  const { stream } = lane
  stream.write(bytes)
  // Stopping the other side at every full buffer would cost more than the little that waits: a stream calls 16 KiB full.
  if (lane.blocked || stream.writableLength <= lane.unsent || !stream.writableNeedDrain) return
  lane.blocked = true
  lane.events.onBlocked(true)
}

/** Stops (or resumes) reading for one reason; it reads when no reason is left. */
export function holdLane(lane: Lane, reason: keyof typeof reasons, on: boolean): void {
  const before = lane.held
  const now = on ? before | reasons[reason] : before & ~reasons[reason]
  if (now === before) return
  lane.held = now
  if (before === 0) lane.stream.pause()
  else if (now === 0) lane.stream.resume()
}

export function uncorkLane(lane: Lane): void {
  lane.corked = false
  if (lane.pieces.length > 0) flush(lane)
}

function flush(lane: Lane): void {
  const { pieces, bytesCorked, stream } = lane
  const all = pieces.length === 1 ? pieces[0] : bytesCorked <= joined ? Buffer.concat(pieces, bytesCorked) : undefined
  const apart = all ? none : [...pieces]
  pieces.length = 0
  lane.bytesCorked = 0
  if (lane.over && stream.writableEnded) return
  if (all) return send(lane, all)
  stream.cork()
  for (const piece of apart) send(lane, piece)
  stream.uncork()
}

/** Flushes and closes; after `linger` milliseconds destroys what has not drained. Resolves when closed. */
export function endLane(lane: Lane, linger: number): Promise<void> {
  const { stream } = lane
  lane.over = true
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
}
