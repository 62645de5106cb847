import type { A_Expr, Node, SubLink } from '@pgsql/types'
import type { Draft, Scope } from './draft.js'
import { knownRef, nameOf, stringsOf, unwrap } from './draft.js'
import type { Filter } from './outline.js'
import { literal } from './settings.js'

/**
 * The conjuncts of a condition that may narrow rows down, in a closed list of shapes. Whatever has another shape (constants,
 * negations, `<>`, IS NOT NULL, regular expressions, CASE, bare parameters) narrows nothing as far as we know, which is the
 * careful answer. The condition must have been walked already, with the same scope.
 */
export function readFilters(draft: Draft, condition: Node | undefined, scope: Scope): Filter[] {
  if (condition === undefined) return []
  if ('BoolExpr' in condition) {
    const { boolop, args = [] } = condition.BoolExpr
    if (boolop === 'AND_EXPR') return args.flatMap((arg) => readFilters(draft, arg, scope))
    if (boolop === 'OR_EXPR') return readArms(draft, args, scope)
    return flag(args[0] !== undefined && 'ColumnRef' in args[0] ? columnOf(draft, args[0], scope) : undefined)
  }
  if ('ColumnRef' in condition) return flag(columnOf(draft, condition, scope))
  if ('CurrentOfExpr' in condition) return [{ kind: 'cursor' }]
  if ('SubLink' in condition) return readSubLink(draft, condition.SubLink, scope)
  if ('A_Expr' in condition) return readComparison(draft, condition.A_Expr, scope)
  if ('BooleanTest' in condition) {
    const { booltesttype, arg } = condition.BooleanTest
    return booltesttype === 'IS_TRUE' || booltesttype === 'IS_FALSE' ? flag(columnOf(draft, arg, scope)) : []
  }
  if ('NullTest' in condition && condition.NullTest.nulltesttype === 'IS_NULL') {
    return compare(columnOf(draft, condition.NullTest.arg, scope), { test: 'equal', refs: [], levels: [0, 0], many: false })
  }
  return []
}

function flag(column: number | undefined): Filter[] {
  return column === undefined ? [] : [{ kind: 'flag', column }]
}

function readArms(draft: Draft, args: readonly Node[], scope: Scope): Filter[] {
  const arms = args.map((arg) => readFilters(draft, arg, scope))
  return arms.every((arm) => arm.length > 0) ? [{ kind: 'any', arms }] : []
}

function readSubLink(draft: Draft, link: SubLink, scope: Scope): Filter[] {
  const levels = draft.queries.get(link)
  if (levels === undefined) return []
  if (link.subLinkType === 'EXISTS_SUBLINK') return [{ kind: 'exists', level: levels[0] }]
  const operator = nameOf(link.operName)
  if (link.subLinkType !== 'ANY_SUBLINK' || (operator !== undefined && operator.join('.') !== '=')) return []
  const column = columnOf(draft, link.testexpr, scope)
  return column === undefined ? [] : [{ kind: 'within', column, level: levels[0] }]
}

type Test = Omit<Extract<Filter, { kind: 'compare' }>, 'kind' | 'column'>

function compare(column: number | undefined, test: Test | undefined): Filter[] {
  return column === undefined || test === undefined ? [] : [{ kind: 'compare', column, ...test }]
}

const tests: ReadonlyMap<string, 'equal' | 'range'> = new Map([
  ['=', 'equal'],
  ['<', 'range'],
  ['<=', 'range'],
  ['>', 'range'],
  ['>=', 'range'],
])

function readComparison(draft: Draft, node: A_Expr, scope: Scope): Filter[] {
  const { lexpr, rexpr, kind = 'AEXPR_OP' } = node
  const operator = (nameOf(node.name) ?? []).filter((part) => part !== 'pg_catalog').join('.')
  const left = () => columnOf(draft, lexpr, scope)
  const value = (side: Node | undefined, test: 'equal' | 'range', many = false) => valueOf(draft, side, { scope, test, many })
  if (kind === 'AEXPR_OP' || kind === 'AEXPR_NOT_DISTINCT') {
    const test = tests.get(operator)
    if (test === undefined) return []
    return [...compare(left(), value(rexpr, test)), ...compare(columnOf(draft, rexpr, scope), value(lexpr, test))]
  }
  if (kind === 'AEXPR_IN') return operator === '=' ? compare(left(), value(rexpr, 'equal', true)) : []
  if (kind === 'AEXPR_OP_ANY') return operator === '=' ? readAny(draft, node, scope) : []
  if (kind === 'AEXPR_BETWEEN' || kind === 'AEXPR_BETWEEN_SYM') return compare(left(), value(rexpr, 'range'))
  if (kind !== 'AEXPR_LIKE' && kind !== 'AEXPR_ILIKE') return []
  return !operator.startsWith('!') && /[^%_\\]/.test(literal(rexpr) ?? '') ? compare(left(), value(rexpr, 'equal')) : []
}

/** `column = ANY (…)`: an array may hold every value there is, so one that is computed from rows counts only as a sub-select. */
function readAny(draft: Draft, node: A_Expr, scope: Scope): Filter[] {
  const column = columnOf(draft, node.lexpr, scope)
  const link = node.rexpr !== undefined && 'SubLink' in node.rexpr ? node.rexpr.SubLink : undefined
  const levels = link?.subLinkType === 'ARRAY_SUBLINK' ? draft.queries.get(link) : undefined
  if (levels !== undefined && column !== undefined) return [{ kind: 'within', column, level: levels[0] }]
  return compare(column, valueOf(draft, node.rexpr, { scope, test: 'equal', many: true }))
}

/** What the other side depends on. Only a single value may come from a sub-select. */
function valueOf(draft: Draft, side: Node | undefined, given: { scope: Scope; test: 'equal' | 'range'; many: boolean }): Test | undefined {
  const refs: number[] = []
  let from = Number.MAX_SAFE_INTEGER
  let to = 0
  let followed = true
  const visit = (value: unknown): void => {
    if (Array.isArray(value)) return value.forEach(visit)
    if (typeof value !== 'object' || value === null) return
    const node = value as Node
    if ('ColumnRef' in node) return void refs.push(knownRef(draft, given.scope, stringsOf(node.ColumnRef.fields)))
    if ('SubLink' in node) {
      const levels = draft.queries.get(node.SubLink)
      followed &&= levels !== undefined && node.SubLink.subLinkType === 'EXPR_SUBLINK'
      from = Math.min(from, levels?.[0] ?? 0)
      to = Math.max(to, levels?.[1] ?? 0)
      return
    }
    Object.values(value).forEach(visit)
  }
  visit(side)
  if (side === undefined || !followed || (to > 0 && (given.many || given.test === 'range'))) return undefined
  return { test: given.test, refs, levels: to > 0 ? [from, to] : [0, 0], many: given.many }
}

/** System columns that say nothing about a row; `ctid` does. */
const empty: ReadonlySet<string> = new Set(['tableoid', 'xmin', 'xmax', 'cmin', 'cmax'])

/** The column that a side is, bare or in a wrapping that keeps its values apart. */
function columnOf(draft: Draft, side: Node | undefined, scope: Scope): number | undefined {
  const open = unwrap(side)
  if (side === undefined || open === undefined) return undefined
  if ('ColumnRef' in side) {
    const name = stringsOf(side.ColumnRef.fields)
    return name.length !== side.ColumnRef.fields?.length || empty.has(name.at(-1) ?? '') ? undefined : knownRef(draft, scope, name)
  }
  if ('CollateClause' in side) return columnOf(draft, side.CollateClause.arg, scope)
  if ('TypeCast' in side) {
    const keeps = /^(text|varchar|uuid|date|int2|int4|int8|numeric|timestamp|timestamptz)$/.test(
      stringsOf(side.TypeCast.typeName?.names).at(-1) ?? '',
    )
    return keeps && side.TypeCast.typeName?.typmods === undefined ? columnOf(draft, side.TypeCast.arg, scope) : undefined
  }
  if ('FuncCall' in side) {
    const keeps = /^(pg_catalog\.)?(lower|upper)$/.test(stringsOf(side.FuncCall.funcname).join('.'))
    return keeps && side.FuncCall.args?.length === 1 ? columnOf(draft, side.FuncCall.args[0], scope) : undefined
  }
  if ('A_Expr' in side) {
    const keeps = /^->>?$/.test(stringsOf(side.A_Expr.name).join('.')) && literal(side.A_Expr.rexpr) !== undefined
    return keeps ? columnOf(draft, side.A_Expr.lexpr, scope) : undefined
  }
  return 'RowExpr' in side ? columnOf(draft, side.RowExpr.args?.[0], scope) : undefined
}
