import type { Action } from '@sallyport/core'

/**
 * Columns belong to relations: `public.customers.email` to `public.customers`. That some column of a relation is listed
 * does not mean that all are: only the fact `columns_listed: true` says so, of an action that is surely classified.
 * Classifiers set it when every column read, through views too, is among the touches with its use.
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

/** The first relation of this action that fits, where its columns are not known to be listed. */
export function hidingRelation(action: Action, fits: (relation: string) => boolean): string | undefined {
  if (action.facts['columns_listed'] === true && action.certainty === 'exact') return undefined
  for (const touch of action.touches) if (touch.kind === 'relation' && fits(touch.name)) return touch.name
  return undefined
}
