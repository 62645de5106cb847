import type { MemoryBudget } from '@sallyport/gate'
import { isIndifferent } from '@sallyport/sql'
import { createScanner, type Fate, int32At, WireError } from '@sallyport/wire'
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

export function createClientSide({ limits, memory, events }: ClientSideOptions): ClientSide {
  let segment = createSegment()
  let copying = false
  let stopped = false
  /** Bytes of the budget that the present segment holds. */
  let taken = 0

  function most(type: FrontendType): number {
    const limit = frontendTypes[type]
    // Beside the text: a name, and at most 65,535 types.
    if (limit === 'statement') return limits.statement + (type === 'P' ? 64 + 2 + 65535 * 4 + 1 : 1)
    return limit === 'bind' ? limits.bind : limit
  }

  function complete(end: SegmentEnd): void {
    segment.end = end
    stop()
    events.complete()
  }

  function stop(): void {
    stopped = true
    scanner.pause()
  }

  function goOn(): void {
    stopped = false
    guarded(() => scanner.resume())
  }

  function head(bytes: Uint8Array, at: number, size: number): Fate {
    const type = String.fromCharCode(bytes[at]!)
    if (!isFrontendType(type)) throw new WireError('malformed', `invalid frontend message type ${bytes[at]}`)
    const over = size - 5 > most(type)
    if (copying) return copyHead(type, over)
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
        return wanted(size)
      case 'Q':
      case 'F':
        return alone(type, over, size)
      case 'P':
      case 'B':
        if (over && !events.skipping()) {
          spoil(segment, type === 'P' ? troubles.statementTooLarge(limits.statement) : troubles.parametersTooLarge(limits.bind))
        }
        return over ? 'drop' : wanted(size)
      default:
        return type satisfies never
    }
  }

  /** A message of the extended protocol: taken unless its batch is lost or too large. */
  function wanted(size: number): Fate {
    if (events.skipping()) return 'drop'
    segment.bytes += size
    segment.count++
    if (segment.bytes > limits.unitBytes || segment.count > limits.unitMessages) {
      spoil(segment, troubles.unitTooLarge(limits.unitBytes, limits.unitMessages))
    }
    return segment.trouble ? 'drop' : gathered(size)
  }

  /** Refused by its header where the agent has no memory left for it, before a byte of it is kept. */
  function gathered(size: number): Fate {
    if (memory.take(size)) {
      taken += size
      return 'whole'
    }
    spoil(segment, troubles.noMemory)
    return 'drop'
  }

  function release(): void {
    memory.give(taken)
    taken = 0
  }

  /** Query and FunctionCall are answered by themselves: they end a batch that was flushed, and may not come before its Flush. */
  function alone(type: 'Q' | 'F', over: boolean, size: number): Fate {
    if (events.skipping()) return 'drop'
    if (segment.count > 0 || segment.trouble) {
      spoil(segment, troubles.mixing)
      complete('flush')
      return 'drop'
    }
    if (type === 'F') spoil(segment, troubles.functionCall)
    if (over) spoil(segment, troubles.statementTooLarge(limits.statement))
    else if (gathered(size) === 'whole') return 'whole'
    complete('query')
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

  function whole(frame: Uint8Array): 'drop' | Uint8Array {
    const type = String.fromCharCode(frame[0]!) as FrontendType
    if (copying && type !== 'X') {
      copying = false
      events.copied()
      // Not as part of a run: what is sent next must come after it.
      return frame
    }
    if (type === 'X') events.terminate()
    else if (type === 'S') complete('sync')
    else if (type === 'H') complete('flush')
    else {
      take(type, frame)
      if (type === 'Q' || type === 'F') complete('query')
    }
    return 'drop'
  }

  function take(type: FrontendType, frame: Uint8Array): void {
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

  const scanner = createScanner({
    header: 5,
    size(bytes, at) {
      const length = int32At(bytes, at + 1)
      if (length < 4 || length > mostBytes) throw new WireError('malformed', 'invalid message length')
      return length + 1
    },
    head,
    whole,
    run: (bytes) => events.data(bytes),
  })

  /** Frames may be handled in anybody's turn: what is wrong with them is the client's fault in each. */
  function guarded(work: () => void): void {
    try {
      work()
    } catch (error) {
      if (!(error instanceof WireError)) throw error
      events.violated(error)
    }
  }

  return {
    push: (chunk) => guarded(() => scanner.push(chunk)),
    kept: () => scanner.kept(),
    release,
    stopped: () => stopped,
    segment: () => segment,
    gather() {
      release()
      segment = createSegment()
      copying = false
      goOn()
    },
    wait() {
      release()
      segment = createSegment()
      stop()
    },
    copy() {
      release()
      copying = true
      goOn()
    },
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
