import type { A_Const, FuncCall, Node } from '@pgsql/types'
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

/** `set_config(name, value, is_local)`: SET as a function. A name that is computed may be any setting. */
export function readSetConfig(draft: Draft, call: FuncCall): void {
  const named = call.func_variadic === true || call.args?.some((arg) => 'NamedArgExpr' in arg) === true
  const [name, value] = named ? [] : (call.args ?? [])
  draft.settings.push(setting('set', literal(name), literal(value)))
}
