import type { Action, Detection, HashKey, MaskKind, Masks } from '@sallyport/core'
import { type Budget, bytesPerResult, createBudget, createContentScan, type TextScan } from '@sallyport/masking'
import { strongestMask } from '@sallyport/policy'
import type { Classified, Lineage, TargetModel } from '@sallyport/sql'
import { type DescribedColumn, readRowDescription } from '../codec/index.js'
import { type Cells, createCells } from './cells.js'
import { isMasked, mayHide, planResult, type View } from './plan.js'
import { type ColumnMask, createRowMask, type RowMask } from './rows.js'
import { textOid } from './types.js'

/**
 * What lies between a target's answers and one caller while one set of masks is in force: which results pass as they are
 * and how the others are rewritten. What was worked out for a result is kept for the next one of the same shape.
 */
export interface Veil {
  /** It touches something that may hold what the caller may not see. */
  hides(action: Action): boolean
  /** It is known where every output of it comes from, and none is masked. */
  clean(shown: Classified): boolean
  /** What looks into the target's own words; undefined when no mask goes by content. */
  readonly words: TextScan | undefined
  /** What becomes of rows that this RowDescription, a whole message, announces. `shown` undefined: nobody knows what they are of. */
  rows(frame: Uint8Array, shown: Classified | undefined): Rows
}

export interface Rows {
  /** Undefined: they pass as they are. */
  readonly mask: RowMask | undefined
  /** How many columns they have. */
  readonly columns: number
  /** Columns (full names) that are masked by origin, though the statement was read as not showing them. */
  readonly contradicted: readonly string[]
  /** The target named a relation or column that the model does not know. */
  readonly unknown: boolean
  /** What looking into the values of one result may cost. */
  readonly budget: Budget
}

export interface VeilsOptions {
  readonly labels: View['labels']
  /** That statements are judged by now. */
  readonly model: () => TargetModel | undefined
  /** The model does not know all that the target has. */
  readonly stale: () => void
  /** Told once per column. */
  readonly contradicted: (columns: readonly string[]) => void
}

/** What a permit says of masks. */
export interface Owed {
  readonly masks?: Masks
  readonly hashKeys?: readonly HashKey[]
}

/** Answers nothing where the permit owes none. */
export type Veils = (owed: Owed) => Veil | undefined

/** Those of one session. */
export function createVeils(options: VeilsOptions): Veils {
  let last: Made | undefined
  return ({ masks, hashKeys: keys = none }) => {
    if (!masks) return undefined
    const model = options.model()
    if (last?.masks !== masks || last.keys !== keys || last.model !== model) {
      last = { veil: watched(veilFor({ masks, labels: options.labels, model }, keys), options), masks, keys, model }
    }
    return last.veil
  }
}

interface Made {
  readonly veil: Veil
  readonly masks: Masks
  readonly keys: readonly HashKey[]
  readonly model: TargetModel | undefined
}

function watched(veil: Veil, { stale, contradicted }: VeilsOptions): Veil {
  const said = new Set<string>()
  return {
    ...veil,
    rows(frame, shown) {
      const rows = veil.rows(frame, shown)
      if (rows.unknown) stale()
      const news = rows.contradicted.filter((column) => !said.has(column))
      for (const column of news) said.add(column)
      if (news.length > 0) contradicted(news)
      return rows
    },
  }
}

const none: readonly HashKey[] = []

/** They are the same for all sessions under the same keys. */
const cellsOf = new WeakMap<readonly HashKey[], Cells>()

/** By the key of their masks. A model is of one target, so that labels are the same too. */
const veils = new WeakMap<TargetModel, Map<string, Made>>()

/** Masks that are told apart at once, of one model. */
const mostVeils = 64

/** Sessions whose callers may see the same share one, but where each result has a budget of its own. */
function veilFor(view: View, keys: readonly HashKey[]): Veil {
  const { masks, model } = view
  if (!model || masks.byContent) return createVeil(view, keys)
  const made = veils.get(model) ?? new Map<string, Made>()
  veils.set(model, made)
  const known = made.get(masks.key)
  if (known?.keys === keys) return known.veil
  if (made.size >= mostVeils) made.clear()
  const veil = createVeil(view, keys)
  made.set(masks.key, { veil, masks, keys, model })
  return veil
}

/** The last result of one statement. */
interface Shape {
  readonly frame: Uint8Array
  readonly rows: Rows
}

function createVeil(view: View, keys: readonly HashKey[]): Veil {
  const { detect } = view.masks
  const cells = cellsOf.get(keys) ?? createCells(keys)
  cellsOf.set(keys, cells)
  const hiding = new WeakMap<Action, boolean>()
  const shapes = new WeakMap<readonly Lineage[] | Action, Shape>()
  const possible = (as: MaskKind): MaskKind => (as === 'hash' && keys.length === 0 ? 'redact' : as)
  const maskOf = (as: MaskKind) => cells.text(possible(as))

  function work(frame: Uint8Array, shown: Classified | undefined): Rows {
    const { columns, contradicted, unknown } = planResult(readRowDescription(frame), shown, view)
    const budget = createBudget()
    const masks = columns.map(({ column, as, within }): ColumnMask => {
      const scan = as === undefined ? scanOf(column, [...detect, ...within], budget) : undefined
      // Where nothing can be looked for, a column that the policy names is masked whole.
      const kind = as ?? (scan === undefined && within.length > 0 ? strongestMask(within.map((each) => each.as)) : undefined)
      return kind === undefined ? scan : { mask: cells.mask(written(column), possible(kind)) }
    })
    return { mask: masks.some(Boolean) ? createRowMask(masks) : undefined, contradicted, unknown, columns: columns.length, budget }
  }

  /** As what a value of the column is written. */
  const written = (column: DescribedColumn): DescribedColumn =>
    view.model?.textTypes?.includes(column.type) ? { ...column, type: textOid } : column

  function scanOf(column: DescribedColumn, rules: readonly Detection[], budget: Budget): ColumnMask {
    if (rules.length === 0) return undefined
    const scan = cells.scan(written(column), (json) => createContentScan(rules, { maskOf, budget, column: column.name, json }))
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
      detect.length === 0 && (outputs ? outputs.every((lineage) => !isMasked(view, lineage)) : !mayHide(action, view)),
    words: detect.length === 0 ? undefined : createContentScan(detect, { maskOf }),
    rows(frame, shown) {
      // Outputs that tell of every column decide alone, whatever runs them.
      const of = shown?.outputs ?? shown?.action
      const known = of && shapes.get(of)
      if (known && Buffer.compare(known.frame, frame) === 0) return fresh(known.rows)
      const rows = work(frame, shown)
      if (shown && of && (of === shown.action || rows.columns === shown.outputs?.length))
        shapes.set(of, { frame: Uint8Array.from(frame), rows })
      return rows
    },
  }
}

function fresh(rows: Rows): Rows {
  rows.budget.left = bytesPerResult
  return rows
}
