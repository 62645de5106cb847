import { parentPort } from 'node:worker_threads'
import { type Answer, load, read } from './reading.js'

/** The thread's side of `parser.ts`: one text in, one answer out. After `broken` this thread must be replaced. */
export interface Question {
  readonly text: string
}

export type Reply = { readonly kind: 'ready' } | Answer

const port = parentPort
if (port === null) throw new Error('this module runs in a worker thread only')
await load()
port.on('message', (question: Question) => port.postMessage(read(question.text) satisfies Reply, []))
port.postMessage({ kind: 'ready' } satisfies Reply, [])
