import { Worker } from 'node:worker_threads'
import type { Parsed, ParsedStatement } from './parsed.js'
import { createInPlace } from './in-place.js'
import type { Answer } from './reading.js'
import type { Question, Reply } from './worker.js'

/**
 * Reads statements with PostgreSQL's own grammar: short ones at once, all others in worker threads, since a hostile text can
 * break a thread, but must never break the process. A caller must take `ok: false` as a refusal; there is no second opinion.
 */
export interface Parser {
  /** Answers at once where no thread is needed. Never rejects. */
  parse(text: string): Parsed | Promise<Parsed>
  /** Ends the threads; what was waiting is answered as unreadable. */
  close(): Promise<void>
}

export interface ParserOptions {
  readonly workers?: number
  /** Longest text in bytes of UTF-8; 1 MiB unless told. */
  readonly maxBytes?: number
  /** How long one text may take, in milliseconds; 2,000 unless told. */
  readonly timeoutMs?: number
  /** Texts that may wait; one more is refused. 1,000 unless told. */
  readonly maxWaiting?: number
  /** A thread is replaced after it read this many bytes, for its memory never shrinks; 64 MiB unless told. */
  readonly recycleBytes?: number
  /** Whether short texts are read on the caller's own thread; they are unless told. */
  readonly inPlace?: boolean
}

interface Job {
  readonly text: string
  readonly bytes: number
  readonly resolve: (parsed: Parsed) => void
}

interface Limits {
  readonly timeoutMs: number
  readonly recycleBytes: number
}

const unreadable = (reason: string): Parsed => ({ ok: false, code: 'unparsable', reason })

export function createParser(options: ParserOptions = {}): Parser {
  const { workers = 2, maxBytes = 1 << 20, timeoutMs = 2_000, maxWaiting = 1_000, recycleBytes = 64 << 20 } = options
  const waiting: Job[] = []
  const readInPlace = options.inPlace === false ? undefined : createInPlace()
  let closed = false
  const next = (): Job | undefined => waiting.shift()
  const threads = Array.from({ length: workers }, () => createThread({ timeoutMs, recycleBytes }, next))

  return {
    parse(text) {
      const refusal = refuse(text, maxBytes)
      if (refusal !== undefined) return refusal
      if (closed) return unreadable('the parser is closed')
      const answer = readInPlace?.(text)
      if (answer !== undefined) return parsedOf(text, answer)
      if (waiting.length >= maxWaiting) return { ok: false, code: 'too_many', reason: 'too many statements wait to be read; try again' }
      return new Promise((resolve) => {
        waiting.push({ text, bytes: Buffer.byteLength(text), resolve })
        for (const thread of threads) thread.wake()
      })
    },
    async close() {
      closed = true
      for (const job of waiting.splice(0)) job.resolve(unreadable('the parser is closed'))
      await Promise.all(threads.map((thread) => thread.end()))
    },
  }
}

function refuse(text: string, maxBytes: number): Parsed | undefined {
  // A UTF-16 unit takes at most three bytes of UTF-8.
  if (text.length * 3 > maxBytes && Buffer.byteLength(text) > maxBytes)
    return { ok: false, code: 'too_large', reason: `the statement is longer than ${maxBytes} bytes` }
  const nul = text.indexOf('\0')
  if (nul >= 0) return { ...unreadable('the statement holds a NUL character'), position: nul } as Parsed
  if (/[\u{d800}-\u{dfff}]/u.test(text)) return unreadable('the statement is not valid Unicode')
  return undefined
}

/** One thread and what it works on. At most one text is with it, so the clock and a crash have one victim. */
function createThread(limits: Limits, next: () => Job | undefined) {
  let worker: Worker | undefined
  let ready = false
  let job: Job | undefined
  let timer: NodeJS.Timeout | undefined
  let spent = 0
  let ended = false

  const settle = (parsed: Parsed) => {
    clearTimeout(timer)
    const settled = job
    job = undefined
    settled?.resolve(parsed)
  }
  const retire = async () => {
    const old = worker
    worker = undefined
    ready = false
    spent = 0
    old?.removeAllListeners()
    old?.on('error', () => undefined)
    await old?.terminate()
  }
  const take = () => {
    if (ended || (worker !== undefined && !ready)) return
    job ??= next()
    if (worker === undefined) {
      if (job !== undefined) spawn()
    } else if (job === undefined) worker.unref()
    else {
      worker.ref()
      timer = setTimeout(() => lose('the statement takes too long to read'), limits.timeoutMs)
      worker.postMessage({ text: job.text } satisfies Question, [])
    }
  }
  /** The thread is no good any more, and the text with it is why. A thread that never came up is tried again only for a next text. */
  const lose = (reason: string) => {
    const cameUp = ready
    void retire()
    settle(unreadable(reason))
    if (ended) return
    if (cameUp) spawn()
    else take()
  }
  const hear = (reply: Reply) => {
    if (reply.kind === 'broken') return lose(tooDeep)
    if (reply.kind === 'ready') ready = true
    else {
      spent += job?.bytes ?? 0
      settle(parsedOf(job?.text ?? '', reply))
      if (spent >= limits.recycleBytes) {
        void retire()
        return spawn()
      }
    }
    take()
  }
  const spawn = () => {
    worker = new Worker(new URL('./worker.js', import.meta.url), { resourceLimits: { stackSizeMb: 16 } })
    worker.on('message', hear)
    worker.on('error', () => lose('the statement broke its reader'))
    worker.on('exit', () => lose('the statement broke its reader'))
  }
  spawn()

  return {
    wake() {
      if (job === undefined) take()
    },
    async end() {
      ended = true
      settle(unreadable('the parser is closed'))
      await retire()
    },
  }
}

const tooDeep = 'the statement is nested too deeply to read'

function parsedOf(text: string, answer: Answer): Parsed {
  switch (answer.kind) {
    case 'read':
      return { ok: true, statements: answer.statements.map((each) => slice(text, each)) }
    case 'refused':
      return refused(text, answer)
    case 'broken':
      return unreadable(tooDeep)
    default:
      return answer satisfies never
  }
}

type Read = Extract<Answer, { kind: 'read' }>['statements'][number]

function slice(text: string, read: Read): ParsedStatement {
  return { text: text.slice(read.start, read.end), outline: read.outline }
}

/** The grammar counts code points, we count UTF-16 units. */
function refused(text: string, answer: Extract<Answer, { kind: 'refused' }>): Parsed {
  let position = 0
  for (let points = 0; points < answer.position && position < text.length; points++)
    position += text.codePointAt(position)! > 0xffff ? 2 : 1
  return { ok: false, code: 'unparsable', reason: answer.reason, position }
}
