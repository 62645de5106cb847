import type { MemoryBudget } from '@sallyport/gate'
import { isIndifferent } from '@sallyport/sql'
import {
  backlogOf,
  createScanner,
  type Fate,
  type FrameHandler,
  int32At,
  keptBy,
  pauseScanner,
  resumeScanner,
  scanChunk,
  type Scanner,
  WireError,
} from '@sallyport/wire'
import { decodeFrontend, type FrontendMessage, type FrontendType, frontendTypes, isFrontendType, MessageError } from '../codec/index.js'
import { createSegment, type Segment, type SegmentEnd, spoil } from './segment.js'
import { troubles } from './trouble.js'

/**
 * The client's direction: frames are checked against their type's limit before anything is buffered, decoded whole, and
 * gathered until something asks for answers; then reading stops until the segment is dealt with. It forwards nothing
 * itself but the data of a COPY that the target asked for.
 */
export interface ClientSide {
  push(chunk: Uint8Array): void
  /** Bytes read but not dealt with. */
  kept(): number
  /** What was read behind a complete segment. */
  ahead(): readonly Uint8Array[]
  /** Nothing is read until `gather` or `copy`. */
  stopped(): boolean
  segment(): Segment
  /** Starts over with an empty segment. */
  gather(): void
  /** Stops; what was gathered is dealt with. */
  wait(): void
  /** The target wants COPY data. */
  copy(): void
  /** Gives back what the present segment holds of the budget: the session is over. */
  release(): void
}

export interface ClientEvents {
  /** The segment wants answers. */
  complete(): void
  /** The open batch goes nowhere any more: what comes up to Sync is ignored. */
  skipping(): boolean
  /** The client has sent its last COPY data. */
  copied(): void
  data(bytes: Uint8Array): void
  terminate(): void
  /** What cannot be a message: nothing after it can be understood. */
  violated(error: WireError): void
}

export interface Limits {
  /** Bytes and messages that one sync unit may have. */
  readonly unitBytes: number
  readonly unitMessages: number
  /** Bytes of one statement's text, and of one Bind. */
  readonly statement: number
  readonly bind: number
}

/** PostgreSQL's own limit on any message. */
const mostBytes = 0x3fffffff

export interface ClientSideOptions {
  readonly limits: Limits
  readonly memory: MemoryBudget
  readonly events: ClientEvents
}

/** One per session; what handles its frames is shared by all. */
interface Gathering extends ClientSideOptions {
  /** Set as soon as it is made: each knows the other. */
  scanner: Scanner<Gathering>
  segment: Segment
  copying: boolean
  stopped: boolean
  /** Bytes of the budget that the present segment holds. */
  taken: number
}

export function createClientSide(options: ClientSideOptions): ClientSide {
  const all = { ...options, segment: createSegment(), copying: false, stopped: false, taken: 0 } as Gathering
  all.scanner = createScanner(handler, all)
  return {
    push: (chunk) => guarded(all, chunk),
    kept: () => keptBy(all.scanner),
    ahead: () => backlogOf(all.scanner),
    release: () => release(all),
    stopped: () => all.stopped,
    segment: () => all.segment,
    gather() {
      begin(all)
      all.copying = false
      goOn(all)
    },
    wait() {
      begin(all)
      stop(all)
    },
    copy() {
      release(all)
      all.copying = true
      goOn(all)
    },
  }
}

const handler: FrameHandler<Gathering> = {
  header: 5,
  size(bytes, at) {
    const length = int32At(bytes, at + 1)
    if (length < 4 || length > mostBytes) throw new WireError('malformed', 'invalid message length')
    return length + 1
  },
  head,
  whole,
  run: ({ events }, bytes) => events.data(bytes),
}

/**
 * Goes on with what was kept, or (`chunk`) with what came. Frames may be handled in anybody's turn: what is wrong with them is
 * the client's fault in each.
 */
function guarded({ scanner, events }: Gathering, chunk?: Uint8Array): void {
  try {
    if (chunk) scanChunk(scanner, chunk)
    else resumeScanner(scanner)
  } catch (error) {
    if (!(error instanceof WireError)) throw error
    events.violated(error)
  }
}

function begin(of: Gathering): void {
  release(of)
  of.segment = createSegment()
}

function goOn(of: Gathering): void {
  of.stopped = false
  guarded(of)
}

function stop(of: Gathering): void {
  of.stopped = true
  pauseScanner(of.scanner)
}

function complete(of: Gathering, end: SegmentEnd): void {
  of.segment.end = end
  stop(of)
  of.events.complete()
}

function most({ limits }: Gathering, type: FrontendType): number {
  const limit = frontendTypes[type]
  // Beside the text: a name, and at most 65,535 types.
  if (limit === 'statement') return limits.statement + (type === 'P' ? 64 + 2 + 65535 * 4 + 1 : 1)
  return limit === 'bind' ? limits.bind : limit
}

function head(of: Gathering, bytes: Uint8Array, at: number, size: number): Fate {
  const { limits, events } = of
  const type = String.fromCharCode(bytes[at]!)
  if (!isFrontendType(type)) throw new WireError('malformed', `invalid frontend message type ${bytes[at]}`)
  const over = size - 5 > most(of, type)
  if (of.copying) return copyHead(type, over)
  switch (type) {
    case 'd':
    case 'c':
    case 'f':
      // Data that was on its way when a COPY failed: a server ignores it, and so do we.
      if (over) throw new WireError('too_large', 'a message is too large')
      return 'drop'
    case 'S':
    case 'H':
    case 'X':
      if (over) throw new WireError('malformed', 'invalid message length')
      return 'whole'
    case 'D':
    case 'E':
    case 'C':
      if (over) throw new WireError('malformed', 'invalid message length')
      return wanted(of, size)
    case 'Q':
    case 'F':
      return alone(of, type, { over, size })
    case 'P':
    case 'B':
      if (over && !events.skipping()) {
        spoil(of.segment, type === 'P' ? troubles.statementTooLarge(limits.statement) : troubles.parametersTooLarge(limits.bind))
      }
      return over ? 'drop' : wanted(of, size)
    default:
      return type satisfies never
  }
}

/** A message of the extended protocol: taken unless its batch is lost or too large. */
function wanted(of: Gathering, size: number): Fate {
  const { segment, limits } = of
  if (of.events.skipping()) return 'drop'
  segment.bytes += size
  segment.count++
  if (segment.bytes > limits.unitBytes || segment.count > limits.unitMessages) {
    spoil(segment, troubles.unitTooLarge(limits.unitBytes, limits.unitMessages))
  }
  return segment.trouble ? 'drop' : gathered(of, size)
}

/** Refused by its header where the agent has no memory left for it, before a byte of it is kept. */
function gathered(of: Gathering, size: number): Fate {
  if (of.memory.take(size)) {
    of.taken += size
    return 'whole'
  }
  spoil(of.segment, troubles.noMemory)
  return 'drop'
}

function release(of: Gathering): void {
  of.memory.give(of.taken)
  of.taken = 0
}

/** Query and FunctionCall are answered by themselves: they end a batch that was flushed, and may not come before its Flush. */
function alone(of: Gathering, type: 'Q' | 'F', { over, size }: { readonly over: boolean; readonly size: number }): Fate {
  const { segment } = of
  if (of.events.skipping()) return 'drop'
  if (segment.count > 0 || segment.trouble) {
    spoil(segment, troubles.mixing)
    complete(of, 'flush')
    return 'drop'
  }
  if (type === 'F') spoil(segment, troubles.functionCall)
  if (over) spoil(segment, troubles.statementTooLarge(of.limits.statement))
  else if (gathered(of, size) === 'whole') return 'whole'
  complete(of, 'query')
  return 'drop'
}

function copyHead(type: FrontendType, over: boolean): Fate {
  if (over) throw new WireError('too_large', 'a message is too large')
  if (type === 'd') return 'pass'
  if (type === 'c' || type === 'f' || type === 'X') return 'whole'
  // A server that copies ignores Flush and Sync.
  if (type === 'H' || type === 'S') return 'drop'
  throw new WireError('malformed', `message type ${type} came instead of COPY data`)
}

function whole(of: Gathering, frame: Uint8Array): 'drop' | Uint8Array {
  const type = String.fromCharCode(frame[0]!) as FrontendType
  if (of.copying && type !== 'X') {
    of.copying = false
    of.events.copied()
    // Not as part of a run: what is sent next must come after it.
    return frame
  }
  if (type === 'X') of.events.terminate()
  else if (type === 'S') complete(of, 'sync')
  else if (type === 'H') complete(of, 'flush')
  else {
    take(of.segment, type, frame)
    if (type === 'Q' || type === 'F') complete(of, 'query')
  }
  return 'drop'
}

function take(segment: Segment, type: FrontendType, frame: Uint8Array): void {
  const own = copyOf(type, frame)
  if (type === 'F') {
    segment.broken = own
    return
  }
  try {
    const message = decodeFrontend(type, own)
    segment.messages.push(message)
    segment.frames.push(own)
    segment.indifferent &&= indifferent(message)
  } catch (error) {
    if (!(error instanceof MessageError)) throw error
    segment.broken = own.subarray(5)
    spoil(segment, troubles.message(error.code, error.message))
  }
}

function indifferent(message: FrontendMessage): boolean {
  switch (message.type) {
    case 'query':
      return isIndifferent(message.raw)
    case 'parse':
      return isIndifferent(message.raw) && isIndifferent(message.name)
    case 'bind':
      return isIndifferent(message.statement) && isIndifferent(message.portal)
    case 'execute':
      return isIndifferent(message.portal)
    case 'describe':
    case 'close':
      return isIndifferent(message.name)
    default:
      return message satisfies never
  }
}

/** What a name may keep gets memory of its own; everything else shares a block, which is cheaper and soon given back. */
function copyOf(type: FrontendType, frame: Uint8Array): Uint8Array {
  const named = (type === 'P' || type === 'B') && frame[5] !== 0
  return named ? new Uint8Array(frame) : Buffer.from(frame)
}
