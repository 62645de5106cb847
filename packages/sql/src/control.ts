import type { Action } from '@sallyport/core'
import type { Lineage } from './lineage.js'

/**
 * What a statement does to the session, for whoever keeps the session's state. It says nothing about permission: that is
 * the action's. A caller must not forward on the strength of a control alone.
 */
export type Control = ControlFlags & ControlKind

export interface ControlFlags {
  /** Some setting may differ afterwards. Code that was not understood counts: it may call set_config. */
  readonly changesSettings: boolean
  /** Names may resolve differently afterwards (search_path, or everything reset); DDL has a flag of its own. */
  readonly changesNames: boolean
  /** Text may be split into tokens differently afterwards. */
  readonly changesLexing: boolean
  /** The catalog differs afterwards: the target model has to be loaded again. */
  readonly ddl: boolean
  /** The statement may answer with rows. */
  readonly returnsRows: boolean
}

/** Of everything but what the name stands for. */
export type Certainty = Pick<Action, 'certainty' | 'reason'>

export type ControlKind =
  | { readonly kind: 'none' }
  | { readonly kind: 'begin' | 'commit' | 'rollback'; readonly chain?: boolean }
  | { readonly kind: 'savepoint' | 'release' | 'rollback_to'; readonly name: string }
  | { readonly kind: 'twophase' }
  /** `inner` is what EXECUTE or Bind of the name will run, `innerFlags` what that does to the session, `innerOutputs` what its columns come from. */
  | {
      readonly kind: 'prepare'
      readonly name: string
      readonly inner: Action
      readonly innerFlags: ControlFlags
      readonly innerOutputs?: readonly Lineage[]
    }
  /** The action lacks what the name stands for: join it with `withPrepared`. `run` is false under EXPLAIN without ANALYZE. */
  | { readonly kind: 'execute'; readonly name: string; readonly run: boolean; readonly own: Certainty }
  | { readonly kind: 'deallocate'; readonly name: string | undefined }
  | { readonly kind: 'declare'; readonly name: string; readonly hold: boolean }
  | { readonly kind: 'fetch'; readonly name: string }
  /** `name` undefined closes all. */
  | { readonly kind: 'close_cursor'; readonly name: string | undefined }
  | { readonly kind: 'discard'; readonly what: 'all' | 'plans' | 'sequences' | 'temp' }
  /** `value` is absent for TO DEFAULT, FROM CURRENT and what is not a list of literals. */
  | { readonly kind: 'set'; readonly name: string; readonly local: boolean; readonly value?: string }
  /** `name` undefined resets all. */
  | { readonly kind: 'reset'; readonly name: string | undefined }
  | { readonly kind: 'copy_in' | 'copy_out' }
  | { readonly kind: 'listen' | 'notify'; readonly channel: string }
  /** `channel` undefined is `UNLISTEN *`. */
  | { readonly kind: 'unlisten'; readonly channel: string | undefined }
