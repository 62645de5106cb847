import type { Action, HashKey, MaskKind, Masks } from '@sallyport/core'
import { type Budget, bytesPerResult, createBudget, createContentScan } from '@sallyport/masking'
import type { Classified, Lineage, TargetModel } from '@sallyport/sql'
import { type DescribedColumn, readRowDescription } from '../codec/index.js'
import { type Cells, createCells } from './cells.js'
import { maskOf, mayHide, planResult, type View } from './plan.js'
import { type ColumnMask, createRowMask, type RowMask } from './rows.js'

/**
 * What lies between a target's answers and one caller while one set of masks is in force: which results pass as they are
 * and how the others are rewritten. What was worked out for a result is kept for the next one of the same shape.
 */
export interface Veil {
  /** It touches something that may hold what the caller may not see. */
  hides(action: Action): boolean
  /** It is known where every output of it comes from, and none is masked. */
  clean(shown: Classified): boolean
  /** What becomes of rows that this RowDescription, a whole message, announces. `shown` undefined: nobody knows what they are of. */
  rows(frame: Uint8Array, shown: Classified | undefined): Rows
}

export interface Rows {
  /** Undefined: they pass as they are. */
  readonly mask: RowMask | undefined
  /** Columns that turned out to be masked although the statement was read otherwise. */
  readonly contradicted: readonly string[]
  /** What looking into the values of one result may cost. */
  readonly budget: Budget
}

export interface VeilOptions {
  readonly labels: View['labels']
  /** That statements are judged by now. */
  readonly model: () => TargetModel | undefined
  /** The target named a relation or column that the model does not know. */
  readonly stale: () => void
  /** Columns (full names) that were masked by origin, though the statement was read as not showing them. */
  readonly contradicted: (columns: readonly string[]) => void
}

/** What a permit says of masks. */
export interface Owed {
  readonly masks?: Masks
  readonly hashKeys?: readonly HashKey[]
}

/** Answers nothing where the permit owes none. */
export type Veils = (owed: Owed) => Veil | undefined

export function createVeils({ labels, model, ...events }: VeilOptions): Veils {
  let last:
    | { readonly veil: Veil; readonly masks: Masks; readonly keys: readonly HashKey[]; readonly model: TargetModel | undefined }
    | undefined
  return ({ masks, hashKeys: keys = none }) => {
    if (!masks) return undefined
    const now = model()
    if (last?.masks !== masks || last.keys !== keys || last.model !== now) {
      last = { veil: createVeil({ masks, labels, model: now }, { keys, ...events }), masks, keys, model: now }
    }
    return last.veil
  }
}

const none: readonly HashKey[] = []

/** They remember tokens, and are the same for all sessions under the same keys. */
const cellsOf = new WeakMap<readonly HashKey[], Cells>()

/** Shapes of results that are kept at once. */
const mostShapes = 64

interface Shape {
  readonly outputs: readonly Lineage[] | undefined
  readonly action: Action | undefined
  readonly rows: Rows
}

function createVeil(
  view: View,
  { keys, stale, contradicted }: Pick<VeilOptions, 'stale' | 'contradicted'> & { keys: readonly HashKey[] },
): Veil {
  const cells = cellsOf.get(keys) ?? createCells(keys)
  cellsOf.set(keys, cells)
  const hiding = new WeakMap<Action, boolean>()
  const shapes = new Map<string, Shape>()
  const possible = (as: MaskKind): MaskKind => (as === 'hash' && keys.length === 0 ? 'redact' : as)

  function work(frame: Uint8Array, shown: Classified | undefined): Rows {
    const plan = planResult(readRowDescription(frame), shown, view)
    if (plan.unknown) stale()
    if (plan.contradicted.length > 0) contradicted(plan.contradicted)
    const budget = createBudget()
    const masks = plan.columns.map(({ column, as }): ColumnMask => {
      if (as === undefined) return scanOf(column, budget)
      return { mask: cells.mask(column, possible(as)) }
    })
    return { mask: masks.some(Boolean) ? createRowMask(masks) : undefined, contradicted: plan.contradicted, budget }
  }

  function scanOf(column: DescribedColumn, budget: Budget): ColumnMask {
    const { detect } = view.masks
    if (detect.length === 0) return undefined
    const maskOf = (as: MaskKind) => cells.text(possible(as))
    const scan = cells.scan(column, (json) => createContentScan(detect, { maskOf, budget, column: column.name, json }))
    return scan && { scan }
  }

  return {
    hides(action) {
      const known = hiding.get(action) ?? mayHide(action, view)
      hiding.set(action, known)
      return known
    },
    // What is detected in values is nowhere else but in rows.
    clean: ({ outputs, action }) =>
      view.masks.detect.length === 0 && (outputs ? outputs.every((lineage) => !maskOf(view, lineage)) : !mayHide(action, view)),
    rows(frame, shown) {
      const key = Buffer.from(frame.buffer, frame.byteOffset, frame.byteLength).toString('latin1')
      const known = shapes.get(key)
      if (known && known.action === shown?.action && known.outputs === shown?.outputs) return fresh(known.rows)
      if (shapes.size >= mostShapes) shapes.clear()
      const rows = work(frame, shown)
      shapes.set(key, { outputs: shown?.outputs, action: shown?.action, rows })
      return rows
    },
  }
}

function fresh(rows: Rows): Rows {
  rows.budget.left = bytesPerResult
  return rows
}
