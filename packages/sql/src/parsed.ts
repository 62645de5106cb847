import type { Outline } from './outline/outline.js'

/** A text, read by PostgreSQL's grammar, or the reason why not. It depends on the text alone, so it may be kept for ever. */
export type Parsed =
  | { readonly ok: true; readonly statements: readonly ParsedStatement[] }
  | {
      readonly ok: false
      /** `too_many`: the parsers are behind; the same text may be read later. */
      readonly code: 'unparsable' | 'too_large' | 'too_many'
      /** One sentence for the caller; it may quote the statement, nothing else. */
      readonly reason: string
      /** UTF-16 offset into the text, where the grammar gave up. */
      readonly position?: number
    }

export interface ParsedStatement {
  readonly text: string
  /** What the statement says, names unresolved; an internal form of this package. */
  readonly outline: Outline
}
