import type { Level, Merge } from '../outline/outline.js'
import type { Column, Columns, Hit, ScopeContext } from './column.js'
import { nowhere } from './column.js'

/** The server gives up at 1,664 columns; beyond that a list would only grow. */
const maxColumns = 1_664

/**
 * What `*` over some sources of a level gives, in the server's order: merged columns of a join once and first, what an aliased
 * join hides only under its alias. A source whose columns are not known stands there as one hit without a column.
 */
export function rangeColumns(context: ScopeContext, index: number, { from, to }: { readonly from: number; readonly to: number }): Columns {
  const level = context.outline.levels[index]!
  const parts: Columns[] = []
  for (let i = from; i < Math.min(to, level.sources.length);) {
    const alias = hiddenUnder(level, i, to)
    const merge = alias === undefined ? widestMerge(level, i, to) : undefined
    if (merge !== undefined) parts.push(mergedColumns(context, index, merge))
    else if (alias !== undefined) parts.push(sourceColumns(context, index, alias))
    else if (level.sources[i]!.kind !== 'row' && level.sources[i]!.kind !== 'join') parts.push(sourceColumns(context, index, i))
    i = merge?.to ?? (alias ?? i) + 1
  }
  const [target, ...others] = parts
  return join(level.targetLast === true && target !== undefined && from === 0 ? [...others, target] : parts)
}

/** The outermost aliased join before `to` that hides a source. */
function hiddenUnder({ sources }: Level, index: number, to: number): number | undefined {
  let found: number | undefined
  for (let at = sources[index]?.hiddenBy; at !== undefined && at < to; at = sources[at]?.hiddenBy) found = at
  return found
}

function widestMerge({ merges }: Level, from: number, to: number): Merge | undefined {
  return merges.findLast((merge) => merge.from === from && merge.to <= to)
}

function mergedColumns(context: ScopeContext, index: number, { from, mid, to, using }: Merge): Columns {
  const left = rangeColumns(context, index, { from, to: mid })
  const right = rangeColumns(context, index, { from: mid, to })
  const shared = using ?? commonNames(left, right)
  const merged = shared.map((name): Column => {
    const [one, other] = [left, right].map(({ list }) => list.find((column) => column.name === name))
    return {
      name,
      attnum: 0,
      type: one?.type === other?.type ? (one?.type ?? '') : '',
      hits: [...(one?.hits ?? restHits(left)), ...(other?.hits ?? restHits(right))],
    }
  })
  const unknown = using === undefined && (left.open || right.open) ? [{ ...rest, hits: [nowhere] }] : []
  const own = ({ list }: Columns) => list.filter(({ name }) => !shared.includes(name))
  return { list: [...merged, ...own(left), ...own(right), ...unknown], open: left.open || right.open }
}

/** What a NATURAL join compares. */
export function commonNames(left: Columns, right: Columns): readonly string[] {
  const names = new Set(right.list.map(({ name }) => name))
  return [...new Set(left.list.map(({ name }) => name))].filter((name) => name !== '' && names.has(name))
}

const rest: Column = { name: '', attnum: 0, type: '', rest: true }

/** What a name that is not listed may be. */
function restHits({ list }: Columns): readonly Hit[] {
  return list.flatMap((column) => (column.rest === true ? (column.hits ?? []) : []))
}

/** Only names of its columns are missing. */
function isCounted(context: ScopeContext, level: number, source: number): boolean {
  const entry = context.outline.levels[level]!.sources[source]!
  return entry.kind === 'query' && entry.columns === undefined && !context.outputs(entry.level).open
}

/** The columns of one source, each with what it stands for. */
export function sourceColumns(context: ScopeContext, level: number, source: number): Columns {
  const { list, open } = context.columns(level, source)
  const columns = list.map((column): Column => ({ ...column, hits: column.hits ?? [{ level, source, column }] }))
  if (!open || isCounted(context, level, source) || columns.some((column) => column.rest === true)) return { list: columns, open }
  const last = columns.at(-1)
  if (last !== undefined && context.outline.levels[level]!.sources[source]!.kind === 'open')
    return { list: [...columns.slice(0, -1), { ...last, rest: true }], open }
  return { list: [...columns, { ...rest, hits: [{ level, source }] }], open }
}

/** The same, through rows that go by another name: OLD and NEW are rows of the target, EXCLUDED is nothing stored. */
export function sourceHits(context: ScopeContext, [level, source]: readonly [number, number]): Hit[] {
  const entry = context.outline.levels[level]!.sources[source]!
  if (entry.kind === 'row') return entry.stored ? sourceHits(context, [level, entry.of]) : []
  return sourceColumns(context, level, source).list.flatMap(({ hits = [] }) => hits)
}

function join(parts: readonly Columns[]): Columns {
  const size = parts.reduce((sum, { list }) => sum + list.length, 0)
  if (size > maxColumns) return { list: [{ ...rest, hits: [nowhere] }], open: true }
  return { list: parts.flatMap(({ list }) => list), open: parts.some(({ open }) => open) }
}
