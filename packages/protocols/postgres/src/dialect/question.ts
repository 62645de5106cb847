import type { Classification } from '@sallyport/sql'

/** What the dialect cannot know from bytes: it asks before it judges, and waits for the answer. */
export interface Query {
  readonly kind: 'classify'
  readonly texts: readonly string[]
  /** What was forwarded of the same batch may have changed what names stand for, and that cannot be asked before its end. */
  readonly renamed: boolean
  /** Nothing is in flight: the target can be asked something before this is answered. */
  readonly askable: boolean
  /** The catalog must have been looked at after this was asked. */
  readonly fresh?: true
  /** What the target told when the answer to the same query was to ask it. */
  readonly told?: Told
}

export type Answer =
  | Meanings
  /** Statements of ours, for the target to answer first; then the same query is put again. */
  | { readonly ask: readonly string[] }

export interface Meanings {
  /** One per text, in order. */
  readonly classifications: readonly Classification[]
  /** What names were resolved by; it goes with the unit. */
  readonly searchPath?: string
}

/** Rows per statement, all values as text; undefined when one of them failed or answered too much. */
export interface Told {
  readonly results: readonly (readonly (readonly (string | null)[])[])[] | undefined
}
