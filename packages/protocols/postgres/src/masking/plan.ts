import type { Action, Detection, MaskKind, Masks } from '@sallyport/core'
import { strongestMask } from '@sallyport/policy'
import { type Classified, type Lineage, originsOf, type TargetModel } from '@sallyport/sql'
import type { DescribedColumn } from '../codec/index.js'

/**
 * What becomes of each column of a result: masked when the column that RowDescription names is, or any that the statement
 * itself is known to take the output from. Output names count for nothing. What cannot be placed is NULL.
 */
export interface ColumnPlan {
  /** Undefined: shown as it is. */
  readonly as: MaskKind | undefined
  /** What is masked within its values where it is shown as it is. */
  readonly within: readonly Detection[]
  readonly column: DescribedColumn
}

export interface ResultPlan {
  readonly columns: readonly ColumnPlan[]
  /** Columns (full names) that the target names as origin and that are masked, while the statement was read as showing none of them. */
  readonly contradicted: readonly string[]
  /** The target names a relation or column that the model does not know. */
  readonly unknown: boolean
}

/** What one caller may see of one target. */
export interface View {
  readonly masks: Masks
  /** Without one, no column can be placed. */
  readonly model: TargetModel | undefined
  /** Those of the target's document, by full name of the column. */
  readonly labels: Readonly<Record<string, readonly string[]>>
}

const clean: Lineage = { bare: [], derived: [] }

/** `shown`: the statement that the rows are of, undefined where that is not known. */
export function planResult(described: readonly DescribedColumn[], shown: Classified | undefined, view: View): ResultPlan {
  const { masks } = view
  const contradicted: string[] = []
  let unknown = false
  const outputs = shown?.outputs?.length === described.length ? shown.outputs : undefined
  // A plan tells of estimates and of the statement's own text, not of values.
  const explains = shown?.action.verb === 'explain'
  const opaque = !explains && (shown === undefined || mayHide(shown.action, view))
  const columns = described.map((column, i): ColumnPlan => {
    const origin = column.table === 0 ? clean : view.model && originsOf(view.model).at(column.table, column.attnum)
    if (!origin) {
      unknown = true
      return { column, as: 'nullify', within: nothing }
    }
    const lineage = outputs?.[i]
    // RETURNING names the column that was written, not where its value is from.
    const placed = lineage !== undefined || (column.table !== 0 && !writes(shown))
    if (!placed && opaque) return { column, as: 'nullify', within: nothing }
    const byOrigin = maskOf(view, origin)
    const byLineage = lineage && maskOf(view, lineage)
    if (byOrigin && lineage && !byLineage) contradicted.push(...origin.bare.filter((name) => masks.of(name, labelsOf(view, name))))
    const found = [byOrigin, byLineage].filter((kind) => kind !== undefined)
    if (found.length > 0) return { column, as: strongestMask(found), within: nothing }
    return { column, as: undefined, within: within(view, lineage ? [...origin.bare, ...lineage.bare] : origin.bare) }
  })
  return { columns, contradicted, unknown }
}

/** Something that it touches may hold what this caller may not see, or a function that it calls reads it. */
export function mayHide(action: Action, view: View): boolean {
  if (action.certainty !== 'exact' || action.touches.some(({ kind, name }) => kind === 'relation' && hides(name, view))) return true
  return isMasked(view, readBy(action))
}

/** Every column that it is known to read. */
function readBy({ touches }: Action): Lineage {
  return { bare: touches.filter(({ kind, access }) => kind === 'column' && access === 'read').map(({ name }) => name), derived: [] }
}

/** By its columns, where they are known: labels alone would make it any relation. */
function hides(relation: string, view: View): boolean {
  if (!view.masks.mayHide(relation)) return false
  const known = view.model?.relations.get(relation)
  if (!known || !view.model) return true
  const origins = originsOf(view.model)
  return known.columns.some(({ attnum }) => {
    const origin = origins.at(known.oid, attnum)
    return !origin || isMasked(view, origin)
  })
}

function writes(shown: Classified | undefined): boolean {
  return shown === undefined || shown.action.touches.some(({ access }) => access === 'write')
}

/** What is computed from a masked value could give away any part of it, even by being NULL or not: it is always NULL. */
function maskOf(view: View, { bare, derived }: Lineage): MaskKind | undefined {
  const plain = kindsOf(view, bare)
  const computed = kindsOf(view, derived).length > 0 || within(view, derived).length > 0
  if (computed) return 'nullify'
  return plain.length > 0 ? strongestMask(plain) : undefined
}

/** Whole, or within. */
export function isMasked(view: View, lineage: Lineage): boolean {
  return maskOf(view, lineage) !== undefined || within(view, lineage.bare).length > 0
}

function kindsOf(view: View, columns: readonly string[]): readonly MaskKind[] {
  return columns.map((name) => view.masks.of(name, labelsOf(view, name))).filter((kind) => kind !== undefined)
}

/** The same rule once, by whatever name the value goes. */
function within({ masks, labels }: View, columns: readonly string[]): readonly Detection[] {
  const found = new Map<string, Detection>()
  for (const name of columns)
    for (const each of masks.within(name, labelsOf({ labels }, name))) found.set(JSON.stringify([each.detectors, each.as]), each)
  return found.size === 0 ? nothing : [...found.values()]
}

const nothing: readonly Detection[] = []

/** These are all names that the value goes by, so that what has no label has none. */
function labelsOf({ labels }: Pick<View, 'labels'>, column: string): readonly string[] {
  return (Object.hasOwn(labels, column) && labels[column]) || []
}
