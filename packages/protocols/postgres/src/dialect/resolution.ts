import type { Action, Param } from '@sallyport/core'
import type { Classification, Classified } from '@sallyport/sql'
import type { Batch, Reply } from './batch.js'
import type { Flags } from './control.js'
import type { Change, Names } from './names.js'
import type { Trouble } from './trouble.js'

/** What the messages of a unit turn out to be, given the names in force. It belongs to whoever asked, and is never kept. */
export type Resolution =
  | { readonly is: 'resolved'; readonly plan: Plan }
  | { readonly is: 'trouble'; readonly trouble: Trouble; readonly items: readonly Item[] }
  /** Classify these first. */
  | { readonly is: 'missing'; readonly texts: readonly string[] }
  /** A batch in flight may still change what a name means. */
  | { readonly is: 'open' }

/** One execution, or a preparation that nothing in the segment executes. */
export interface Item {
  readonly action: Action
  readonly raw: Uint8Array
  readonly params: readonly Param[]
}

export interface Plan extends Pick<Flags, 'begins' | 'works' | 'unseen' | 'isolation' | 'timeouts'> {
  readonly items: readonly Item[]
  /** What the target will owe for it, `sync` excluded. */
  readonly replies: readonly { readonly kind: Reply['kind']; readonly changes: readonly (Change | undefined)[] }[]
  readonly changes: readonly Change[]
  /** Whose rows each statement of a query, or each Execute, answers with, in order; undefined for a text of blanks. */
  readonly shown: readonly (Classified | undefined)[]
  /** Leaves the meaning of later statements alone. */
  readonly neutral: boolean
  /** Search path, catalog or the like may differ afterwards. */
  readonly renames: boolean
  /** Nothing more may run in its batch. */
  readonly alone: boolean
  readonly listens: boolean
  readonly copyIn: boolean
  readonly copyOut: boolean
}

export interface Scope {
  readonly names: Names
  /** Changes that earlier parts of the same batch make. */
  readonly own: readonly Change[]
  /** Other batches in flight. */
  readonly others: readonly Batch[]
  readonly classified: ReadonlyMap<string, Classification>
  readonly runsCode: (type: number) => boolean
  /** Nothing may take the transactions of the session out of read-only mode, whatever policies say. */
  readonly readOnly?: boolean
}
