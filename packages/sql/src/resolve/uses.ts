import { qualifiedName } from '../model.js'
import { originsOf } from '../origins.js'
import type { Ref, Use } from '../outline/outline.js'
import type { CodeContext } from './code.js'
import { noteColumnType } from './code.js'
import type { Hit, ScopeContext } from './column.js'
import type { Finding } from './finding.js'
import { touch } from './finding.js'
import type { Flow, StoredHit } from './flow.js'
import { deepen } from './flow.js'
import { commonNames, rangeColumns } from './star.js'
import { findBeside } from './values.js'

/**
 * What becomes of every column that the statement reads: each reference has the use of its place, and one that is shown by
 * a query inside has the uses that are made of that query’s output. A view’s column stands for those that it shows; what
 * decides inside of a view on its rows is its owner’s choice, which no caller can vary, so it is no use of the caller’s.
 */
export interface UsesContext extends CodeContext {
  readonly scopes: ScopeContext
  readonly flow: Flow
}

export function findUses(finding: Finding, context: UsesContext): void {
  context.outline.levels.forEach((level, index) => {
    for (const ref of level.refs) {
      const { hits, maybe = [], computed } = context.scopes.resolve(index, ref)
      if (ref.use === undefined) continue
      const use = computed === true ? deepen(ref.use) : ref.use
      for (const hit of [...hits, ...maybe]) {
        const isGuess = ref.test !== undefined && computed !== true && hit.column !== undefined && hit.inRow !== true
        findUse(finding, context, { hit, use, ...(isGuess ? { guess: ref } : {}) })
      }
    }
    findKeys(finding, context, index)
    if (level.compares !== undefined) findCompared(finding, context, index, level.compares)
    for (const { from, mid, to, using } of level.merges) {
      if (using === undefined) findNatural(finding, context, { index, from, mid, to })
    }
  })
  findUnused(finding, context)
  for (const [name, guess] of finding.guesses) {
    touch(finding, { kind: 'column', name, access: 'read', use: 'predicate', ...(guess === 'many' ? {} : { test: 'equality' }) })
  }
}

interface Used {
  readonly hit: Hit
  readonly use: Use
  /** The reference that is held against one named value. */
  readonly guess?: Ref
}

function findUse(finding: Finding, context: UsesContext, { hit, use, guess }: Used): void {
  const tell = (column: StoredHit, its: Use) =>
    touchStored(finding, context, { column, use: its, ...(guess === undefined || column.computed ? {} : { guess }) })
  const known = context.flow.reach(hit, hit.inRow === true ? deepen(use) : use, tell, guess !== undefined)
  if (!known) finding.unlisted = true
}

function touchStored(
  finding: Finding,
  context: UsesContext,
  { column, use, guess }: { readonly column: StoredHit; readonly use: Use; readonly guess?: Ref },
): void {
  findBeside(finding, context, { hit: { ...column.hit, use }, key: column.key })
  if (use !== 'output') noteColumnType(finding, context, column.hit.column?.type ?? '')
  const origins = originsOfStored(context, column)
  if (origins === undefined) finding.unlisted = true
  for (const name of origins?.bare ?? [column.name]) {
    if (guess === undefined) touch(finding, { kind: 'column', name, access: 'read', use })
    else guessAt(finding, name, guess)
  }
  for (const name of origins?.derived ?? []) touch(finding, { kind: 'column', name, access: 'read', use: deepen(use) })
}

/** One guess at a column is an equality; two tell more, so they are comparisons like any other. */
function guessAt(finding: Finding, name: string, guess: Ref): void {
  const before = finding.guesses.get(name)
  finding.guesses.set(name, before === undefined || before === guess ? guess : 'many')
}

/** Every name under which a policy may be about a column. Of a view that nobody understood: all that is below it. */
export function originsOfStored(context: Pick<CodeContext, 'names'>, { key, name }: Pick<StoredHit, 'key' | 'name'>) {
  const { model } = context.names
  const known = originsOf(model).of(name)
  if (known !== undefined) return known
  const relation = model.relations.get(key)
  if (relation?.reads === undefined) return undefined
  const below = relation.reads.flatMap((each) => {
    const columns = model.relations.get(each)?.columns
    return columns?.map(
      (column) => originsOf(model).of(fullName(each, column.name)) ?? { bare: [fullName(each, column.name)], derived: [] },
    )
  })
  if (below.includes(undefined)) return undefined
  return { bare: [name], derived: [...new Set(below.flatMap((each) => [...(each?.bare ?? []), ...(each?.derived ?? [])]))] }
}

/** Outputs that are compared, sorted or grouped by. */
function findKeys(finding: Finding, context: UsesContext, index: number): void {
  const { keys: wanted } = context.outline.levels[index]!
  if (wanted === undefined) return
  const { list, open } = context.scopes.outputs(index)
  // Behind a column that stands for many, nobody knows which one has a number.
  const keys = open ? true : wanted
  list.forEach(({ name, label, edges }, position) => {
    const called = [position + 1, name, label]
    if (keys !== true && name !== undefined && !keys.some((key) => called.includes(key))) return
    for (const { hit } of edges) findUse(finding, context, { hit, use: 'key' })
  })
}

/** ON CONFLICT: whether the new row is there tells of what it was held against. */
function findCompared(finding: Finding, context: UsesContext, index: number, names: true | readonly string[]): void {
  for (const column of context.scopes.columns(index, 0).list) {
    if (names === true || names.includes(column.name)) findUse(finding, context, { hit: { level: index, source: 0, column }, use: 'key' })
  }
}

/** NATURAL joins compare every common column. */
function findNatural(
  finding: Finding,
  context: UsesContext,
  { index, from, mid, to }: { readonly index: number; readonly from: number; readonly mid: number; readonly to: number },
): void {
  const sides = [rangeColumns(context.scopes, index, { from, to: mid }), rangeColumns(context.scopes, index, { from: mid, to })] as const
  if (sides.some(({ open }) => open)) finding.unlisted = true
  const common = commonNames(...sides)
  for (const { name, hits = [] } of sides.flatMap(({ list }) => list)) {
    if (common.includes(name)) for (const hit of hits) findUse(finding, context, { hit, use: 'key' })
  }
}

/** What a query inside shows and nobody asks for decides on nothing; it is read all the same. */
function findUnused(finding: Finding, context: UsesContext): void {
  context.outline.levels.forEach((level, index) => {
    const { list, lost } = context.scopes.outputs(index)
    if (lost === true) finding.unlisted = true
    if (level.unread === true) return
    list.forEach(({ edges, flows }, position) => {
      if (!flows || context.flow.reached(index, position)) return
      for (const { hit, computed } of edges) findUse(finding, context, { hit, use: computed === true ? 'derived' : 'output' })
    })
  })
}

function fullName(relation: string, column: string): string {
  return `${relation}.${qualifiedName(column)}`
}
