import type { Touch } from '@sallyport/core'
import type { Ref } from '../outline/outline.js'

/** What classification has found so far about one statement. Handlers add to it; nothing is taken back. */
export interface Finding {
  readonly effects: Set<string>
  readonly touches: Map<string, Touch>
  /** Relations whose touches are all there already. */
  readonly relations: Set<string>
  /** References that hold one named value against a column, by the column’s name; `many`: more than one does. */
  readonly guesses: Map<string, Ref | 'many'>
  /** Some column that is read may not be among the touches, or not with its use. */
  unlisted: boolean
  /** Columns that functions read which the target’s document vouches for. */
  readonly reads: Set<string>
  readonly functions: Set<string>
  /** Why the lists may be incomplete; empty: they are exact. */
  readonly doubts: Set<string>
  readonly unresolved: Set<string>
  /** Relations that the statement would change if they were there. */
  readonly absent: Set<string>
  /** User-defined types whose values the statement works on. */
  readonly types: Set<string>
  /** Types of which the statement makes values; the code of these is told already. */
  readonly made: Set<string>
}

export function newFinding(): Finding {
  return {
    effects: new Set(),
    touches: new Map(),
    relations: new Set(),
    guesses: new Map(),
    unlisted: false,
    reads: new Set(),
    functions: new Set(),
    doubts: new Set(),
    unresolved: new Set(),
    absent: new Set(),
    types: new Set(),
    made: new Set(),
  }
}

export function touch(finding: Finding, touched: Touch): void {
  finding.touches.set(`${touched.kind}\0${touched.name}\0${touched.access}\0${touched.use ?? ''}\0${touched.test ?? ''}`, touched)
}

/** Code that nothing vouches for: it may do anything, so nothing about the statement is sure. */
export function unknownCode(finding: Finding, what: string): void {
  finding.effects.add('execute_unknown')
  finding.doubts.add(`it runs ${what}, of which nothing is known`)
}

export function unresolved(finding: Finding, kind: string, name: readonly string[]): void {
  const spelled = name.join('.')
  finding.unresolved.add(spelled)
  finding.doubts.add(`the ${kind} ${spelled} is not known at the target`)
}
