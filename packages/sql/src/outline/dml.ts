import type { DeleteStmt, InsertStmt, MergeStmt, Node, RangeVar, ReturningClause, UpdateStmt } from '@pgsql/types'
import type { Ctes, Draft, Place, Scope } from './draft.js'
import { walkCondition } from './condition.js'
import { addSource, newLevel, wholeLevel } from './draft.js'
import { walk, walkAll } from './expression.js'
import { readFilters } from './filter.js'
import { readFrom, readItem, relationSource } from './from.js'
import type { Change } from './outline.js'
import { readOutputs, readSelect, readWith } from './select.js'

/** What every data-modifying statement begins with: its level, its WITH, its target as source 0. */
interface Opened {
  readonly level: number
  readonly ctes: Ctes | undefined
}

function begin(draft: Draft, statement: InsertStmt | UpdateStmt | DeleteStmt | MergeStmt, place: Place): Opened {
  const level = place.level ?? newLevel(draft, place.outer)
  return { level, ctes: readWith(draft, statement.withClause, { ...place, level }) }
}

function addTarget(draft: Draft, level: number, relation: RangeVar | undefined, writes?: readonly string[]): void {
  const source = relationSource(draft, relation ?? {}, draft.planned ? 'read' : 'write')
  addSource(draft, level, { ...source, ...(writes === undefined || draft.planned ? {} : { writes }) })
}

function addEffects(draft: Draft, ...effects: readonly string[]): void {
  if (draft.planned) draft.effects.add('read')
  else for (const effect of effects) draft.effects.add(effect)
}

function addChange(draft: Draft, change: Change): void {
  if (!draft.planned) draft.changes.push(change)
}

function scopeOf(draft: Draft, { level, ctes }: Opened, use: Scope['use']): Scope {
  return { window: wholeLevel(draft, level), ctes, use }
}

function targetNames(targets: readonly Node[] | undefined): readonly string[] {
  return (targets ?? []).flatMap((node) => ('ResTarget' in node && node.ResTarget.name !== undefined ? [node.ResTarget.name] : []))
}

export function readInsert(draft: Draft, insert: InsertStmt, place: Place): number {
  draft.seen.add(insert)
  addEffects(draft, 'write', 'insert')
  const opened = begin(draft, insert, place)
  const { level } = opened
  const source = insert.selectStmt !== undefined && 'SelectStmt' in insert.selectStmt ? insert.selectStmt.SelectStmt : undefined
  addTarget(draft, level, insert.relation, insert.cols === undefined && source !== undefined ? undefined : targetNames(insert.cols))
  if (source !== undefined) readSelect(draft, source, { outer: { level, from: 0, to: 0 }, ctes: opened.ctes, use: 'sink' })
  walkAll(draft, insert.cols, scopeOf(draft, opened, 'sink'))
  readConflict(draft, insert, opened)
  readReturning(draft, insert.returningClause, opened, place)
  return level
}

function readConflict(draft: Draft, insert: InsertStmt, opened: Opened): void {
  const conflict = insert.onConflictClause
  if (conflict === undefined) return
  addSource(draft, opened.level, { kind: 'row', alias: 'excluded', of: 0, stored: false })
  const predicate = scopeOf(draft, opened, 'predicate')
  walkAll(draft, conflict.infer?.indexElems, predicate)
  readCompared(draft, insert, opened)
  walk(draft, conflict.infer?.whereClause, predicate)
  if (conflict.action !== 'ONCONFLICT_UPDATE') return
  addEffects(draft, 'update')
  walkAll(draft, conflict.targetList, scopeOf(draft, opened, 'sink'))
  walk(draft, conflict.whereClause, predicate)
  const target = draft.levels[opened.level]!.sources[0]
  if (target?.kind === 'relation' && target.writes !== undefined) {
    draft.levels[opened.level]!.sources[0] = { ...target, writes: [...target.writes, ...targetNames(conflict.targetList)] }
  }
  const source = insert.selectStmt !== undefined && 'SelectStmt' in insert.selectStmt ? insert.selectStmt.SelectStmt : undefined
  addChange(draft, { kind: 'upsert', bounded: source === undefined || source.valuesLists !== undefined })
}

/** Columns that a new row is held against others by: each that is written where none is named. */
function readCompared(draft: Draft, { cols, onConflictClause }: InsertStmt, { level }: Opened): void {
  const items = onConflictClause?.infer?.indexElems
  const named = (items ?? []).flatMap((node) => ('IndexElem' in node && node.IndexElem.name !== undefined ? [node.IndexElem.name] : []))
  const compared = items === undefined ? targetNames(cols) : named
  draft.levels[level]!.compares = items === undefined && cols === undefined ? true : compared
}

function readReturning(draft: Draft, clause: ReturningClause | undefined, opened: Opened, place: Place): void {
  if (clause === undefined) return
  const options = (clause.options ?? []).flatMap((node) => ('ReturningOption' in node ? [node.ReturningOption] : []))
  const alias = (option: string, standard: string) => options.find((each) => each.option === option)?.value ?? standard
  addSource(draft, opened.level, { kind: 'row', alias: alias('RETURNING_OPTION_OLD', 'old'), of: 0, stored: true })
  addSource(draft, opened.level, { kind: 'row', alias: alias('RETURNING_OPTION_NEW', 'new'), of: 0, stored: true })
  const use = place.use === 'none' ? 'predicate' : place.use
  readOutputs(draft, clause.exprs, scopeOf(draft, opened, use))
}

export function readUpdate(draft: Draft, update: UpdateStmt, place: Place): number {
  draft.seen.add(update)
  addEffects(draft, 'write', 'update')
  const opened = begin(draft, update, place)
  addTarget(draft, opened.level, update.relation, targetNames(update.targetList))
  readFrom(draft, update.fromClause, opened)
  walkAll(draft, update.targetList, scopeOf(draft, opened, 'sink'))
  readWhere(draft, 'update', update.whereClause, opened)
  readReturning(draft, update.returningClause, opened, place)
  return opened.level
}

export function readDelete(draft: Draft, statement: DeleteStmt, place: Place): number {
  draft.seen.add(statement)
  addEffects(draft, 'write', 'delete')
  const opened = begin(draft, statement, place)
  addTarget(draft, opened.level, statement.relation, [])
  readFrom(draft, statement.usingClause, opened)
  readWhere(draft, 'delete', statement.whereClause, opened)
  readReturning(draft, statement.returningClause, opened, place)
  return opened.level
}

function readWhere(draft: Draft, kind: 'update' | 'delete', where: Node | undefined, opened: Opened): void {
  const scope = scopeOf(draft, opened, 'predicate')
  walkCondition(draft, where, scope)
  draft.levels[opened.level]!.filters.push(...readFilters(draft, where, scope))
  addChange(draft, { kind, level: opened.level, all: where === undefined })
}

const mergeEffects: Readonly<Record<string, string>> = { CMD_INSERT: 'insert', CMD_UPDATE: 'update', CMD_DELETE: 'delete' }

export function readMerge(draft: Draft, merge: MergeStmt, place: Place): number {
  draft.seen.add(merge)
  addEffects(draft, 'write', 'merge')
  draft.effects.add('read')
  const opened = begin(draft, merge, place)
  const whens = (merge.mergeWhenClauses ?? []).flatMap((node) => ('MergeWhenClause' in node ? [node.MergeWhenClause] : []))
  const inserts = whens.find((when) => when.commandType === 'CMD_INSERT' && when.targetList === undefined)
  addTarget(draft, opened.level, merge.relation, inserts === undefined ? whens.flatMap((when) => targetNames(when.targetList)) : undefined)
  if (merge.sourceRelation !== undefined) readItem(draft, merge.sourceRelation, opened)
  walk(draft, merge.joinCondition, scopeOf(draft, opened, 'predicate'))
  for (const when of whens) {
    walk(draft, when.condition, scopeOf(draft, opened, 'predicate'))
    walkAll(draft, when.targetList, scopeOf(draft, opened, 'sink'))
    walkAll(draft, when.values, scopeOf(draft, opened, 'sink'))
    const effect = mergeEffects[when.commandType ?? '']
    if (effect !== undefined) addEffects(draft, effect)
  }
  if (whens.some((when) => when.commandType === 'CMD_UPDATE' || when.commandType === 'CMD_DELETE')) addChange(draft, { kind: 'merge' })
  draft.levels[opened.level]!.targetLast = true
  readReturning(draft, merge.returningClause, opened, place)
  return opened.level
}
