import type { ColumnRef, Node } from '@pgsql/types'
import type { Draft, Scope } from './draft.js'
import { addOperator, addRef, nameOf, stringsOf } from './draft.js'
import { walk } from './expression.js'
import { hasStar } from './value.js'

/**
 * Walks a condition. A conjunct that holds one named value against a column is told apart, for it tells of one guess. Not so
 * under OR and NOT, nor a list of values: those are as many guesses as somebody likes to write.
 */
export function walkCondition(draft: Draft, node: Node | undefined, scope: Scope): void {
  if (node === undefined) return
  if ('BoolExpr' in node && node.BoolExpr.boolop === 'AND_EXPR') {
    for (const arg of node.BoolExpr.args ?? []) walkCondition(draft, arg, scope)
    return
  }
  const guess = guessOf(node)
  if (guess === undefined || !('A_Expr' in node)) return walk(draft, node, scope)
  draft.seen.add(node.A_Expr).add(guess.column)
  addOperator(draft, nameOf(node.A_Expr.name) ?? [])
  addRef(draft, scope, stringsOf(guess.column.fields), { test: 'equality' })
  walk(draft, guess.value, scope)
}

/** `column = value`, either way round. */
function guessOf(node: Node): { readonly column: ColumnRef; readonly value: Node } | undefined {
  if (!('A_Expr' in node) || node.A_Expr.kind !== 'AEXPR_OP') return undefined
  const name = nameOf(node.A_Expr.name)?.join('.')
  const { lexpr, rexpr } = node.A_Expr
  if (lexpr === undefined || rexpr === undefined || (name !== '=' && name !== 'pg_catalog.=')) return undefined
  for (const [side, value] of [
    [lexpr, rexpr],
    [rexpr, lexpr],
  ] as const) {
    if ('ColumnRef' in side && !hasStar(side.ColumnRef.fields) && isNamed(value)) return { column: side.ColumnRef, value }
  }
  return undefined
}

/** A constant or a parameter, cast or not. */
function isNamed(node: Node | undefined): boolean {
  if (node === undefined) return false
  return 'A_Const' in node || 'ParamRef' in node || ('TypeCast' in node && isNamed(node.TypeCast.arg))
}
