import type { Action, Touch } from '@sallyport/core'
import { type Classified, type ClassifierOptions, originsOf, type TargetModel } from '@sallyport/sql'

/**
 * The labels that a target's document puts on columns, put on the columns that statements touch: a column has its own and
 * those of every column that it may show, through views, generated columns, parents and partitions. An absent list means that
 * nobody knows what it shows, and that it is given none itself. A caller must not take an absent list for an empty one.
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
  const own = (column: string) => (Object.hasOwn(labels, column) ? labels[column] : undefined)

  function labelsOf(column: string, model: TargetModel | undefined): readonly string[] | undefined {
    if (none) return []
    const origin = model && originsOf(model).of(column)
    if (!origin) return own(column)
    return [...new Set([...origin.bare, ...origin.derived].flatMap((name) => own(name) ?? []))]
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
