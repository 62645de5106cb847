import type { A_Const, FuncCall, Node, SelectStmt } from '@pgsql/types'
import type { Draft } from './draft.js'
import type { Setting } from './outline.js'

/** A literal as the setting it becomes; `undefined` for anything that is not one. */
export function literal(node: Node | undefined): string | undefined {
  if (node === undefined) return undefined
  if ('TypeCast' in node) return node.TypeCast.typeName?.typmods === undefined ? literal(node.TypeCast.arg) : undefined
  return 'A_Const' in node ? constant(node.A_Const) : undefined
}

function constant(value: A_Const): string | undefined {
  if (value.sval !== undefined) return value.sval.sval ?? ''
  if (value.ival !== undefined) return String(value.ival.ival ?? 0)
  if (value.fval !== undefined) return value.fval.fval ?? '0'
  if (value.boolval !== undefined) return String(value.boolval.boolval ?? false)
  return undefined
}

export function setting(action: Setting['action'], name: string | undefined, value: string | undefined): Setting {
  return { action, ...(name === undefined ? {} : { name: name.toLowerCase() }), ...(value === undefined ? {} : { value }) }
}

/**
 * `SELECT set_config(name, …) FROM pg_settings WHERE name = 'x'`, as pg_dump sets what older servers lack. Whatever the
 * relation is, the name can only be that one.
 */
export function noteNamedCall(draft: Draft, { targetList = [], fromClause = [], whereClause }: SelectStmt): void {
  const [target] = targetList
  const [from] = fromClause
  const call = target !== undefined && 'ResTarget' in target ? target.ResTarget.val : undefined
  if (targetList.length !== 1 || call === undefined || !('FuncCall' in call) || !isName(call.FuncCall.args?.[0])) return
  if (fromClause.length !== 1 || from === undefined || !('RangeVar' in from)) return
  if (from.RangeVar.relname !== 'pg_settings' || from.RangeVar.alias !== undefined) return
  if (whereClause === undefined || !('A_Expr' in whereClause)) return
  const { kind, name: operator = [], lexpr, rexpr } = whereClause.A_Expr
  const [sign] = operator
  const equals = kind === 'AEXPR_OP' && operator.length === 1 && sign !== undefined && 'String' in sign && sign.String.sval === '='
  const value = rexpr !== undefined && 'A_Const' in rexpr ? rexpr.A_Const.sval?.sval : undefined
  if (equals && isName(lexpr) && value !== undefined) draft.namedCalls.set(call.FuncCall, value)
}

function isName(node: Node | undefined): boolean {
  if (node === undefined || !('ColumnRef' in node)) return false
  const [field, ...more] = node.ColumnRef.fields ?? []
  return field !== undefined && 'String' in field && field.String.sval === 'name' && more.length === 0
}

/** `set_config(name, value, is_local)`: SET as a function. A name that is computed may be any setting. */
export function readSetConfig(draft: Draft, call: FuncCall): void {
  const named = call.func_variadic === true || call.args?.some((arg) => 'NamedArgExpr' in arg) === true
  const [name, value] = named ? [] : (call.args ?? [])
  draft.settings.push(setting('set', literal(name) ?? draft.namedCalls.get(call), literal(value)))
}
