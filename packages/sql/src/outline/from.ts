import type { Alias, JoinExpr, JsonTable, Node, RangeFunction, RangeTableFunc, RangeTableSample, RangeVar } from '@pgsql/types'
import type { Ctes, Draft, Place, Scope } from './draft.js'
import { addCall, addOperator, addRef, addSource, alsoUsed, gather, nameOf, stringsOf, unwrap } from './draft.js'
import { walkCondition } from './condition.js'
import { walk, walkAll, walkFields } from './expression.js'
import { readFilters } from './filter.js'
import type { Made, Source } from './outline.js'

/** What a FROM list adds its sources to. */
export interface From {
  readonly level: number
  readonly ctes: Ctes | undefined
}

export function readFrom(draft: Draft, items: readonly Node[] | undefined, from: From): void {
  for (const item of items ?? []) readItem(draft, item, from)
}

export function readItem(draft: Draft, item: Node, from: From): void {
  const open = unwrap(item)
  if (open === undefined) return
  if ('RangeVar' in item) return void readRelation(draft, item.RangeVar, from)
  if ('JoinExpr' in item) return readJoin(draft, item.JoinExpr, from)
  if ('RangeSubselect' in item) {
    const { subquery, alias, lateral } = item.RangeSubselect
    const level = subquery === undefined ? -1 : draft.readers.query(draft, subquery, sibling(draft, from, lateral === true))
    return void addSource(draft, from.level, { kind: 'query', level, ...named(draft, alias) })
  }
  if ('RangeFunction' in item) return readFunction(draft, item.RangeFunction, from)
  if ('RangeTableFunc' in item) return readTableFunction(draft, item.RangeTableFunc, from)
  if ('JsonTable' in item) return readJsonTable(draft, item.JsonTable, from)
  if ('RangeTableSample' in item) return readSample(draft, item.RangeTableSample, from)
  draft.unknown.add(open.kind)
}

/** A relation, unless a common table expression of that name is in reach. */
function readRelation(draft: Draft, relation: RangeVar, from: From): number {
  draft.seen.add(relation)
  const { schemaname, relname = '' } = relation
  const cte = schemaname === undefined ? findCte(from.ctes, relname) : undefined
  if (cte !== undefined) return addSource(draft, from.level, { kind: 'query', level: cte.level, ...named(draft, relation.alias, relname) })
  return addSource(draft, from.level, relationSource(draft, relation, 'read'))
}

export function relationSource(draft: Draft, relation: RangeVar, access: 'read' | 'write'): Extract<Source, { kind: 'relation' }> {
  draft.seen.add(relation)
  const name = [relation.schemaname, relation.relname].filter((part) => part !== undefined)
  const only = relation.inh === true ? {} : { only: true as const }
  return { kind: 'relation', name, access, ...only, ...named(draft, relation.alias) }
}

function findCte(ctes: Ctes | undefined, name: string): Ctes | undefined {
  for (let at = ctes; at !== undefined; at = at.next) if (at.name === name) return at
  return undefined
}

function named(draft: Draft, alias: Alias | undefined, otherwise?: string): { alias?: string; columns?: readonly string[] } {
  if (alias !== undefined) draft.seen.add(alias)
  const name = alias?.aliasname ?? otherwise
  return {
    ...(name === undefined ? {} : { alias: name }),
    ...(alias?.colnames === undefined ? {} : { columns: stringsOf(alias.colnames) }),
  }
}

function count(draft: Draft, from: From): number {
  return draft.levels[from.level]!.sources.length
}

/** What an item of FROM sees: its left siblings when lateral, else only what lies outside. */
function sibling(draft: Draft, from: From, lateral: boolean): Place {
  return { outer: { level: from.level, from: 0, to: lateral ? count(draft, from) : 0 }, ctes: from.ctes, use: undefined }
}

function lateralScope(draft: Draft, from: From): Scope {
  return { window: { level: from.level, from: 0, to: count(draft, from) }, ctes: from.ctes, use: 'derived' }
}

function readJoin(draft: Draft, join: JoinExpr, from: From): void {
  const start = count(draft, from)
  if (join.larg !== undefined) readItem(draft, join.larg, from)
  const mid = count(draft, from)
  if (join.rarg !== undefined) readItem(draft, join.rarg, from)
  const to = count(draft, from)
  const level = draft.levels[from.level]!
  const scope: Scope = { window: { level: from.level, from: start, to }, ctes: from.ctes, use: 'predicate' }
  const using = stringsOf(join.usingClause)
  for (const column of using) addRef(draft, { ...scope, use: 'key' }, [column])
  if (join.isNatural === true) level.merges.push({ from: start, mid, to })
  else if (using.length > 0) level.merges.push({ from: start, mid, to, using })
  if (join.isNatural === true || join.usingClause !== undefined) addOperator(draft, ['='])
  walkCondition(draft, join.quals, scope)
  if (join.jointype === 'JOIN_INNER') level.filters.push(...readFilters(draft, join.quals, scope))
  if (join.join_using_alias?.aliasname !== undefined)
    addSource(draft, from.level, { kind: 'join', alias: join.join_using_alias.aliasname, from: start, to, using })
  if (join.alias === undefined) return
  const hiddenBy = addSource(draft, from.level, { kind: 'join', from: start, to, ...named(draft, join.alias) })
  for (let i = start; i < to; i++) level.sources[i] = { ...level.sources[i]!, hiddenBy: level.sources[i]!.hiddenBy ?? hiddenBy }
}

/** What a function makes rows of decides how many there are. */
function gatherRows(draft: Draft, scope: Scope, read: () => void): Made {
  const made = gather(draft, scope, read)
  alsoUsed(draft, { ...scope, use: 'predicate' }, made)
  return made
}

function readFunction(draft: Draft, item: RangeFunction, from: From): void {
  const scope = lateralScope(draft, from)
  let first: string | undefined
  const made = gatherRows(draft, scope, () => {
    for (const entry of item.functions ?? []) {
      if (!('List' in entry)) draft.unknown.add('RangeFunction.functions')
      else walkAll(draft, entry.List.items, scope)
      const call = 'List' in entry ? entry.List.items?.[0] : undefined
      if (call !== undefined && 'FuncCall' in call) first ??= nameOf(call.FuncCall.funcname)?.at(-1)
    }
  })
  walkAll(draft, item.coldeflist, scope)
  const defined = (item.coldeflist ?? []).flatMap((column) => ('ColumnDef' in column ? [column.ColumnDef.colname ?? ''] : []))
  const names = defined.length === 0 ? {} : { names: item.ordinality === true ? [...defined, 'ordinality'] : defined }
  addSource(draft, from.level, { kind: 'open', followed: true, ...names, ...made, ...named(draft, item.alias, first) })
}

function readTableFunction(draft: Draft, item: RangeTableFunc, from: From): void {
  const scope = lateralScope(draft, from)
  const names: string[] = []
  const made = gatherRows(draft, scope, () => {
    walkFields(draft, { kind: 'RangeTableFunc', fields: item }, scope, ['alias', 'columns'])
    for (const column of item.columns ?? []) {
      if (!('RangeTableFuncCol' in column)) continue
      names.push(column.RangeTableFuncCol.colname ?? '')
      walkFields(draft, { kind: 'RangeTableFuncCol', fields: column.RangeTableFuncCol }, scope)
    }
  })
  addSource(draft, from.level, { kind: 'open', followed: true, names, ...made, ...named(draft, item.alias, 'xmltable') })
}

function readJsonTable(draft: Draft, item: JsonTable, from: From): void {
  const scope = lateralScope(draft, from)
  const made = gatherRows(draft, scope, () => walkFields(draft, { kind: 'JsonTable', fields: item }, scope, ['alias']))
  const columns = (item.columns ?? []).flatMap((column) => ('JsonTableColumn' in column ? [column.JsonTableColumn] : []))
  // Columns of nested paths stand behind all others, wherever they are written.
  const flat = columns.every(({ coltype }) => coltype !== 'JTC_NESTED')
  const names = flat ? { names: columns.map(({ name = '' }) => name) } : {}
  addSource(draft, from.level, { kind: 'open', followed: true, ...names, ...made, ...named(draft, item.alias, 'json_table') })
}

function readSample(draft: Draft, item: RangeTableSample, from: From): void {
  if (item.relation !== undefined) readItem(draft, item.relation, from)
  // How much is taken decides how many rows there are.
  const scope: Scope = { ...lateralScope(draft, from), use: 'predicate' }
  addCall(draft, { name: nameOf(item.method) ?? [], args: 1, window: scope.window })
  walkAll(draft, item.args, scope)
  walk(draft, item.repeatable, scope)
}
