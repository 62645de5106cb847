import { Duplex } from 'node:stream'
import { describe, expect, it } from 'vitest'
import { createLane, endLane, holdLane, type Lane, startLane, uncorkLane, writeLane } from './lane.js'

const chunk = 64 * 1024
const unsent = 128 * 1024

/** A source that always has more, and counts what was read of it. */
function source() {
  let read = 0
  const stream = new Duplex({
    read() {
      read += chunk
      this.push(Buffer.alloc(chunk, read / chunk))
    },
    write: (_bytes, _encoding, done) => done(),
  })
  return { stream, read: () => read }
}

/** A reader that takes one write at a time, when it is told to. */
function sink() {
  const writes: Uint8Array[] = []
  let took: (() => void) | undefined
  const take = (pieces: readonly Uint8Array[], done: () => void) => {
    writes.push(...pieces)
    took = done
  }
  const stream = new Duplex({
    read: () => undefined,
    write: (bytes: Uint8Array, _encoding, done) => take([bytes], done),
    writev: (pieces, done) =>
      take(
        pieces.map((piece) => piece.chunk as Uint8Array),
        done,
      ),
  })
  return {
    stream,
    writes,
    takeOne() {
      const done = took
      took = undefined
      done?.()
    },
  }
}

const turn = () => new Promise((resolve) => setImmediate(resolve))

function joinLanes(from: Duplex, to: Duplex): { readonly reader: Lane; readonly writer: Lane } {
  const nothing = () => undefined
  const writer = createLane(to, unsent, { onChunk: nothing, onGone: nothing, onBlocked: (on) => holdLane(reader, 'peer', on) })
  const reader: Lane = createLane(from, unsent, { onChunk: (bytes) => writeLane(writer, bytes), onGone: nothing, onBlocked: nothing })
  startLane(reader)
  return { reader, writer }
}

describe('a lane', () => {
  it('holds no more than its limit for a reader that takes nothing', async () => {
    const from = source()
    const to = sink()
    joinLanes(from.stream, to.stream)
    for (let i = 0; i < 100; i++) await turn()
    expect(to.stream.writableLength).toBeGreaterThan(unsent)
    expect(to.stream.writableLength).toBeLessThanOrEqual(unsent + chunk)
    // What was read and is not with the writer waits in the source's own buffer.
    expect(from.read() - to.stream.writableLength).toBeLessThanOrEqual(2 * chunk)
  })

  it('keeps memory flat for a reader that is slow, and loses nothing', async () => {
    const from = source()
    const to = sink()
    joinLanes(from.stream, to.stream)
    let most = 0
    let taken = 0
    for (let i = 0; i < 400; i++) {
      await turn()
      most = Math.max(most, from.read() - taken)
      to.takeOne()
      taken = to.writes.reduce((sum, bytes) => sum + bytes.length, 0) - to.stream.writableLength
    }
    expect(taken).toBeGreaterThan(50 * chunk)
    expect(most).toBeLessThanOrEqual(unsent + 4 * chunk)
    const all = Buffer.concat(to.writes)
    for (let i = 0; i < all.length / chunk; i++) expect(all[i * chunk]).toBe((i + 1) % 256)
  })

  it('does not stop the other side for what is quickly gone', async () => {
    const to = sink()
    const blocked: boolean[] = []
    const nothing = () => undefined
    const lane = createLane(to.stream, unsent, { onChunk: nothing, onGone: nothing, onBlocked: (on) => blocked.push(on) })
    writeLane(lane, Buffer.alloc(chunk))
    await turn()
    to.takeOne()
    await turn()
    expect(to.stream.writableLength).toBe(0)
    expect(blocked).toEqual([])
  })

  it('sends what was said under one cork as one write, in order', async () => {
    const to = sink()
    const nothing = () => undefined
    const lane = createLane(to.stream, unsent, { onChunk: nothing, onGone: nothing, onBlocked: nothing })
    lane.corked = true
    for (const word of ['a', 'bc', 'd']) writeLane(lane, Buffer.from(word))
    expect(to.writes).toEqual([])
    uncorkLane(lane)
    expect(to.writes.map(String)).toEqual(['abcd'])
  })

  it('loses nothing that was corked when it ends', async () => {
    const to = sink()
    const nothing = () => undefined
    const lane = createLane(to.stream, unsent, { onChunk: nothing, onGone: nothing, onBlocked: nothing })
    lane.corked = true
    writeLane(lane, Buffer.from('last words'))
    uncorkLane(lane)
    const closed = endLane(lane, 1000)
    to.takeOne()
    await turn()
    to.stream.destroy()
    await closed
    expect(Buffer.concat(to.writes).toString()).toBe('last words')
  })
})
