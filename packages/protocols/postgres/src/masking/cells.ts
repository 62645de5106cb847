import type { HashKey, MaskKind } from '@sallyport/core'
import { createTextMask, createTokens, nullify, type TextMask, type TextScan } from '@sallyport/masking'
import { createBinaryArrayMask, createTextArrayMask } from './arrays.js'
import { createBinaryMask } from './binary.js'
import { type CellScan, createScan, scanned } from './scans.js'
import { shapeOf } from './shapes.js'
import { wireType } from './types.js'

/**
 * What becomes of one cell: a value of any type in either format, as the kind of mask says. The result is always a value
 * of the same type in the same format, or NULL. What fits no family, and bytes that are no value of their type, become
 * NULL.
 */
export type CellMask = TextMask

/** As RowDescription gives them: OID, type modifier (-1 is none), 0 is text and 1 is binary. */
export interface ColumnType {
  readonly type: number
  readonly typmod: number
  readonly format: number
}

/** Masks for every column, under the keys of one tenant. One may serve many sessions; it remembers nothing of values. */
export interface Cells {
  mask(column: ColumnType, as: MaskKind): CellMask
  /** Undefined: nothing in a value of this type could be found. `make` is told whether values are JSON. */
  scan(column: ColumnType, make: (json: boolean) => TextScan): CellScan | undefined
  /** For text within a value, where content is masked. */
  text(as: MaskKind): TextMask
}

export function createCells(keys: readonly HashKey[]): Cells {
  const tokens = createTokens(keys)

  function mask(column: ColumnType, as: MaskKind): CellMask {
    const { type, typmod, format } = column
    if (as === 'nullify' || (format !== 0 && format !== 1)) return nullify
    const known = wireType(type)
    if (known.element !== undefined) return inArray(column, known.element, mask({ ...column, type: known.element }, as))
    const shape = shapeOf(known, typmod)
    return format === 1 ? createBinaryMask(as, known.family, shape, tokens) : createTextMask(as, shape, tokens)
  }

  return {
    mask,
    scan(column, make) {
      const { type, format } = column
      const { element } = wireType(type)
      if (element === undefined) return createScan(wireType(type), format === 1, make)
      const scan = createScan(wireType(element), format === 1, make)
      if (scan === undefined) return undefined
      const array = inArray(column, element, scanned(scan))
      return { find: () => array }
    },
    text: (as) => createTextMask(as, { family: 'text' }, tokens),
  }
}

function inArray({ format }: ColumnType, element: number, mask: CellMask): CellMask {
  return format === 1 ? createBinaryArrayMask(element, mask) : createTextArrayMask(mask)
}
