import { Duplex } from 'node:stream'

/** Two ends of one wire in memory: what one writes the other reads, with back-pressure. */
export function createDuplexPair(options: { highWaterMark?: number } = {}): readonly [Duplex, Duplex] {
  const ends: Duplex[] = []
  const make = (peer: () => Duplex): Duplex => {
    let resume: (() => void) | undefined
    return Object.assign(
      new Duplex({
        ...options,
        allowHalfOpen: false,
        read() {
          const next = resume
          resume = undefined
          next?.()
        },
        write(chunk: Buffer, _encoding, callback) {
          const other = peer() as Duplex & { accept(chunk: Buffer, done: () => void): void }
          if (other.destroyed) return callback(new Error('the other end is gone'))
          other.accept(chunk, callback)
        },
        final(callback) {
          peer().push(null)
          callback()
        },
        destroy(error, callback) {
          const other = peer()
          if (!other.destroyed) queueMicrotask(() => other.push(null))
          callback(error)
        },
      }),
      {
        accept(this: Duplex, chunk: Buffer, done: () => void) {
          if (this.push(Buffer.from(chunk))) done()
          else resume = done
        },
      },
    )
  }
  ends[0] = make(() => ends[1]!)
  ends[1] = make(() => ends[0]!)
  return [ends[0], ends[1]]
}

/** Collects what a stream says, and waits for a text to appear in it. */
export function listen(stream: Duplex): { text(): string; until(part: string): Promise<string>; closed: Promise<void> } {
  let heard = ''
  const wake = new Set<() => void>()
  const closed = new Promise<void>((resolve) => {
    stream.on('close', () => resolve())
    stream.on('end', () => resolve())
  })
  stream.on('error', () => undefined)
  stream.on('data', (chunk: Buffer) => {
    heard += chunk.toString('latin1')
    for (const w of wake) w()
  })
  return {
    text: () => heard,
    closed,
    async until(part) {
      while (!heard.includes(part)) {
        await new Promise<void>((resolve, reject) => {
          wake.add(resolve)
          void closed.then(() => (heard.includes(part) ? resolve() : reject(new Error(`closed before "${part}"; heard: ${heard}`))))
        })
        wake.clear()
      }
      return heard
    },
  }
}
