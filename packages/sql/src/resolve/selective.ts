import type { Filter, Outline } from '../outline/outline.js'
import type { Names } from './names.js'
import type { Hit, Scopes } from './column.js'

/**
 * Whether the conditions of a level surely narrow its target (source 0) down: some conjunct compares a column of it with
 * something that does not come from itself. A source is narrowed by constants and parameters, or by a comparison with a
 * source that is narrowed; the rest follows from there. What cannot be decided by syntax (`id >= -2147483648`) counts as
 * narrowing; a limit on affected rows is the answer to that.
 */
export function isSelective(given: Omit<SelectiveContext, 'known'>, level: number): boolean {
  return narrowed({ ...given, known: new Map() }, level).has(0)
}

interface SelectiveContext {
  readonly outline: Outline
  readonly names: Names
  readonly scopes: Scopes
  /** Narrowed sources of levels that were asked for before; of one that is being asked for right now, none. */
  readonly known: Map<number, ReadonlySet<number>>
}

/** Sources of a level that its filters narrow down. */
function narrowed(context: SelectiveContext, index: number): ReadonlySet<number> {
  const { outline, known } = context
  const before = known.get(index)
  if (before !== undefined) return before
  known.set(index, new Set())
  const level = outline.levels[index]!
  const found = new Set<number>()
  level.sources.forEach((source, i) => {
    if (source.kind === 'query' && source.level < outline.levels.length && isSmall(context, source.level)) found.add(i)
  })
  for (let size = -1; size < found.size;) {
    size = found.size
    for (const filter of level.filters) for (const source of narrows(context, { index, found }, filter)) found.add(source)
  }
  known.set(index, found)
  return found
}

/** Where a filter stands, and what is narrowed already. */
interface At {
  readonly index: number
  readonly found: ReadonlySet<number>
}

/** Sources of the level that one filter narrows. */
function narrows(context: SelectiveContext, at: At, filter: Filter): readonly number[] {
  switch (filter.kind) {
    case 'cursor':
      return [0]
    case 'flag':
      return sourceOf(context, at, filter.column, 'flag')
    case 'compare':
      if (filter.many && isBoolean(context, at, filter.column)) return []
      return dependsOnlyOn(context, at, filter) ? sourceOf(context, at, filter.column) : []
    case 'within':
      return isBoolean(context, at, filter.column) || !isSmallColumn(context, filter.level) ? [] : sourceOf(context, at, filter.column)
    case 'exists':
      return existing(context, at, filter.level)
    case 'any': {
      if (repeats(context, at, filter.arms)) return []
      const arms = filter.arms.map((arm) => new Set(arm.flatMap((each) => narrows(context, at, each))))
      return [...(arms[0] ?? [])].filter((source) => arms.every((arm) => arm.has(source)))
    }
    default:
      return filter satisfies never
  }
}

function hitsOf(context: SelectiveContext, index: number, ref: number): readonly Hit[] | undefined {
  const entry = context.outline.levels[index]?.refs[ref]
  if (entry === undefined) return undefined
  const resolution = context.scopes.resolve(index, entry)
  return resolution.status === 'found' ? resolution.hits : undefined
}

/** The one source of this level that a reference means; system columns and whole rows mean none. */
function sourceOf(context: SelectiveContext, at: At, ref: number, kind?: 'flag'): readonly number[] {
  const hits = hitsOf(context, at.index, ref)
  const [hit] = hits ?? []
  if (hits?.length !== 1 || hit?.column === undefined || hit.level !== at.index) return []
  return kind === 'flag' && !isBoolean(context, at, ref) ? [] : [hit.source]
}

function isBoolean(context: SelectiveContext, at: At, ref: number): boolean {
  return hitsOf(context, at.index, ref)?.some((hit) => hit.column?.type === 'pg_catalog.bool' || hit.column?.type === '') !== false
}

/** The other side comes from constants, parameters and narrowed sources alone. */
function dependsOnlyOn(context: SelectiveContext, at: At, filter: Extract<Filter, { kind: 'compare' }>): boolean {
  const narrowedHit = (hit: Hit) => hit.level === at.index && at.found.has(hit.source)
  const direct = filter.refs.every((ref) => hitsOf(context, at.index, ref)?.every(narrowedHit) === true)
  const [from, to] = filter.levels
  return direct && escapes(context, from, to).every((hit) => narrowedHit(hit))
}

/** References inside levels that reach out of them; an unresolved one counts as reaching out. */
function escapes(context: SelectiveContext, from: number, to: number): Hit[] {
  const out: Hit[] = []
  for (let level = from; level < to; level++) {
    const { refs } = context.outline.levels[level]!
    refs.forEach((_, ref) => {
      const hits = hitsOf(context, level, ref) ?? [{ level: -1, source: -1 }]
      out.push(...hits.filter((hit) => hit.level < from || hit.level >= to))
    })
  }
  return out
}

/** A sub-select that gives few rows by its own conditions: VALUES, a literal LIMIT, or narrowed sources only. */
function isSmall(context: SelectiveContext, index: number): boolean {
  const level = context.outline.levels[index]
  if (level === undefined || level.arms !== undefined) return false
  if (level.bounded === true) return true
  const stored = level.sources.flatMap((source, i) => (source.kind === 'relation' || source.kind === 'query' ? [i] : []))
  const found = stored.length === 0 ? new Set<number>() : narrowed(context, index)
  return stored.length > 0 && stored.every((source) => found.has(source))
}

/** The first output of a sub-select takes few values: all of it is small, or it is a column of a narrowed source. */
function isSmallColumn(context: SelectiveContext, index: number): boolean {
  const level = context.outline.levels[index]
  const [ref, ...more] = level?.outputs[0]?.refs ?? []
  const { cast, called, field } = level?.refs[ref ?? -1] ?? {}
  const plain = more.length === 0 && cast === undefined && called === undefined && field === undefined
  if (level === undefined || level.arms !== undefined || ref === undefined || !plain)
    return level?.bounded === true && escapesNothing(context, index)
  const hits = hitsOf(context, index, ref)
  if (hits?.length !== 1 || hits[0]!.level !== index) return false
  return level.bounded === true || narrowed(context, index).has(hits[0]!.source)
}

function escapesNothing(context: SelectiveContext, index: number): boolean {
  return escapes(context, index, index + 1).length === 0
}

/** EXISTS ties a source of ours to a narrowed source inside. */
function existing(context: SelectiveContext, at: At, inner: number): readonly number[] {
  const level = context.outline.levels[inner]
  if (level === undefined || level.arms !== undefined) return []
  const inside = narrowed(context, inner)
  return level.filters.flatMap((filter) => {
    if (filter.kind !== 'compare' || filter.test !== 'equal' || filter.refs.length === 0 || filter.levels[1] > 0) return []
    const hits = hitsOf(context, inner, filter.column)
    const ours = hits?.length === 1 && hits[0]!.level === at.index && hits[0]!.column !== undefined ? hits[0]!.source : undefined
    const tied = filter.refs.every(
      (ref) => hitsOf(context, inner, ref)?.every((hit) => hit.level === inner && inside.has(hit.source)) === true,
    )
    return ours !== undefined && tied ? [ours] : []
  })
}

/** Arms that may complete each other: an open range on a column that another arm tests too, or two tests of a boolean. */
function repeats(context: SelectiveContext, at: At, arms: readonly (readonly Filter[])[]): boolean {
  const tests = new Map<string, { count: number; open: boolean }>()
  for (const arm of arms) {
    const seen = new Map<string, boolean>()
    // Next to a value that is named, a range opens nothing.
    const closed = arm.some((filter) => {
      if (filter.kind !== 'compare' || filter.test !== 'equal' || isBoolean(context, at, filter.column)) return false
      return narrows(context, at, filter).length > 0
    })
    for (const filter of arm) {
      if (filter.kind === 'any') return true
      if (filter.kind !== 'compare' && filter.kind !== 'flag') continue
      const [hit] = hitsOf(context, at.index, filter.column) ?? []
      const key = hit === undefined ? '?' : `${hit.level}.${hit.source}.${hit.column?.name ?? ''}`
      const open = !closed && (filter.kind === 'flag' || filter.test === 'range' || isBoolean(context, at, filter.column))
      seen.set(key, open || seen.get(key) === true)
    }
    for (const [key, open] of seen) {
      const known = tests.get(key) ?? { count: 0, open: false }
      tests.set(key, { count: known.count + 1, open: known.open || open })
    }
  }
  return [...tests.values()].some(({ count, open }) => count > 1 && open)
}
