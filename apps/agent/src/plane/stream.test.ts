import { Duplex } from 'node:stream'
import type { ClientDuplexStream } from '@grpc/grpc-js'
import { describe, expect, it } from 'vitest'
import { planeStream } from './stream.js'

type Call = ClientDuplexStream<string, string>

/** Full after every message; `drain` comes when the other end has taken it, or never. */
function call({ takes }: { takes: boolean }): Call {
  const stream = new Duplex({
    objectMode: true,
    highWaterMark: 1,
    read: () => undefined,
    write: (_message, _encoding, taken) => void (takes && setImmediate(taken)),
  })
  const cancel = (): void => void stream.destroy(new Error('cancelled'))
  return Object.assign(stream, { cancel }) as unknown as Call
}

const listening = (stream: Call): number[] => ['drain', 'error', 'end', 'close'].map((event) => stream.listenerCount(event))

describe('a stream to the control plane', () => {
  it('listens no more after it has waited for room many times', async () => {
    const under = call({ takes: true })
    const stream = planeStream(under)
    const before = listening(under)
    for (let sent = 0; sent < 20; sent++) await stream.send('message')
    expect(listening(under)).toEqual(before)
  })

  it('says why it ended to whoever waits for room or for a message, and to whoever comes later', async () => {
    const stream = planeStream(call({ takes: false }))
    const waiting = [stream.send('message'), stream.receive()].map((promise) => expect(promise).rejects.toThrow('closed by this agent'))
    stream.close()
    await Promise.all(waiting)
    await expect(stream.send('message')).rejects.toThrow('closed by this agent')
    await expect(stream.receive()).rejects.toThrow('closed by this agent')
  })
})
