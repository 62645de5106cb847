import type { Node, SelectStmt, WithClause } from '@pgsql/types'
import type { Ctes, Draft, Place, Scope } from './draft.js'
import { walkCondition } from './condition.js'
import { addKey, addOperator, addRef, nameOf, newLevel, stringsOf, unwrap, wholeLevel } from './draft.js'
import { keyed, walk, walkAll, walkFields } from './expression.js'
import { readFilters } from './filter.js'
import { readFrom } from './from.js'
import { labelOf } from './labels.js'
import type { Use } from './outline.js'
import { noteNamedCall } from './settings.js'
import { readValue } from './value.js'

/** Reads a SELECT, VALUES or set operation as a level; answers with its index. */
export function readSelect(draft: Draft, select: SelectStmt, place: Place): number {
  draft.seen.add(select)
  noteNamedCall(draft, select)
  const level = place.level ?? newLevel(draft, place.outer)
  const ctes = readWith(draft, select.withClause, { ...place, level })
  const inner: Place = { ...place, ctes }
  if (select.op !== undefined && select.op !== 'SETOP_NONE') readSetOperation(draft, select, level, inner)
  else if (select.valuesLists !== undefined) readValues(draft, select, level, inner)
  else readPlain(draft, select, level, inner)
  readTail(draft, select, { window: wholeLevel(draft, level), ctes, use: 'predicate' })
  return level
}

/** WITH: every query sees the ones before it; with RECURSIVE all of them, itself included. */
export function readWith(draft: Draft, clause: WithClause | undefined, place: Place & { readonly level: number }): Ctes | undefined {
  const outer = { level: place.level, from: 0, to: 0 }
  const queries = (clause?.ctes ?? []).flatMap((node) => ('CommonTableExpr' in node ? [node.CommonTableExpr] : []))
  const made = queries.map((query) => ({ query, name: query.ctename ?? '', level: newLevel(draft, outer) }))
  let ctes = place.ctes
  if (clause?.recursive === true) for (const { name, level } of made) ctes = { name, level, next: ctes }
  for (const { query, name, level } of made) {
    if (query.ctequery !== undefined) draft.readers.query(draft, query.ctequery, { outer, ctes, use: undefined, level })
    const scope: Scope = { window: outer, ctes, use: 'derived' }
    if (query.cycle_clause !== undefined) walkFields(draft, { kind: 'CTECycleClause', fields: query.cycle_clause }, scope)
    renameOutputs(draft, level, query)
    if (clause?.recursive !== true) ctes = { name, level, next: ctes }
  }
  return ctes
}

/** Column aliases of the CTE, and the columns that SEARCH and CYCLE add; what these go by decides on rows. */
function renameOutputs(draft: Draft, level: number, query: Extract<Node, { CommonTableExpr: unknown }>['CommonTableExpr']): void {
  const { search_clause: search, cycle_clause: cycle } = query
  const names = stringsOf(query.aliascolnames)
  const added = [search?.search_seq_column, cycle?.cycle_mark_column, cycle?.cycle_path_column].filter((name) => name !== undefined)
  draft.levels[level]!.renamed = { names, added }
  for (const key of [...stringsOf(search?.search_col_list), ...stringsOf(cycle?.cycle_col_list)]) addKey(draft, level, key)
}

function readSetOperation(draft: Draft, select: SelectStmt, level: number, place: Place): void {
  const outer = { level, from: 0, to: 0 }
  const read = (arm: SelectStmt | undefined) =>
    arm === undefined ? -1 : readSelect(draft, arm, { outer, ctes: place.ctes, use: place.use })
  const arms = [read(select.larg), read(select.rarg)] as const
  const own = draft.levels[level]!
  own.arms = arms
  if (place.use === 'none') own.unread = true
  if (select.all !== true || select.op !== 'SETOP_UNION') for (const arm of arms) addKey(draft, arm, true)
}

function readValues(draft: Draft, select: SelectStmt, level: number, place: Place): void {
  const scope: Scope = { window: wholeLevel(draft, level), ctes: place.ctes, use: outputUse(place) }
  const columns: { refs: Set<number>; of: Set<number>; levels: Set<number> }[] = []
  for (const row of select.valuesLists ?? []) {
    const items = 'List' in row ? (row.List.items ?? []) : []
    items.forEach((item, i) => {
      const column = (columns[i] ??= { refs: new Set(), of: new Set(), levels: new Set() })
      const { refs = [], of = [], levels = [], query, star } = readValue(draft, item, scope)
      for (const ref of refs) column.refs.add(ref)
      for (const ref of star === undefined ? of : [star]) column.of.add(ref)
      for (const inner of query === undefined ? levels : [query]) column.levels.add(inner)
    })
  }
  columns.forEach(({ refs, of, levels }, i) => {
    draft.levels[level]!.outputs.push({
      label: `column${i + 1}`,
      ...(refs.size === 0 ? {} : { refs: [...refs] }),
      ...(of.size === 0 ? {} : { of: [...of] }),
      ...(levels.size === 0 ? {} : { levels: [...levels] }),
    })
  })
  draft.levels[level]!.bounded = true
}

function outputUse(place: Place): Use | undefined {
  return place.use === 'none' ? 'predicate' : place.use
}

function readPlain(draft: Draft, select: SelectStmt, level: number, place: Place): void {
  draft.effects.add('read')
  readFrom(draft, select.fromClause, { level, ctes: place.ctes })
  const window = wholeLevel(draft, level)
  const scope: Scope = { window, ctes: place.ctes, use: undefined }
  readOutputs(draft, select.targetList, { ...scope, use: outputUse(place) }, place.use === 'none')
  const predicate: Scope = { ...scope, use: 'predicate' }
  walkCondition(draft, select.whereClause, predicate)
  draft.levels[level]!.filters.push(...readFilters(draft, select.whereClause, predicate))
  walkCondition(draft, select.havingClause, predicate)
  const key = keyed(scope)
  for (const node of select.groupClause ?? []) readKey(draft, node, { select, scope: key, first: 'column' })
  walkAll(draft, select.windowClause, key)
  const distinct = (select.distinctClause ?? []).filter((node) => unwrap(node) !== undefined)
  for (const node of distinct) readKey(draft, node, { select, scope: key, first: 'label' })
  if (select.distinctClause !== undefined && distinct.length === 0) addKey(draft, level, true)
}

/** A target list or RETURNING list. Under EXISTS nobody reads it, but what is computed there may fail. */
export function readOutputs(draft: Draft, targets: readonly Node[] | undefined, scope: Scope, unread = false): void {
  const level = draft.levels[scope.window.level]!
  if (unread) level.unread = true
  for (const node of targets ?? []) {
    if (!('ResTarget' in node)) {
      draft.unknown.add('targetList')
      continue
    }
    const { val } = node.ResTarget
    const value = readValue(draft, val, unread && val !== undefined && 'ColumnRef' in val ? { ...scope, use: undefined } : scope)
    const label = value.star === undefined ? labelOf(node.ResTarget) : undefined
    level.outputs.push({ ...(label === undefined ? {} : { label }), ...value })
  }
}

interface Key {
  readonly select: SelectStmt
  readonly scope: Scope
  /** GROUP BY prefers input columns, ORDER BY and DISTINCT ON output labels. */
  readonly first: 'column' | 'label'
}

/** An item of GROUP BY, ORDER BY or DISTINCT ON: an ordinal or a label stands for the output it names. */
function readKey(draft: Draft, node: Node, key: Key): void {
  if ('SortBy' in node) {
    const operator = nameOf(node.SortBy.useOp)
    if (operator !== undefined) addOperator(draft, operator)
    if (node.SortBy.node !== undefined) readKey(draft, node.SortBy.node, key)
    return
  }
  if ('GroupingSet' in node) return node.GroupingSet.content?.forEach((item) => readKey(draft, item, key))
  if ('RowExpr' in node) return node.RowExpr.args?.forEach((item) => readKey(draft, item, key))
  const { level } = key.scope.window
  const ordinal = 'A_Const' in node ? node.A_Const.ival?.ival : undefined
  if (ordinal !== undefined) return addKey(draft, level, ordinal)
  const column = 'ColumnRef' in node ? node.ColumnRef : undefined
  const name = column === undefined ? [] : stringsOf(column.fields)
  const isLabel = name.length === 1 && key.select.targetList?.some((each) => 'ResTarget' in each && labelOf(each.ResTarget) === name[0])
  if (column === undefined || isLabel !== true) return walk(draft, node, key.scope)
  draft.seen.add(column)
  addKey(draft, level, name[0]!)
  if (key.first === 'column') addRef(draft, key.scope, name, { optional: true })
}

/** Rows of which somebody may have thought that they are a part of a table. */
const few = 10_000

/** What comes after the body of a query, set operation or not: ORDER BY, LIMIT, locking, INTO. */
function readTail(draft: Draft, select: SelectStmt, scope: Scope): void {
  const level = draft.levels[scope.window.level]!
  for (const node of select.sortClause ?? []) {
    if (level.arms === undefined && select.valuesLists === undefined)
      readKey(draft, node, { select, scope: keyed({ ...scope, use: undefined }), first: 'label' })
    else readSetKey(draft, node, scope)
  }
  walk(draft, select.limitCount, scope)
  walk(draft, select.limitOffset, scope)
  if ((literalCount(select.limitCount) ?? Infinity) <= few && select.limitOption !== 'LIMIT_OPTION_WITH_TIES') level.bounded = true
  for (const node of select.lockingClause ?? []) {
    draft.effects.add('lock_rows')
    for (const locked of 'LockingClause' in node ? (node.LockingClause.lockedRels ?? []) : []) {
      if ('RangeVar' in locked) draft.seen.add(locked.RangeVar)
    }
  }
}

/** Sets and VALUES are ordered by outputs alone. */
function readSetKey(draft: Draft, node: Node, scope: Scope): void {
  const item = 'SortBy' in node ? node.SortBy.node : undefined
  const operator = 'SortBy' in node ? nameOf(node.SortBy.useOp) : undefined
  if (operator !== undefined) addOperator(draft, operator)
  const name = item !== undefined && 'ColumnRef' in item ? stringsOf(item.ColumnRef.fields) : []
  const ordinal = item !== undefined && 'A_Const' in item ? item.A_Const.ival?.ival : undefined
  if (item !== undefined && 'ColumnRef' in item) draft.seen.add(item.ColumnRef)
  else walk(draft, node, keyed({ ...scope, use: undefined }))
  addKey(draft, scope.window.level, name.length === 1 ? name[0]! : (ordinal ?? true))
}

/** A LIMIT that is a literal number. */
export function literalCount(node: Node | undefined): number | undefined {
  return node !== undefined && 'A_Const' in node && node.A_Const.ival !== undefined ? (node.A_Const.ival.ival ?? 0) : undefined
}
