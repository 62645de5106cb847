import { hasSqlDetails, loadModule, parseSync } from 'libpg-query'
import type { Outline } from './outline/outline.js'
import { readStatements } from './outline/read.js'

/** Reads one text with the grammar, on whatever thread it is called. A caller must await `load` first. */
export type Answer =
  | { readonly kind: 'read'; readonly statements: readonly { readonly start: number; readonly end: number; readonly outline: Outline }[] }
  /** `position` in code points. */
  | { readonly kind: 'refused'; readonly reason: string; readonly position: number }
  /** Anything but a syntax error: the grammar's memory is in no known state, so nothing must be read with it any more. */
  | { readonly kind: 'broken' }

export const load: () => Promise<void> = loadModule

export function read(text: string): Answer {
  try {
    return { kind: 'read', statements: text === '' ? [] : readStatements(text, parseSync(text)) }
  } catch (error) {
    if (!hasSqlDetails(error)) return { kind: 'broken' }
    return { kind: 'refused', reason: error.message, position: error.sqlDetails?.cursorPosition ?? 0 }
  }
}
