import type { Node, SelectStmt, WithClause } from '@pgsql/types'
import type { Ctes, Draft, Place, Scope } from './draft.js'
import { addOperator, addRef, nameOf, newLevel, stringsOf, unwrap, wholeLevel } from './draft.js'
import { keyed, walk, walkAll, walkFields } from './expression.js'
import { readFilters } from './filter.js'
import { readFrom } from './from.js'
import { labelOf } from './labels.js'
import type { Output, Use } from './outline.js'
import { noteNamedCall } from './settings.js'

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

/** Column aliases of the CTE, and the columns that SEARCH and CYCLE add. */
function renameOutputs(draft: Draft, level: number, query: Extract<Node, { CommonTableExpr: unknown }>['CommonTableExpr']): void {
  const { search_clause: search, cycle_clause: cycle } = query
  const names = stringsOf(query.aliascolnames)
  const added = [search?.search_seq_column, cycle?.cycle_mark_column, cycle?.cycle_path_column].filter((name) => name !== undefined)
  draft.levels[level]!.renamed = { names, added }
}

function readSetOperation(draft: Draft, select: SelectStmt, level: number, place: Place): void {
  const outer = { level, from: 0, to: 0 }
  const branches = [select.larg, select.rarg].map((arm) =>
    arm === undefined ? -1 : readSelect(draft, arm, { outer, ctes: place.ctes, use: place.use }),
  )
  draft.levels[level]!.branch = branches[0]!
  const compares = select.all !== true || select.op !== 'SETOP_UNION'
  if (compares || select.sortClause !== undefined) for (const branch of branches) markKeys(draft, branch)
}

/** The outputs of a level are compared, sorted or grouped as a whole. */
function markKeys(draft: Draft, index: number): void {
  const level = draft.levels[index]
  if (level === undefined) return
  if (level.branch !== undefined) return markKeys(draft, level.branch)
  const scope: Scope = { window: wholeLevel(draft, index), ctes: undefined, use: 'key' }
  for (const output of level.outputs) {
    if (output.star !== undefined) addRef(draft, scope, output.star, { star: true })
    else if (output.ref !== undefined) addRef(draft, scope, level.refs[output.ref]!.name)
  }
}

function readValues(draft: Draft, select: SelectStmt, level: number, place: Place): void {
  const scope: Scope = { window: wholeLevel(draft, level), ctes: place.ctes, use: outputUse(place) }
  let width = 0
  for (const row of select.valuesLists ?? []) {
    const items = 'List' in row ? (row.List.items ?? []) : []
    width = Math.max(width, items.length)
    walkAll(draft, items, scope)
  }
  for (let i = 1; i <= width; i++) draft.levels[level]!.outputs.push({ label: `column${i}` })
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
  walk(draft, select.whereClause, predicate)
  draft.levels[level]!.filters.push(...readFilters(draft, select.whereClause, predicate))
  walk(draft, select.havingClause, predicate)
  const key = keyed(scope)
  for (const node of select.groupClause ?? []) readKey(draft, node, { select, scope: key, first: 'column' })
  walkAll(draft, select.windowClause, key)
  const distinct = (select.distinctClause ?? []).filter((node) => unwrap(node) !== undefined)
  for (const node of distinct) readKey(draft, node, { select, scope: key, first: 'label' })
  if (select.distinctClause !== undefined && distinct.length === 0) markKeys(draft, level)
}

/** A target list or RETURNING list. Under EXISTS bare columns are never read. */
export function readOutputs(draft: Draft, targets: readonly Node[] | undefined, scope: Scope, ignored = false): void {
  const { outputs } = draft.levels[scope.window.level]!
  for (const node of targets ?? []) {
    if (!('ResTarget' in node)) {
      draft.unknown.add('targetList')
      continue
    }
    const value = node.ResTarget.val
    const column = value !== undefined && 'ColumnRef' in value ? value.ColumnRef : undefined
    const label = labelOf(node.ResTarget)
    if (column !== undefined && ignored) {
      draft.seen.add(column)
      outputs.push({})
    } else if (column?.fields?.some((field) => 'A_Star' in field) === true) {
      walk(draft, value, scope)
      outputs.push({ star: stringsOf(column.fields) })
    } else {
      walk(draft, value, scope)
      const ref = column === undefined ? {} : { ref: addRef(draft, scope, stringsOf(column.fields)) }
      const star =
        value !== undefined && 'A_Indirection' in value && value.A_Indirection.indirection?.some((step) => 'A_Star' in step) === true
      const output: Output = { ...(label === undefined || star ? {} : { label }), ...ref }
      outputs.push(output)
    }
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
  const ordinal = 'A_Const' in node ? node.A_Const.ival?.ival : undefined
  const column = 'ColumnRef' in node ? node.ColumnRef : undefined
  const name = column === undefined ? [] : stringsOf(column.fields)
  const targets = (key.select.targetList ?? []).flatMap((target) => ('ResTarget' in target ? [target.ResTarget] : []))
  const stars = targets.some(
    (target) => target.val !== undefined && 'ColumnRef' in target.val && target.val.ColumnRef.fields?.some((f) => 'A_Star' in f),
  )
  if (ordinal !== undefined) {
    if (stars) return markKeys(draft, key.scope.window.level)
    return walk(draft, targets[ordinal - 1]?.val, key.scope)
  }
  const labelled = name.length === 1 ? targets.filter((target) => labelOf(target) === name[0]) : []
  for (const target of labelled) walk(draft, target.val, key.scope)
  if (column === undefined || labelled.length === 0) return walk(draft, node, key.scope)
  draft.seen.add(column)
  if (key.first === 'column') addRef(draft, key.scope, name, { optional: true })
}

/** What comes after the body of a query, set operation or not: ORDER BY, LIMIT, locking, INTO. */
function readTail(draft: Draft, select: SelectStmt, scope: Scope): void {
  const level = draft.levels[scope.window.level]!
  const setOperation = level.branch !== undefined
  for (const node of select.sortClause ?? []) {
    const column =
      'SortBy' in node && node.SortBy.node !== undefined && 'ColumnRef' in node.SortBy.node ? node.SortBy.node.ColumnRef : undefined
    if (setOperation && column !== undefined) draft.seen.add(column)
    else readKey(draft, node, { select, scope: keyed({ ...scope, use: undefined }), first: 'label' })
  }
  walk(draft, select.limitCount, scope)
  walk(draft, select.limitOffset, scope)
  if (literalCount(select.limitCount) !== undefined && select.limitOption !== 'LIMIT_OPTION_WITH_TIES') level.bounded = true
  for (const node of select.lockingClause ?? []) {
    draft.effects.add('lock_rows')
    for (const locked of 'LockingClause' in node ? (node.LockingClause.lockedRels ?? []) : []) {
      if ('RangeVar' in locked) draft.seen.add(locked.RangeVar)
    }
  }
}

/** A LIMIT that is a literal number. */
export function literalCount(node: Node | undefined): number | undefined {
  return node !== undefined && 'A_Const' in node && node.A_Const.ival !== undefined ? (node.A_Const.ival.ival ?? 0) : undefined
}
