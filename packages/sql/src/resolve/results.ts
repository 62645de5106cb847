import type { Touch } from '@sallyport/core'
import type { Lineage } from '../lineage.js'
import type { Finding } from './finding.js'
import type { StoredHit } from './flow.js'
import type { UsesContext } from './uses.js'
import { originsOfStored } from './uses.js'

/**
 * What each column of the answer comes from. All of them or nothing: where the number of columns is not known, or what one of
 * them holds, the caller must take each for a column that may show anything the statement reads.
 */
export function findOutputs(finding: Finding, context: UsesContext): readonly Lineage[] | undefined {
  const { outline, scopes, flow } = context
  const { result } = outline
  if (result === undefined || isOpaque(finding)) return undefined
  if (result === 'plan') return [planOf([...finding.touches.values()])]
  if ('columns' in result) return Array.from({ length: result.columns }, () => nothing)
  const { list, open, lost } = scopes.outputs(result.level)
  // One that stands for many is one column where as many columns come as are told, which the caller looks at.
  const unsure = list.filter(({ rest }) => rest === true).length !== 1
  if (lost === true || (open && unsure) || (result.whole === true && hasGenerated(context, result.level))) return undefined
  const outputs = list.map((_, position) => wholly(finding, context, flow.lineage(result.level, position)))
  return outputs.every((lineage) => lineage !== undefined) ? withWritten(finding, outputs) : undefined
}

/** RETURNING shows what was just written: whatever went into any column of the target may be in one that was. */
function withWritten({ touches }: Finding, outputs: readonly Lineage[]): readonly Lineage[] {
  const columns = [...touches.values()].filter(({ kind }) => kind === 'column')
  const written = new Set(columns.filter(({ access }) => access === 'write').map(({ name }) => name))
  const sunk = columns.filter(({ use }) => use === 'sink').map(({ name }) => name)
  if (written.size === 0 || sunk.length === 0) return outputs
  return outputs.map(({ bare, derived }) => {
    const shows = [...bare, ...derived].some((name) => written.has(name))
    return { bare, derived: shows ? [...new Set([...derived, ...sunk])] : derived }
  })
}

const nothing: Lineage = { bare: [], derived: [] }

const opaque: readonly string[] = `execute_unknown execute_code dynamic_sql indirect unknown_statement large_object filesystem
  replication introspect_values`.split(/\s+/)

/** It may read anything at all. */
export function isOpaque({ effects, doubts }: Finding): boolean {
  return doubts.size > 0 || opaque.some((effect) => effects.has(effect))
}

/** How many rows are expected tells of every column that decides on them, or goes into an expression that the server works out in advance. */
export function planOf(touches: readonly Touch[]): Lineage {
  const decides = touches.filter(({ kind, access, use }) => kind === 'column' && access === 'read' && use !== 'output')
  return { bare: [], derived: [...new Set(decides.map(({ name }) => name))] }
}

/** COPY leaves generated columns out. */
function hasGenerated({ outline, names }: UsesContext, level: number): boolean {
  const [source] = outline.levels[level]!.sources
  const relation = source?.kind === 'relation' ? names.relation(source.name)?.value : undefined
  return relation?.kind !== 'view' && relation?.columns.every(({ from }) => from === undefined) !== true
}

/** Through views, parents and partitions; what a declared function reads may come out of it wherever it is called. */
function wholly(finding: Finding, context: UsesContext, columns: readonly StoredHit[] | undefined): Lineage | undefined {
  const bare = new Set<string>()
  const derived = new Set<string>(finding.reads)
  for (const column of columns ?? []) {
    const origins = originsOfStored(context, column)
    if (origins === undefined) return undefined
    for (const name of origins.bare) (column.computed ? derived : bare).add(name)
    for (const name of origins.derived) derived.add(name)
  }
  return columns && { bare: [...bare], derived: [...derived] }
}
