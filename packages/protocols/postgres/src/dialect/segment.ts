import type { Classification } from '@sallyport/sql'
import type { FrontendMessage } from '../codec/index.js'
import type { Trouble } from './trouble.js'

/**
 * What is being gathered of the client's messages until a Query, Sync or Flush asks for answers. Its frames are copies:
 * the reads they came in belong to somebody else.
 */
export interface Segment {
  readonly messages: FrontendMessage[]
  readonly frames: Uint8Array[]
  bytes: number
  count: number
  /** Every text and name in it means the same under any encoding and string setting. */
  indifferent: boolean
  trouble: Trouble | undefined
  /** A message that could not be decoded, for the trail. */
  broken: Uint8Array | undefined
  end: SegmentEnd | undefined
  /** The client cancelled it while it was being judged. */
  withdrawn: boolean
  readonly classified: Map<string, Classification>
}

/** `query`: it is one Query or FunctionCall, and answered with its own ReadyForQuery. */
export type SegmentEnd = 'query' | 'sync' | 'flush'

export function createSegment(): Segment {
  return {
    messages: [],
    frames: [],
    bytes: 0,
    count: 0,
    indifferent: true,
    trouble: undefined,
    broken: undefined,
    end: undefined,
    withdrawn: false,
    classified: new Map(),
  }
}

/** From here on nothing of it will be forwarded. */
export function spoil(segment: Segment, trouble: Trouble): void {
  segment.trouble ??= trouble
  segment.messages.length = 0
  segment.frames.length = 0
}
