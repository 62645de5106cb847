import type { Outline, Ref, Source, Window } from '../outline/outline.js'
import { keepsValue } from './casts.js'
import type { Hit, Resolution, ScopeContext } from './column.js'
import { untyped } from './column.js'
import { rangeColumns, sourceHits } from './star.js'

const systemColumns: ReadonlySet<string> = new Set(['ctid', 'xmin', 'xmax', 'cmin', 'cmax', 'tableoid'])

type Context = ScopeContext

/** What a reference means at its place, as the server finds it: the innermost query that has the name. */
export function resolve(context: Context, window: Window, ref: Ref): Resolution {
  const name = ref.name.length > 3 ? ref.name.slice(-3) : ref.name
  if (ref.star === true) return resolveStar(context, window, name)
  if (ref.field !== undefined) return resolveField(context, window, ref.field, name)
  const found = resolveName(context, window, name)
  if (ref.called !== undefined) return resolveCalled(context, window, ref.called, { name, found })
  if (ref.cast === undefined) return found
  const type = context.names.type(ref.cast)?.key
  const kept = found.hits.every(
    ({ column, inRow }) => column !== undefined && inRow !== true && keepsValue(context.names, column.type, type),
  )
  return kept && found.maybe === undefined ? found : { ...found, computed: true }
}

function resolveName(context: Context, window: Window, name: readonly string[]): Resolution {
  return name.length <= 1 ? resolvePlain(context, window, name[0] ?? '') : resolveQualified(context, window, name)
}

/** `email(u)` is the column of a row when no function of that name fits. */
function resolveCalled(
  context: Context,
  window: Window,
  called: string,
  { name, found }: { readonly name: readonly string[]; readonly found: Resolution },
): Resolution {
  if (context.names.functions([called], 1).length > 0) return { ...found, computed: true }
  const field = resolveField(context, window, called, name)
  return field.status === 'found' && field.attribute === undefined && field.field === undefined ? field : { ...found, computed: true }
}

function resolvePlain(context: Context, window: Window, name: string): Resolution {
  const maybe: Hit[] = []
  const hits: Hit[] = []
  for (const each of outward(context.outline, window)) {
    let found = false
    const nearer = maybe.length
    for (const source of visible(context.outline, each)) {
      const entry = context.outline.levels[each.level]!.sources[source]!
      if (entry.kind === 'row' || (entry.kind === 'join' && !hides(context.outline, each.level, source))) continue
      const inside = inSource(context, each.level, source, name)
      hits.push(...inside.hits)
      found ||= inside.hits.length > 0
      if (inside.open) maybe.push({ level: each.level, source })
    }
    if (!found) continue
    // What is in two sources of one query is ambiguous to the server, but for columns that a join merged.
    if (context.outline.levels[each.level]!.merges.length === 0) maybe.length = nearer
    return { hits, ...opened(maybe, 'found') }
  }
  const rows = context.named(window, name)
  if (rows.length > 0) return { hits: rowHits(context, rows.slice(0, 1)), ...opened(maybe, 'found') }
  return { hits: [], ...opened(maybe, 'missing') }
}

function opened(maybe: readonly Hit[], otherwise: 'found' | 'missing'): Pick<Resolution, 'maybe' | 'status'> {
  return maybe.length === 0 ? { status: otherwise } : { status: 'open', maybe }
}

/** A name in one source. */
function inSource(context: Context, level: number, source: number, name: string): { hits: readonly Hit[]; open: boolean } {
  const entry = context.outline.levels[level]!.sources[source]!
  if (entry.kind === 'row') return entry.stored ? inSource(context, level, entry.of, name) : { hits: [], open: true }
  const { list, open } = context.columns(level, source)
  const hits = list.filter((each) => each.name === name).flatMap((column) => column.hits ?? [{ level, source, column }])
  if (hits.length > 0) return { hits, open: false }
  if (entry.kind === 'relation' && systemColumns.has(name))
    return { hits: [{ level, source, column: { ...untyped(name), type: name === 'ctid' ? 'pg_catalog.tid' : '' } }], open: false }
  return { hits, open }
}

function resolveQualified(context: Context, window: Window, name: readonly string[]): Resolution {
  const [source] = sourcesCalled(context, window, name.slice(0, -1))
  const column = name.at(-1)!
  if (source === undefined) {
    const maybe = namelessOpen(context.outline, window)
    return { hits: [], ...opened(maybe, 'missing') }
  }
  const inside = inSource(context, source[0], source[1], column)
  if (inside.hits.length > 0) return { hits: inside.hits, status: 'found' }
  const [level, at] = source
  // What is about to be written, as EXCLUDED tells it, is nothing stored.
  if (context.outline.levels[level]!.sources[at]!.kind === 'row') return { hits: [], status: 'open', attribute: column }
  if (inside.open) return { hits: [], status: 'open', maybe: [{ level, source: at }], attribute: column }
  return { hits: rowHits(context, [source]), status: 'missing', attribute: column }
}

/** `alias`, or `schema.relation` of a relation without alias. */
export function sourcesCalled(context: Context, window: Window, name: readonly string[]): readonly (readonly [number, number])[] {
  const sources = context.named(window, name.at(-1)!)
  if (name.length === 1) return sources
  const wanted = context.names.relation(name)?.key
  return sources.filter(([level, source]) => {
    const entry = context.outline.levels[level]!.sources[source]!
    return (
      entry.kind === 'relation' && entry.alias === undefined && wanted !== undefined && context.names.relation(entry.name)?.key === wanted
    )
  })
}

function resolveStar(context: Context, window: Window, name: readonly string[]): Resolution {
  if (name.length === 0)
    return { hits: rangeColumns(context, window.level, window).list.flatMap(({ hits }) => hits ?? []), status: 'found' }
  const [source] = sourcesCalled(context, window, name)
  if (source !== undefined) return { hits: sourceHits(context, source), status: 'found' }
  return { hits: [], ...opened(namelessOpen(context.outline, window), 'missing') }
}

function resolveField(context: Context, window: Window, field: string, name: readonly string[]): Resolution {
  const base = resolveName(context, window, name)
  const [row] = name.length === 1 && base.hits.some((hit) => hit.column === undefined) ? context.named(window, name[0]!) : []
  if (row === undefined) return { ...base, computed: true, ...(field === '*' ? {} : { field }) }
  if (field === '*') return { hits: sourceHits(context, row), status: 'found' }
  return resolveQualified(context, window, [name[0]!, field])
}

/** The row as a value of its own: a hit without column, and every column in it. */
function rowHits(context: Context, sources: readonly (readonly [number, number])[]): Hit[] {
  // All that a query gives goes with its row; to spell it out here would be as much again for each level of nesting.
  const spelled = sources.filter(([level, source]) => context.outline.levels[level]!.sources[source]!.kind !== 'query')
  const columns = spelled.flatMap((source) => sourceHits(context, source)).map((hit): Hit => ({ ...hit, inRow: true }))
  return [...sources.map(([level, source]) => ({ level, source })), ...columns]
}

/** A window and what lies around it, innermost first. */
export function* outward(outline: Outline, window: Window): Generator<Window> {
  for (let at: Window | undefined = window; at !== undefined; at = outline.levels[at.level]?.outer) yield at
}

export function visible(outline: Outline, window: Window): readonly number[] {
  const { sources } = outline.levels[window.level]!
  const inside = (index: number | undefined) => index !== undefined && index >= window.from && index < window.to
  return range(window.from, Math.min(window.to, sources.length)).filter((source) => !inside(sources[source]!.hiddenBy))
}

function hides(outline: Outline, level: number, source: number): boolean {
  return outline.levels[level]!.sources.some((entry) => entry.hiddenBy === source)
}

/** Expressions whose surroundings are not followed at all. */
function namelessOpen(outline: Outline, window: Window): readonly Hit[] {
  return [...outward(outline, window)].flatMap(({ level }) =>
    outline.levels[level]!.sources.flatMap((entry, source) =>
      entry.kind === 'open' && entry.alias === undefined ? [{ level, source }] : [],
    ),
  )
}

export function aliasOf(source: Source): string | undefined {
  return source.alias ?? (source.kind === 'relation' ? source.name.at(-1) : undefined)
}

function range(from: number, to: number): number[] {
  return Array.from({ length: Math.max(0, to - from) }, (_, i) => from + i)
}
