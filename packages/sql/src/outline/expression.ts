import type { A_Expr, A_Indirection, ColumnRef, FuncCall, Node, RangeVar, SubLink, TypeName } from '@pgsql/types'
import { grammar } from '../grammar.js'
import type { Draft, Scope } from './draft.js'
import { addCall, addOperator, addRef, addType, alsoUsed, gather, gatherLevel, nameOf, stringsOf, unwrap } from './draft.js'
import { readSetConfig } from './settings.js'

/** Walks an expression or a definition. Every node is either handled here, transparent, or told as unknown. */
export function walk(draft: Draft, node: Node | undefined, scope: Scope): void {
  const open = unwrap(node)
  if (open === undefined || node === undefined) return
  if ('ColumnRef' in node) return walkColumn(draft, node.ColumnRef, scope)
  const inner = deepen(scope)
  if ('A_Expr' in node) return walkOperator(draft, node.A_Expr, inner)
  if ('FuncCall' in node) return walkCall(draft, node.FuncCall, scope)
  if ('SubLink' in node) return void walkSubLink(draft, node.SubLink, inner)
  if ('A_Indirection' in node) return walkIndirection(draft, node.A_Indirection, scope)
  if ('TypeName' in node) return walkType(draft, node.TypeName, inner)
  if ('SortBy' in node) {
    const operator = nameOf(node.SortBy.useOp)
    if (operator !== undefined) addOperator(draft, operator)
  }
  if ('CaseExpr' in node && node.CaseExpr.arg !== undefined) addOperator(draft, ['='])
  if ('RangeVar' in node) return walkRelationName(draft, node.RangeVar, 'write')
  if (queryKinds.has(open.kind)) {
    const level = draft.readers.query(draft, node, { outer: scope.window, ctes: scope.ctes, use: inner.use })
    return gatherLevel(draft, level, inner.use)
  }
  if ('VariableSetStmt' in node) return
  if (open.kind.endsWith('Stmt') && !transparent.has(open.kind)) return draft.readers.statement(draft, node)
  if (!transparent.has(open.kind)) return void draft.unknown.add(open.kind)
  walkFields(draft, open, inner)
}

export function walkAll(draft: Draft, nodes: readonly Node[] | undefined, scope: Scope): void {
  for (const node of nodes ?? []) walk(draft, node, scope)
}

/** Walks all fields of a node that hold nodes, as the grammar says. */
export function walkFields(
  draft: Draft,
  open: { readonly kind: string; readonly fields: object },
  scope: Scope,
  skip: readonly string[] = [],
): void {
  const shapes = grammar.get(open.kind)
  for (const [field, value] of Object.entries(open.fields)) {
    const shape = shapes?.get(field)
    if (shape === undefined) draft.unknown.add(`${open.kind}.${field}`)
    else if (shape === 'inert' || skip.includes(field)) continue
    else if (shape === 'wrapped') for (const node of Array.isArray(value) ? value : [value]) walk(draft, node as Node, scope)
    else if (shape.bare === 'RangeVar') walkRelationName(draft, value as RangeVar, onlyNamed.has(open.kind) ? 'read' : 'write')
    else for (const fields of Array.isArray(value) ? value : [value]) walk(draft, { [shape.bare]: fields } as unknown as Node, scope)
  }
}

export const queryKinds: ReadonlySet<string> = new Set(['SelectStmt', 'InsertStmt', 'UpdateStmt', 'DeleteStmt', 'MergeStmt'])

/** A reference inside an expression is not the output itself any more. */
function deepen(scope: Scope): Scope {
  return scope.use === undefined || scope.use === 'output' ? { ...scope, use: 'derived' } : scope
}

function walkColumn(draft: Draft, ref: ColumnRef, scope: Scope): void {
  draft.seen.add(ref)
  const star = ref.fields?.some((field) => 'A_Star' in field) === true
  addRef(draft, scope, stringsOf(ref.fields), star ? { star } : {})
}

/** Definitions that refer to a relation without changing it. */
const onlyNamed: ReadonlySet<string> = new Set(['TableLikeClause', 'Constraint'])

function walkRelationName(draft: Draft, relation: RangeVar, access: 'read' | 'write'): void {
  draft.seen.add(relation)
  draft.objects.push({ kind: 'relation', name: [relation.schemaname, relation.relname].filter((part) => part !== undefined), access })
}

export function walkType(draft: Draft, type: TypeName, scope: Scope): void {
  draft.seen.add(type)
  const name = nameOf(type.names)
  if (name !== undefined && type.pct_type !== true) addType(draft, name)
  walkAll(draft, type.typmods, scope)
}

function walkOperator(draft: Draft, node: A_Expr, scope: Scope): void {
  draft.seen.add(node)
  const name = nameOf(node.name) ?? []
  if (node.kind?.includes('BETWEEN')) for (const side of ['<', '<=', '>=', '>']) addOperator(draft, [side])
  else addOperator(draft, name)
  walk(draft, node.lexpr, scope)
  walk(draft, node.rexpr, scope)
}

/** Arguments of these leave the database by another way than rows. */
const sinks = /^(set_config|pg_notify|lo_|loread|lowrite|pg_(try_)?advisory_|dblink|pg_logical_emit_message)/

function walkCall(draft: Draft, call: FuncCall, outer: Scope): void {
  const scope = deepen(outer)
  draft.seen.add(call)
  const name = nameOf(call.funcname) ?? []
  const last = name.at(-1) ?? ''
  const args = call.args ?? []
  const only = args.length === 1 && args[0] !== undefined && 'ColumnRef' in args[0] ? args[0].ColumnRef : undefined
  const column = only?.fields?.some((field) => 'A_Star' in field) === true ? undefined : only
  addCall(draft, {
    name,
    args: args.length,
    window: scope.window,
    ...(call.agg_within_group === true ? { args: args.length + (call.agg_order?.length ?? 0) } : {}),
    ...(column === undefined ? {} : { column: stringsOf(column.fields) }),
  })
  if (last === 'set_config') readSetConfig(draft, call)
  const inner = sinks.test(last) ? { ...scope, use: 'sink' as const } : scope
  if (column !== undefined && isFieldCall(call) && !sinks.test(last)) {
    draft.seen.add(column)
    addRef(draft, outer, stringsOf(column.fields), { called: last })
  } else if (call.agg_distinct === true)
    alsoUsed(
      draft,
      keyed(inner),
      gather(draft, inner, () => walkAll(draft, args, inner)),
    )
  else walkAll(draft, args, inner)
  walkAll(draft, call.agg_order, call.agg_within_group === true ? inner : keyed(inner))
  walk(draft, call.agg_filter, { ...inner, use: 'predicate' })
  if (call.over !== undefined) walkFields(draft, { kind: 'WindowDef', fields: call.over }, keyed(inner))
}

/** `name(value)`, which may be a field in the notation of a call. */
export function isFieldCall({ funcname, args, ...more }: FuncCall): boolean {
  const [arg] = args ?? []
  const plain = Object.entries(more).every(([field, value]) => field === 'location' || field === 'funcformat' || value === false)
  if (!plain || funcname?.length !== 1 || args?.length !== 1 || arg === undefined || !('ColumnRef' in arg)) return false
  return arg.ColumnRef.fields?.every((field) => 'String' in field) === true
}

/** For order, group and partition: more than the value itself comes out. */
export function keyed(scope: Scope): Scope {
  return scope.use === 'predicate' || scope.use === 'copy' || scope.use === 'sink' ? scope : { ...scope, use: 'key' }
}

/** Answers with the level that the sub-select became. */
export function walkSubLink(draft: Draft, link: SubLink, scope: Scope): number {
  draft.seen.add(link)
  const compared = link.subLinkType === 'ANY_SUBLINK' || link.subLinkType === 'ALL_SUBLINK' || link.subLinkType === 'ROWCOMPARE_SUBLINK'
  if (compared) addOperator(draft, nameOf(link.operName) ?? ['='])
  walk(draft, link.testexpr, compared ? { ...scope, use: 'predicate' } : scope)
  if (link.subselect === undefined) return -1
  const use = link.subLinkType === 'EXISTS_SUBLINK' ? 'none' : compared ? 'predicate' : scope.use
  const from = draft.levels.length
  const level = draft.readers.query(draft, link.subselect, { outer: scope.window, ctes: scope.ctes, use })
  draft.queries.set(link, [from, draft.levels.length])
  gatherLevel(draft, level, use)
  return level
}

function walkIndirection(draft: Draft, node: A_Indirection, scope: Scope): void {
  const inner = deepen(scope)
  const [first, ...rest] = node.indirection ?? []
  const column = node.arg !== undefined && 'ColumnRef' in node.arg ? node.arg.ColumnRef : undefined
  if (column !== undefined && first !== undefined && !('A_Indices' in first)) {
    draft.seen.add(column)
    const field = 'String' in first ? (first.String.sval ?? '') : '*'
    addRef(draft, rest.length === 0 ? scope : inner, stringsOf(column.fields), { field })
    return walkSteps(draft, rest, inner)
  }
  walk(draft, node.arg, inner)
  walkSteps(draft, node.indirection ?? [], inner)
}

function walkSteps(draft: Draft, steps: readonly Node[], scope: Scope): void {
  for (const step of steps) {
    if ('String' in step) addCall(draft, { name: [step.String.sval ?? ''], args: 1, window: scope.window, attribute: true })
    else if (!('A_Star' in step)) walk(draft, step, scope)
  }
}

/** Nodes whose meaning is that of what they hold. */
const transparent: ReadonlySet<string> = new Set(
  `A_Const Integer Float Boolean String BitString List ParamRef A_ArrayExpr A_Indices BoolExpr NullTest BooleanTest CaseExpr
  CaseWhen CoalesceExpr MinMaxExpr SQLValueFunction XmlExpr XmlSerialize RowExpr GroupingFunc GroupingSet SetToDefault
  NamedArgExpr CurrentOfExpr CollateClause TypeCast WindowDef SortBy ResTarget MultiAssignRef MergeSupportFunc DefElem
  JsonFormat JsonReturning JsonValueExpr JsonIsPredicate JsonBehavior JsonOutput JsonArgument JsonFuncExpr JsonTablePathSpec
  JsonTableColumn JsonKeyValue JsonParseExpr JsonScalarExpr JsonSerializeExpr JsonObjectConstructor JsonArrayConstructor
  JsonArrayQueryConstructor JsonAggConstructor JsonObjectAgg JsonArrayAgg
  Alias RoleSpec ColumnDef TableLikeClause IndexElem PartitionElem PartitionSpec PartitionBoundSpec PartitionRangeDatum
  PartitionCmd Constraint ReplicaIdentityStmt AlterTableCmd ATAlterConstraint AccessPriv ObjectWithArgs FunctionParameter
  TriggerTransition StatsElem CreateOpClassItem VacuumRelation PublicationTable PublicationObjSpec ReturnStmt IntoClause`.split(/\s+/),
)
