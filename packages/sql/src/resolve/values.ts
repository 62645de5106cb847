import type { CodeContext } from './code.js'
import { makesValue } from './code.js'
import type { Finding } from './finding.js'
import type { Names } from './names.js'
import type { Hit } from './column.js'

/**
 * Where a statement makes values of a type without naming it: what it writes, and what the server turns literals and
 * parameters into beside a column. A check that may run counts as one that runs.
 */
export function findWritten(
  finding: Finding,
  context: CodeContext,
  { key, columns }: { readonly key: string; readonly columns: readonly string[] | undefined },
): void {
  const { relations } = context.names.model
  const inserts = ['insert', 'merge', 'bulk_import'].some((effect) => finding.effects.has(effect))
  // A new row has a value for every column, of the table below a view too, and NULL is checked like any other.
  for (const each of inserts ? [key, ...(relations.get(key)?.reads ?? [])] : [key]) {
    for (const { name, type } of relations.get(each)?.columns ?? []) {
      if (inserts || columns === undefined || columns.includes(name)) makesValue(finding, context, type)
    }
  }
}

/** A column, or (without one) the whole row of a relation, that a reference means. */
export function findBeside(finding: Finding, context: CodeContext, { hit, key }: { readonly hit: Hit; readonly key: string }): void {
  const type = hit.column?.type ?? key
  if (context.names.model.types.get(type.replace(/\[\]$/, ''))?.calls === undefined) return
  const comesOut = hit.use === 'output' && context.outline.levels.length === 1
  if (isScalar(context.names, type) ? hasTwin(context) : !comesOut) makesValue(finding, context, type)
}

/** Operators, CASE, UNION and the like turn a literal into the type below a scalar domain; into arrays, ranges and rows as they are. */
function isScalar(names: Names, key: string): boolean {
  const type = names.model.types.get(key)
  if (type?.kind === 'domain') return type.over !== undefined && isScalar(names, type.over)
  return type?.kind === 'base' || type?.kind === 'enum'
}

/** `lag(column, 1, 'x')`: a function that wants two arguments of one type, whichever it is, makes the second one of the first one's. */
function hasTwin({ names, outline }: CodeContext): boolean {
  return outline.calls.some((call) =>
    names
      .functions(call.name.slice(-2), call.args)
      .some(({ value: { args, variadic } }) => args.filter(isPolymorphic).length > 1 || (variadic && isPolymorphic(args.at(-1) ?? ''))),
  )
}

function isPolymorphic(type: string): boolean {
  return type.startsWith('pg_catalog.any') && type !== 'pg_catalog.any'
}
