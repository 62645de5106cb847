import { parentPort } from 'node:worker_threads'
import { hasSqlDetails, loadModule, parseSync } from 'libpg-query'
import type { Outline } from './outline/outline.js'
import { readStatements } from './outline/read.js'

/** The thread's side of `parser.ts`: one text in, one answer out. Anything but a syntax error means: replace this thread. */
export interface Question {
  readonly text: string
}

export type Answer =
  | { readonly kind: 'ready' }
  | { readonly kind: 'read'; readonly statements: readonly { readonly start: number; readonly end: number; readonly outline: Outline }[] }
  /** `position` in code points. */
  | { readonly kind: 'refused'; readonly reason: string; readonly position: number }
  | { readonly kind: 'broken' }

function answer(text: string): Answer {
  try {
    return { kind: 'read', statements: text === '' ? [] : readStatements(text, parseSync(text)) }
  } catch (error) {
    if (!hasSqlDetails(error)) return { kind: 'broken' }
    return { kind: 'refused', reason: error.message, position: error.sqlDetails?.cursorPosition ?? 0 }
  }
}

const port = parentPort
if (port === null) throw new Error('this module runs in a worker thread only')
await loadModule()
port.on('message', (question: Question) => port.postMessage(answer(question.text), []))
port.postMessage({ kind: 'ready' } satisfies Answer, [])
