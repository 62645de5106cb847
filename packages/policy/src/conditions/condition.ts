import type { Action } from '@sallyport/core'
import type { Answer } from '../answer.js'
import type { Scope } from '../scope.js'

/**
 * One key of a rule's `match`. `one`: a deny rule, which fits when one of the action's effects, touches or functions
 * does. `all`: an allow or hold rule, which fits only when every one does. What is absent or unknown answers `maybe`.
 * A condition must not look at anything but its arguments, and must not throw.
 */
export type Quantifier = 'one' | 'all'

export interface Condition {
  /** The key in the document. */
  readonly key: 'verbs' | 'effects' | 'touches' | 'functions' | 'certainty' | 'facts' | 'when'
  test(action: Action, scope: Scope): Answer
  /** Why `test` answers so, for `explain`: names the condition's part and the action's value. */
  why(action: Action, scope: Scope): string
}

/** A short list for a sentence. */
export function some(items: readonly string[], most = 8): string {
  if (items.length === 0) return 'none'
  const shown = items.slice(0, most).join(', ')
  return items.length > most ? `${shown} and ${items.length - most} more` : shown
}
