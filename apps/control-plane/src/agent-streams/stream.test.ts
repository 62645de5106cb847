import { getEventListeners } from 'node:events'
import { Duplex } from 'node:stream'
import type { ServerDuplexStream } from '@grpc/grpc-js'
import { describe, expect, it } from 'vitest'
import { Refused } from './refused.js'
import { type AgentStream, serveStream } from './stream.js'

type Call = ServerDuplexStream<string, string>

const silent = { info: () => undefined, warn: () => undefined, error: () => undefined }

/** Full after every message; `drain` comes when the agent has taken it, or never. */
function call({ takes }: { takes: boolean }): Call {
  const stream = new Duplex({
    objectMode: true,
    highWaterMark: 1,
    read: () => undefined,
    write: (_message, _encoding, taken) => void (takes && setImmediate(taken)),
  })
  return Object.assign(stream, { cancelled: false }) as unknown as Call
}

describe('a stream of an agent', () => {
  it('listens no more after it has waited for room many times', async () => {
    const under = call({ takes: true })
    const counts: number[][] = []
    await serveStream(under, silent, async (stream: AgentStream<string, string>) => {
      const count = (): unknown =>
        counts.push([under.listenerCount('drain'), under.listenerCount('error'), getEventListeners(stream.ended, 'abort').length])
      count()
      for (let sent = 0; sent < 20; sent++) await stream.send('message')
      count()
    })
    expect(counts).toEqual([
      [0, 1, 0],
      [0, 1, 0],
    ])
  })

  it('says why it ended to whoever waits for room', async () => {
    const under = call({ takes: false })
    under.on('error', () => undefined)
    let said: unknown
    await serveStream(under, silent, async (stream: AgentStream<string, string>) => {
      const sending = stream.send('message').catch((error: unknown) => (said = error))
      stream.end(new Refused('unavailable', 'the agent went away'))
      await sending
    })
    expect(said).toMatchObject({ message: 'the agent went away' })
  })
})
