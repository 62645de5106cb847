import type { Action, Touch } from '@sallyport/core'
import type { Classified, ClassifierOptions, TargetModel } from '@sallyport/sql'

/**
 * The labels that a target's document puts on columns, put on the columns that statements touch. An absent list means
 * that nobody knows: a column of a view, or of a part of another table, may show a labelled one under another name, so it
 * has none but those it is given itself. A caller must not take an absent list for an empty one.
 */
export type Labeller = (statement: Classified, model: TargetModel | undefined) => Classified

type Labels = Readonly<Record<string, readonly string[]>>
type Mark = NonNullable<ClassifierOptions['mark']>

/** One for all sessions of a document, which never changes. */
const marks = new WeakMap<Labels, Mark>()

export function markOf(labels: Labels): Mark {
  const mark = marks.get(labels) ?? { key: JSON.stringify(labels), apply: createLabeller(labels) }
  marks.set(labels, mark)
  return mark
}

export function createLabeller(labels: Labels): Labeller {
  const none = Object.keys(labels).length === 0

  function labelsOf(column: string, model: TargetModel | undefined): readonly string[] | undefined {
    if (Object.hasOwn(labels, column)) return labels[column]
    return none || standsAlone(column, model) ? [] : undefined
  }

  function touched(touch: Touch, model: TargetModel | undefined): Touch {
    if (touch.kind !== 'column') return touch
    const found = labelsOf(touch.name, model)
    return found ? { ...touch, labels: found } : touch
  }

  const action = (one: Action, model: TargetModel | undefined): Action => ({
    ...one,
    touches: one.touches.map((touch) => touched(touch, model)),
  })

  return (one, model) => {
    const { control } = one
    const inner = control.kind === 'prepare' ? { control: { ...control, inner: action(control.inner, model) } } : {}
    return { ...one, ...inner, action: action(one.action, model) }
  }
}

/** A plain table that is no part of another one shows its own columns and nothing else. */
function standsAlone(column: string, model: TargetModel | undefined): boolean {
  for (let dot = column.lastIndexOf('.'); dot > 0; dot = column.lastIndexOf('.', dot - 1)) {
    const relation = model?.relations.get(column.slice(0, dot))
    if (relation) return relation.kind === 'table' && !relation.parents && !relation.children
  }
  return false
}
