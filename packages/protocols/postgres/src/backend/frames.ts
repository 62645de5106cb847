import { SallyportError } from '@sallyport/core'
import type { BackendMessage } from 'pg-protocol/dist/messages.js'
import { Parser } from 'pg-protocol/dist/parser.js'
import type { Inbound } from '../inbound.js'

/**
 * Messages of the target, one at a time, while the agent itself is the client: login and side connections. Nothing
 * beyond the asked-for message is consumed. A caller must not use it once the relay owns the stream.
 */
export interface Frames {
  /** The next message; throws `SallyportError` for what no PostgreSQL sends, `StreamEnded` when it is gone. */
  next(): Promise<Frame>
}

export interface Frame {
  /** The message's type, as the character the protocol names it by. */
  readonly type: string
  /** What follows the length. */
  readonly body: Buffer
  /** The message as pg-protocol reads it. Not for `R`: that reader takes what it does not know for AuthenticationOk. */
  decode(): BackendMessage
}

export function createFrames(inbound: Inbound, largest: number): Frames {
  const parser = new Parser()
  return {
    async next() {
      const head = await inbound.take(5)
      const length = head.readInt32BE(1)
      if (length < 4 || length > largest)
        throw new SallyportError('target_rejected', 'the target does not speak the protocol of PostgreSQL')
      const body = length === 4 ? Buffer.alloc(0) : await inbound.take(length - 4)
      return {
        type: String.fromCharCode(head[0]!),
        body,
        decode() {
          let decoded: BackendMessage | undefined
          parser.parse(Buffer.concat([head, body]), (message) => (decoded = message))
          if (!decoded) throw new SallyportError('target_rejected', 'the target does not speak the protocol of PostgreSQL')
          return decoded
        },
      }
    },
  }
}
