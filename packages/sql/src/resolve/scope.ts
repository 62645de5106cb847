import type { ColumnModel } from '../model.js'
import type { Level, Outline, Ref, Source, Window } from '../outline/outline.js'
import type { Names } from './names.js'

/** A reference, found: a column of a source, or its whole row. */
export interface Hit {
  readonly level: number
  readonly source: number
  /** Absent for a whole row. */
  readonly column?: ColumnModel
  /** The column comes with the whole row as one value. */
  readonly inRow?: true
  readonly use?: Ref['use']
}

export interface Resolution {
  readonly hits: readonly Hit[]
  /** `open`: it may be in something whose columns are not known. */
  readonly status: 'found' | 'open' | 'missing'
  /** A name that is no column of its relation: perhaps a function in attribute notation. */
  readonly attribute?: string
  /** A field of a value: perhaps a function, too. */
  readonly field?: string
}

/** What one source offers. `open`: more than is listed. */
interface Columns {
  readonly list: readonly ColumnModel[]
  readonly open: boolean
}

export interface Scopes {
  columns(level: number, source: number): Columns
  resolve(level: number, ref: Ref): Resolution
  /** Key of the relation that a source is, where it was found. */
  relationKey(level: number, source: number): string | undefined
}

const anything: Columns = { list: [], open: true }
const systemColumns: ReadonlySet<string> = new Set(['ctid', 'xmin', 'xmax', 'cmin', 'cmax', 'tableoid'])

export function createScopes(outline: Outline, names: Names): Scopes {
  const known = new Map<Source, Columns>()
  const knownOutputs = new Map<number, Columns>()

  const columns = (level: number, source: number): Columns => {
    const entry = outline.levels[level]?.sources[source]
    if (entry === undefined) return anything
    const cached = known.get(entry)
    if (cached !== undefined) return cached
    const made = rename(columnsOf(level, entry), entry.columns)
    known.set(entry, made)
    return made
  }
  const columnsOf = (level: number, source: Source): Columns => {
    switch (source.kind) {
      case 'relation': {
        const found = names.relation(source.name)
        return found === undefined ? anything : { list: found.value.columns, open: false }
      }
      case 'query':
        return outputs(source.level)
      case 'join':
        return join(range(source.from, source.to).map((member) => columns(level, member)))
      case 'row':
        return columns(level, source.of)
      case 'open':
        return anything
      default:
        return source satisfies never
    }
  }
  const outputs = (index: number): Columns => {
    const level = outline.levels[index]
    if (level === undefined) return anything
    const cached = knownOutputs.get(index)
    if (cached !== undefined) return cached
    // A recursive query meets itself while its own answer is not there yet.
    knownOutputs.set(index, anything)
    const made =
      level.branch === undefined ? join(level.outputs.map((output) => outputColumns(index, level, output))) : outputs(level.branch)
    const renamed = rename(made, level.renamed?.names)
    const answer = { list: [...renamed.list, ...(level.renamed?.added ?? []).map(untyped)], open: renamed.open }
    knownOutputs.set(index, answer)
    return answer
  }
  const outputColumns = (index: number, level: Level, output: Level['outputs'][number]): Columns => {
    if (output.star !== undefined) {
      const whole = { level: index, from: 0, to: level.sources.length }
      const sources = output.star.length === 0 ? visible(outline, whole) : named(whole, output.star.at(-1)!).map(([, source]) => source)
      const from = sources.filter((source) => level.sources[source]?.kind !== 'row')
      return from.length === 0 ? anything : join(from.map((source) => columns(index, source)))
    }
    return output.label === undefined ? anything : { list: [untyped(output.label)], open: false }
  }
  const named = (window: Window, alias: string): (readonly [number, number])[] =>
    [...outward(outline, window)].flatMap((each) =>
      visible(outline, each)
        .filter((source) => aliasOf(outline.levels[each.level]!.sources[source]!) === alias)
        .map((source) => [each.level, source] as const),
    )

  const context: Context = { outline, names, columns, named }
  return {
    columns,
    resolve: (level, ref) => resolve(context, { level, from: ref.from, to: ref.to }, ref),
    relationKey: (level, source) => {
      const entry = outline.levels[level]?.sources[source]
      return entry?.kind === 'relation' ? names.relation(entry.name)?.key : undefined
    },
  }
}

interface Context {
  readonly outline: Outline
  readonly names: Names
  readonly columns: (level: number, source: number) => Columns
  readonly named: (window: Window, alias: string) => readonly (readonly [number, number])[]
}

function resolve(context: Context, window: Window, ref: Ref): Resolution {
  const name = ref.name.length > 3 ? ref.name.slice(-3) : ref.name
  if (ref.star === true) return resolveStar(context, window, name)
  if (ref.field !== undefined) return resolveField(context, window, ref, name)
  return name.length <= 1 ? resolvePlain(context, window, name[0] ?? '') : resolveQualified(context, window, name)
}

function resolvePlain(context: Context, window: Window, name: string): Resolution {
  let open = false
  const hits: Hit[] = []
  for (const each of outward(context.outline, window)) {
    let found = false
    for (const source of visible(context.outline, each)) {
      const entry = context.outline.levels[each.level]!.sources[source]!
      if (entry.kind === 'row' || (entry.kind === 'join' && !hides(context.outline, each.level, source))) continue
      const inside = inSource(context, each.level, source, name)
      hits.push(...inside.hits)
      found ||= inside.hits.length > 0
      open ||= inside.open
    }
    if (found) return { hits, status: open ? 'open' : 'found' }
  }
  const rows = context.named(window, name)
  if (rows.length > 0) return { hits: rowHits(context, rows.slice(0, 1)), status: open ? 'open' : 'found' }
  return { hits: [], status: open ? 'open' : 'missing' }
}

/** A name in one source. An aliased join with renamed columns may mean any column below it. */
function inSource(context: Context, level: number, source: number, name: string): { hits: readonly Hit[]; open: boolean } {
  const entry = context.outline.levels[level]!.sources[source]!
  const { list, open } = context.columns(level, source)
  if (entry.kind === 'row') return entry.stored ? inSource(context, level, entry.of, name) : { hits: [], open: true }
  if (entry.kind === 'join') {
    if (entry.columns !== undefined) return { hits: rowHits(context, [[level, source]]), open: true }
    const inside = range(entry.from, entry.to).map((member) => inSource(context, level, member, name))
    return { hits: inside.flatMap((each) => each.hits), open: inside.some((each) => each.open) }
  }
  const column = list.find((each) => each.name === name)
  if (column !== undefined) return { hits: [{ level, source, column }], open: false }
  if (entry.kind === 'relation' && systemColumns.has(name))
    return { hits: [{ level, source, column: { ...untyped(name), type: name === 'ctid' ? 'pg_catalog.tid' : '' } }], open: false }
  return { hits: [], open }
}

function resolveQualified(context: Context, window: Window, name: readonly string[]): Resolution {
  const [source] = sourcesCalled(context, window, name.slice(0, -1))
  const column = name.at(-1)!
  if (source === undefined) return { hits: [], status: hasNamelessOpen(context.outline, window) ? 'open' : 'missing' }
  const inside = inSource(context, source[0], source[1], column)
  if (inside.hits.length > 0) return { hits: inside.hits, status: 'found' }
  return { hits: inside.open ? [] : rowHits(context, [source]), status: inside.open ? 'open' : 'missing', attribute: column }
}

/** `alias`, or `schema.relation` of a relation without alias. */
function sourcesCalled(context: Context, window: Window, name: readonly string[]): readonly (readonly [number, number])[] {
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
  const sources =
    name.length === 0
      ? visible(context.outline, window)
          .filter((source) => context.outline.levels[window.level]!.sources[source]!.kind !== 'row')
          .map((source) => [window.level, source] as const)
      : sourcesCalled(context, window, name).slice(0, 1)
  const missing = sources.length === 0 && !hasNamelessOpen(context.outline, window)
  return { hits: columnHits(context, sources), status: missing ? 'missing' : 'found' }
}

function resolveField(context: Context, window: Window, ref: Ref, name: readonly string[]): Resolution {
  const field = ref.field!
  const base = name.length <= 1 ? resolvePlain(context, window, name[0] ?? '') : resolveQualified(context, window, name)
  const [row] = name.length === 1 && base.hits.some((hit) => hit.column === undefined) ? context.named(window, name[0]!) : []
  if (row === undefined) return { ...base, ...(field === '*' ? {} : { field }) }
  if (field === '*') return { hits: columnHits(context, [row]), status: 'found' }
  return resolveQualified(context, window, [name[0]!, field])
}

/** The row as a value of its own: a hit without column, and every column in it. */
function rowHits(context: Context, sources: readonly (readonly [number, number])[]): Hit[] {
  const columns = columnHits(context, sources).map((hit): Hit => ({ ...hit, inRow: true }))
  return [...sources.map(([level, source]) => ({ level, source })), ...columns]
}

function columnHits(context: Context, sources: readonly (readonly [number, number])[]): Hit[] {
  return sources.flatMap(([level, source]): Hit[] => {
    const entry = context.outline.levels[level]!.sources[source]!
    if (entry.kind === 'row') return entry.stored ? columnHits(context, [[level, entry.of]]) : []
    if (entry.kind === 'join')
      return columnHits(
        context,
        range(entry.from, entry.to).map((member) => [level, member] as const),
      )
    return context.columns(level, source).list.map((column) => ({ level, source, column }))
  })
}

/** A window and what lies around it, innermost first. */
function* outward(outline: Outline, window: Window): Generator<Window> {
  for (let at: Window | undefined = window; at !== undefined; at = outline.levels[at.level]?.outer) yield at
}

function visible(outline: Outline, window: Window): readonly number[] {
  const { sources } = outline.levels[window.level]!
  const inside = (index: number | undefined) => index !== undefined && index >= window.from && index < window.to
  return range(window.from, Math.min(window.to, sources.length)).filter((source) => !inside(sources[source]!.hiddenBy))
}

function hides(outline: Outline, level: number, source: number): boolean {
  return outline.levels[level]!.sources.some((entry) => entry.hiddenBy === source)
}

/** An expression whose surroundings are not followed at all. */
function hasNamelessOpen(outline: Outline, window: Window): boolean {
  return [...outward(outline, window)].some((each) =>
    outline.levels[each.level]!.sources.some((source) => source.kind === 'open' && source.alias === undefined),
  )
}

function aliasOf(source: Source): string | undefined {
  return source.alias ?? (source.kind === 'relation' ? source.name.at(-1) : undefined)
}

function range(from: number, to: number): number[] {
  return Array.from({ length: Math.max(0, to - from) }, (_, i) => from + i)
}

function untyped(name: string): ColumnModel {
  return { name, attnum: 0, type: '' }
}

/** The server gives up at 1,664 columns; beyond that a list would only grow. */
const maxColumns = 1_664

function join(parts: readonly Columns[]): Columns {
  if (parts.reduce((sum, part) => sum + part.list.length, 0) > maxColumns) return anything
  return { list: parts.flatMap((part) => part.list), open: parts.some((part) => part.open) }
}

function rename(columns: Columns, aliases: readonly string[] | undefined): Columns {
  if (aliases === undefined || aliases.length === 0) return columns
  // The position of a column behind an unknown one is not known; its alias still is a name.
  if (columns.open) return { list: [...columns.list, ...aliases.map(untyped)], open: true }
  return { list: columns.list.map((column, i) => (aliases[i] === undefined ? column : { ...column, name: aliases[i] })), open: false }
}
