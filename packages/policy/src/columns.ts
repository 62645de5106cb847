import type { Action } from '@sallyport/core'

/**
 * Columns belong to relations: `public.customers.email` to `public.customers`. Where a classifier lists columns, it lists
 * all that are read of a relation; where it lists none, nothing is known about them unless the fact `columns_listed` is
 * true (`select count(*)` reads no column at all).
 */
export function relationOf(column: string): string {
  return column.slice(0, lastDot(column))
}

/** The last dot outside double quotes; the whole length where there is none. */
function lastDot(name: string): number {
  if (!name.endsWith('"')) {
    const dot = name.lastIndexOf('.')
    return dot < 0 ? name.length : dot
  }
  let quoted = false
  for (let i = name.length - 1; i >= 0; i--) {
    if (name[i] === '"') quoted = !quoted
    else if (name[i] === '.' && !quoted) return i
  }
  return name.length
}

/** Relations of this action whose columns are not known. */
export function unlistedRelations(action: Action): readonly string[] {
  if (action.facts['columns_listed'] === true && action.certainty === 'exact') return []
  const out: string[] = []
  for (const touch of action.touches) {
    if (touch.kind !== 'relation') continue
    const listed = action.touches.some((t) => t.kind === 'column' && relationOf(t.name) === touch.name)
    if (!listed) out.push(touch.name)
  }
  return out
}
