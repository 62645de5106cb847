import type { Node } from '@pgsql/types'
import type { Draft, Scope } from './draft.js'
import { addRef, gather, nameOf, stringsOf } from './draft.js'
import { isFieldCall, walk, walkSubLink, walkType } from './expression.js'
import type { Output } from './outline.js'

/**
 * Reads an output, or an item of VALUES: references whose value it is as it is, or what it is computed from. Casts are told
 * with the reference, for the model says whether they change anything.
 */
export function readValue(draft: Draft, node: Node | undefined, scope: Scope): Omit<Output, 'label'> {
  if (node === undefined || 'A_Const' in node) return {}
  if ('SubLink' in node && node.SubLink.subLinkType === 'EXPR_SUBLINK') return { query: walkSubLink(draft, node.SubLink, scope) }
  const cast = castOf(node)
  if (cast !== undefined) {
    draft.seen.add(cast.column)
    walkType(draft, cast.type, scope)
    return { refs: [addRef(draft, scope, stringsOf(cast.column.fields), { cast: cast.name })] }
  }
  const made = gather(draft, scope, () => walk(draft, node, scope))
  const [only, ...more] = made.of ?? []
  if (only === undefined || more.length > 0 || made.levels !== undefined) return made
  const shape = shapeOf(node)
  if (shape === 'star') return { star: only }
  return shape === 'value' ? { refs: [only] } : made
}

/** `column::type`, without a length or dimensions, which change values. */
function castOf(node: Node) {
  const { arg, typeName: type } = 'TypeCast' in node ? node.TypeCast : {}
  if (arg === undefined || !('ColumnRef' in arg) || type === undefined || shapeOf(arg) !== 'value') return undefined
  const name = nameOf(type.names)
  if (name === undefined || type.typmods !== undefined || type.arrayBounds !== undefined || type.setof === true) return undefined
  return type.pct_type === true ? undefined : { column: arg.ColumnRef, type, name }
}

/** What stands for one reference without changing it. */
function shapeOf(node: Node): 'value' | 'star' | undefined {
  if ('ColumnRef' in node) return hasStar(node.ColumnRef.fields) ? 'star' : 'value'
  if ('FuncCall' in node) return isFieldCall(node.FuncCall) ? 'value' : undefined
  if (!('A_Indirection' in node)) return undefined
  const { arg, indirection = [] } = node.A_Indirection
  if (arg === undefined || !('ColumnRef' in arg) || indirection.length !== 1 || 'A_Indices' in indirection[0]!) return undefined
  return hasStar(indirection) ? 'star' : 'value'
}

export function hasStar(nodes: readonly Node[] | undefined): boolean {
  return nodes?.some((node) => 'A_Star' in node) === true
}
