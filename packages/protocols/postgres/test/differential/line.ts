import type { Duplex } from 'node:stream'
import { serialize } from 'pg-protocol'
import { createSplitter, type Message } from './splitter.js'

/** A client that says what it is told to, and keeps every message it hears, from the first after the login. */
export interface Line {
  say(bytes: Uint8Array): void
  /** Everything heard; emptied by whoever has dealt with it. */
  readonly heard: Message[]
  /** Resolves when so many ReadyForQuery were heard in all, or the line is over. Rejects when it takes too long. */
  ready(count: number): Promise<void>
  /** Resolves when the other side has closed. Rejects when it takes too long. */
  readonly over: () => Promise<void>
  close(): void
}

export interface LineOptions {
  readonly user: string
  readonly database: string
  readonly password?: string
}

/** Milliseconds that no answer of these tests takes. */
const patience = 20_000

export async function openLine(stream: Duplex, { user, database, password }: LineOptions): Promise<Line> {
  const heard: Message[] = []
  let readies = 0
  let closed = false
  const waiting = new Set<() => void>()
  const wake = () => {
    for (const look of waiting) look()
  }
  const splitter = createSplitter({
    begin: () => undefined,
    whole(message) {
      heard.push({ type: message.type, body: Buffer.from(message.body) })
      if (message.type === 'Z') readies++
      if (message.type === 'R' && message.body.readInt32BE() === 3) stream.write(serialize.password(password ?? ''))
    },
  })
  stream.on('data', (chunk: Buffer) => {
    splitter.push(chunk)
    wake()
  })
  for (const event of ['close', 'end', 'error']) {
    stream.on(event, () => {
      closed = true
      wake()
    })
  }
  const until = (what: string, test: () => boolean) =>
    new Promise<void>((resolve, reject) => {
      const timer = setTimeout(() => reject(new Error(`${what}; heard ${heard.map(({ type }) => type).join('')}`)), patience)
      const look = () => {
        if (!test() && !closed) return
        clearTimeout(timer)
        waiting.delete(look)
        resolve()
      }
      waiting.add(look)
      look()
    })

  stream.write(serialize.startup({ user, database }))
  await until('the login got no answer', () => readies > 0 || heard.some(({ type }) => type === 'E'))
  const refused = heard.find(({ type }) => type === 'E')
  if (refused) throw new Error(`the login was refused: ${refused.body.toString()}`)
  heard.length = 0
  readies = 0
  return {
    heard,
    say: (bytes) => void stream.write(bytes),
    ready: (count) => until(`no ReadyForQuery of number ${count}`, () => readies >= count),
    over: () => until('the line was not closed', () => closed),
    close: () => void stream.destroy(),
  }
}
