import { qualifiedName } from '../model.js'
import type { Use } from '../outline/outline.js'
import type { Edge, Hit, ScopeContext } from './column.js'
import { madeEdges, outputHit } from './outputs.js'
import { rangeColumns } from './star.js'

/**
 * How values run through the levels of a statement, from columns of relations to wherever they come out. Queries that name
 * themselves make circles, so every walk remembers where it was. What cannot be followed makes all of it unknown.
 */
export interface Flow {
  /** What goes into an output; `undefined` when something is not known. */
  lineage(level: number, position: number): readonly StoredHit[] | undefined
  /** Every column that a use of this value is a use of, unless it was told before; `apart`: then too. `false` when something is not known. */
  reach(hit: Hit, use: Use, visit: (column: StoredHit, use: Use) => void, apart?: boolean): boolean
  /** Whether anything asked for that output. */
  reached(level: number, position: number): boolean
}

/** A column of a relation. */
export interface StoredHit {
  readonly hit: Hit
  readonly key: string
  readonly name: string
  readonly computed: boolean
}

/** Steps that one statement may take; more than any honest one does, and then nothing is known any more. */
const maxSteps = 400_000

export function createFlow(context: ScopeContext): Flow {
  let steps = 0
  const asked = new Set<string>()
  /** Where a use was already, which need not be told twice. */
  const told = new Map<Use, Set<string>>()

  /** Goes through everything that a value may come from, each place once bare and once computed. */
  function walk(start: Edge, done: Set<string>, visit: (column: StoredHit) => unknown): boolean {
    const queue: Edge[] = [start]
    let known = true
    for (let edge = queue.pop(); edge !== undefined; edge = queue.pop()) {
      if (++steps > maxSteps) return false
      const { hit, computed } = edge
      const place = `${hit.column?.output?.join('.') ?? `${hit.level}:${hit.source}:${hit.column?.name ?? ''}`}/${computed === true}`
      if (done.has(place)) continue
      done.add(place)
      const next = follow(edge, visit)
      if (next === undefined) known = false
      for (const each of next ?? []) queue.push(computed === true ? { hit: each.hit, computed } : each)
    }
    return known
  }

  /** Where a value comes from, one step back; `undefined`: from anywhere. */
  function follow({ hit, computed }: Edge, visit: (column: StoredHit) => unknown): readonly Edge[] | undefined {
    const { column, level, source } = hit
    if (column?.output !== undefined) {
      asked.add(column.output.join('.'))
      return context.outputs(column.output[0]).list[column.output[1]]?.edges
    }
    const entry = context.outline.levels[level]?.sources[source]
    switch (entry?.kind) {
      case 'relation': {
        const found = context.names.relation(entry.name)
        if (found === undefined) return undefined
        // An alias list renames columns for the query; the relation's own name counts.
        const own = column === undefined ? undefined : found.value.columns.find(({ attnum }) => attnum === column.attnum)
        if (own !== undefined) visit({ hit, key: found.key, name: `${found.key}.${qualifiedName(own.name)}`, computed: computed === true })
        return []
      }
      case 'query':
        return allOf(entry.level)
      case 'open':
        return entry.followed === true ? madeEdges(context, level, entry) : undefined
      // Its columns stand for those below it, but for what goes by an alias behind columns that are not known.
      case 'join':
        return rangeColumns(context, level, entry).list.flatMap(({ hits = [] }) =>
          hits.map((each) => ({ hit: each, computed: true as const })),
        )
      case 'row':
        return []
      case undefined:
        return undefined
      default:
        return entry satisfies never
    }
  }

  function allOf(level: number): readonly Edge[] | undefined {
    const { list, lost } = context.outputs(level)
    return lost === true ? undefined : list.map((_, position) => ({ hit: outputHit(level, position), computed: true as const }))
  }

  function placesOf(use: Use): Set<string> {
    const places = told.get(use) ?? new Set<string>()
    told.set(use, places)
    return places
  }

  return {
    lineage(level, position) {
      const output = context.outputs(level).list[position]
      const found: StoredHit[] = []
      const done = new Set<string>()
      return output?.edges.every((edge) => walk(edge, done, (column) => found.push(column))) === true ? found : undefined
    },
    reach(hit, use, visit, apart) {
      const start: Edge = hit.inRow === true || (hit.column === undefined && use === 'output') ? { hit, computed: true } : { hit }
      return walk(start, apart === true ? new Set() : placesOf(use), (column) => visit(column, column.computed ? deepen(use) : use))
    },
    reached: (level, position) => asked.has(`${level}.${position}`),
  }
}

/** What is computed from a value is not that value any more. */
export function deepen(use: Use): Use {
  return use === 'output' ? 'derived' : use
}
