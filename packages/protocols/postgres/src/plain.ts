import type { Action } from '@sallyport/core'
import { isPlainBuiltin, type TargetModel } from '@sallyport/sql'

/** Effects of statements that only read and change rows. */
const rows: ReadonlySet<string> = new Set(['read', 'write', 'insert', 'update', 'delete', 'merge', 'lock_rows', 'cursor'])

/**
 * Whether planning an action runs nothing but functions of PostgreSQL's own that compute: the server evaluates what is constant
 * while it plans, whoever wrote it. With `parameters` their values are read too, by the types of columns as likely as not: then
 * every column of what it touches must be of a built-in type. What the owner of a table put behind it (defaults, row security)
 * is not part of a statement.
 */
export function runsPlainCode(action: Action, model: TargetModel | undefined, parameters: boolean): boolean {
  if (!model || action.certainty !== 'exact' || !action.effects.every((effect) => rows.has(effect))) return false
  return (
    (action.functions ?? []).every((name) => isPlain(name, model)) &&
    (!parameters || action.touches.every((one) => hasPlainTypes(one, model)))
  )
}

function isPlain(key: string, { functions }: TargetModel): boolean {
  const name = key.slice(key.indexOf('.') + 1)
  const overloads = functions.get(key) ?? []
  return overloads.length > 0 && overloads.every(({ builtin, volatility }) => builtin && isPlainBuiltin(name, volatility))
}

function hasPlainTypes({ kind, name }: Action['touches'][number], { relations, types }: TargetModel): boolean {
  if (kind !== 'relation') return true
  const relation = relations.get(name)
  return relation !== undefined && relation.columns.every(({ type }) => types.get(type.replace(/\[\]$/, ''))?.builtin === true)
}
