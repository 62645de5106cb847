import { type Growing, int32At, putInt32, reserve, WireError } from '@sallyport/wire'
import type { CellMask } from './cells.js'
import type { CellScan } from './scans.js'

/**
 * Rewrites the rows of one result, column by column, into memory that many rows share: nothing is allocated per row, and
 * cells that are shown go over in runs. A row that is not built as the protocol says ends the session: which of its bytes
 * is which column would be a guess.
 *
 * DataRow: 'D' · int32 length · int16 columns · { int32 length (-1 is NULL) · bytes }*
 */
export interface RowMask {
  /**
   * Appends the masked row to `out`. `source[start, end)` is one whole message, its header included.
   * @throws {WireError} `malformed`; `too_large` for a row over 16 MiB. `out` ends before this row then.
   */
  rewrite(source: Uint8Array, start: number, end: number, out: Growing): void
}

/** What becomes of a column: masked, looked at, or (undefined) passed as it is. */
export type ColumnMask = { readonly mask: CellMask } | { readonly scan: CellScan } | undefined

/** Bytes of a row, before and after, that one masked row may have. */
export const mostRow = 16 * 1024 * 1024

/** One entry per column of RowDescription, in its order. */
export function createRowMask(columns: readonly ColumnMask[]): RowMask {
  const count = columns.length
  const masks = columns.map((column) => (column && 'mask' in column ? column.mask : undefined))
  const scans = columns.map((column) => (column && 'scan' in column ? column.scan : undefined))
  /** Columns from here on pass as they are. */
  const last = columns.findLastIndex((column) => column !== undefined) + 1

  function cells(source: Uint8Array, start: number, end: number, out: Growing): void {
    /** What passes from here on has not been copied. */
    let run = start
    let at = start + 7
    for (let i = 0; i < count; i++) {
      if (end - at < 4) malformed()
      const length = int32At(source, at)
      const from = at + 4
      if (length < 0) {
        if (length !== -1) malformed()
        at = from
        continue
      }
      if (length > end - from) malformed()
      at = from + length
      if (i >= last) continue
      const mask = masks[i] ?? scans[i]?.find(source, from, at)
      if (mask === undefined) continue
      copy(source, run, from, out)
      const value = out.at
      const shown = mask.write(source, from, at, out)
      putInt32(out.bytes, value - 4, shown ? out.at - value : -1)
      run = at
    }
    if (at !== end) malformed()
    copy(source, run, end, out)
  }

  return {
    rewrite(source, start, end, out) {
      const row = out.at
      const { limit } = out
      out.limit = row + mostRow
      try {
        if (end - start < 7 || ((source[start + 5]! << 8) | source[start + 6]!) !== count) malformed()
        cells(source, start, end, out)
        putInt32(out.bytes, row + 1, out.at - row - 1)
      } catch (error) {
        out.at = row
        throw error
      } finally {
        out.limit = limit
      }
    },
  }
}

/** Bytes. Making a view of more costs less than copying them one by one. */
const shortRun = 40

function copy(source: Uint8Array, from: number, to: number, out: Growing): void {
  const length = to - from
  reserve(out, length)
  const { bytes, at } = out
  if (length < shortRun) for (let i = 0; i < length; i++) bytes[at + i] = source[from + i]!
  else bytes.set(source.subarray(from, to), at)
  out.at = at + length
}

function malformed(): never {
  throw new WireError('malformed', 'the target sent a row that is not built as the protocol says')
}
