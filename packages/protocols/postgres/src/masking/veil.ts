import type { Action, HashKey, Masks } from '@sallyport/core'
import type { Classified, Lineage, TargetModel } from '@sallyport/sql'
import { readRowDescription } from '../codec/index.js'
import { type Cells, createCells } from './cells.js'
import { maskOf, mayHide, planResult, type View } from './plan.js'
import { createRowMask, type RowMask } from './rows.js'

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
}

export interface VeilOptions {
  readonly labels: View['labels']
  /** That statements are judged by now. */
  readonly model: () => TargetModel | undefined
  /** The target named a relation or column that the model does not know. */
  readonly stale: () => void
}

/** What a permit says of masks. */
export interface Owed {
  readonly masks?: Masks
  readonly hashKeys?: readonly HashKey[]
}

/** Answers nothing where the permit owes none. */
export type Veils = (owed: Owed) => Veil | undefined

export function createVeils({ labels, model, stale }: VeilOptions): Veils {
  let last:
    | { readonly veil: Veil; readonly masks: Masks; readonly keys: readonly HashKey[]; readonly model: TargetModel | undefined }
    | undefined
  return ({ masks, hashKeys: keys = none }) => {
    if (!masks) return undefined
    const now = model()
    if (last?.masks !== masks || last.keys !== keys || last.model !== now) {
      last = { veil: createVeil({ masks, labels, model: now }, { keys, stale }), masks, keys, model: now }
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

function createVeil(view: View, { keys, stale }: { readonly keys: readonly HashKey[]; readonly stale: () => void }): Veil {
  const cells = cellsOf.get(keys) ?? createCells(keys)
  cellsOf.set(keys, cells)
  const hiding = new WeakMap<Action, boolean>()
  const shapes = new Map<string, Shape>()

  function work(frame: Uint8Array, shown: Classified | undefined): Rows {
    const plan = planResult(readRowDescription(frame), shown, view)
    if (plan.unknown) stale()
    const masks = plan.columns.map(({ column, as }) => {
      if (as === undefined) return undefined
      return { mask: cells.mask(column, as === 'hash' && keys.length === 0 ? 'redact' : as) }
    })
    return { mask: masks.some(Boolean) ? createRowMask(masks) : undefined, contradicted: plan.contradicted }
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
      if (known && known.action === shown?.action && known.outputs === shown?.outputs) return known.rows
      if (shapes.size >= mostShapes) shapes.clear()
      const rows = work(frame, shown)
      shapes.set(key, { outputs: shown?.outputs, action: shown?.action, rows })
      return rows
    },
  }
}
