import type { Action } from '@sallyport/core'
import type { Control } from './control.js'
import type { Lineage } from './lineage.js'
import type { TargetModel } from './model.js'

/** One statement, judged by name and kind. */
export interface Classified {
  readonly action: Action
  /** Exactly the characters of the statement, without the semicolon around it. For text that cannot be read: all of it. */
  readonly text: string
  readonly control: Control
  /**
   * Of a statement that returns rows, or copies them out: its output columns in order; of DECLARE those of its cursor, for the
   * FETCH that will name it; of EXECUTE once what it names is joined to it with `withPrepared`. Absent: not known, so each may show anything that the statement
   * touches; so may they where another number of columns comes than is told here, for a function in FROM counts as one.
   */
  readonly outputs?: readonly Lineage[]
}

/** Everything that a text does, one entry per statement in order; empty for a text of blanks and comments. */
export interface Classification {
  readonly statements: readonly Classified[]
  /** The text could be read. If not, `statements` holds one entry with the effect `unparsable`, or `oversize`. */
  readonly readable: boolean
}

/** What the meaning of names and settings depends on, besides the text. */
export interface ClassifyContext {
  /** Absent: all that depends on names is of unknown certainty. */
  readonly model?: TargetModel | undefined
  /** The search path in force now, as `current_schemas(false)` gives it. */
  readonly searchPath: readonly string[]
  /** Changes whenever something here that is neither model nor search path changes; part of the cache key. */
  readonly settingsEpoch?: string
  /** Upper bounds of time-outs in milliseconds that the target imposes; a larger value, or none, is an unsafe setting. */
  readonly limits?: Readonly<Record<string, number>>
  /** User-defined functions that the target's document vouches for, by `schema.name(type, type)`. */
  readonly declared?: Readonly<Record<string, DeclaredFunction>>
}

export interface DeclaredFunction {
  readonly effects: readonly string[]
  /** Columns as `schema.relation.column`. */
  readonly reads?: readonly string[]
}
