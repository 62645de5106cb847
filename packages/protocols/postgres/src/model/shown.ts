import type { Lineage } from '@sallyport/sql'
import { qualifiedName } from '@sallyport/sql'
import { type Catalog, firstUserOid, type RelationRow } from './catalog.js'
import type { Definitions } from './definitions.js'
import type { Source } from './lineage.js'

/**
 * What the columns of views and generated columns show, through all views below them: full names of every column on the way.
 * Undefined for a column that holds what it holds, and for one of a view of which that is not known; pure.
 */
export type Shown = (relation: number, attnum: number) => Lineage | undefined

/** Columns that one column may come from: more than that is as good as not known. */
const mostSources = 2_000

type Known = Pick<Catalog, 'relations' | 'definitions' | 'generated'>

export function shownBy({ relations, definitions: rows, generated }: Known, definitions: Definitions): Shown {
  const byOid = new Map(relations.map((row) => [row[0], row]))
  const digests = new Map(rows.map(([view, digest]) => [view, digest]))
  const sources = new Map<string, string[]>()
  for (const [relation, attnum, from] of generated) {
    const key = `${relation}.${attnum}`
    sources.set(key, [...(sources.get(key) ?? []), `${relation}.${from}`])
  }
  const done = new Map<string, Lineage | undefined>()

  function sourceOf(relation: number, attnum: number): Source | 'unknown' | undefined {
    const digest = digests.get(relation)
    if (digest !== undefined) return definitions.get(digest)?.columns[attnum - 1] ?? 'unknown'
    const derived = sources.get(`${relation}.${attnum}`)
    return derived && { bare: [], derived }
  }

  function shown(relation: number, attnum: number): Lineage | undefined {
    const key = `${relation}.${attnum}`
    if (done.has(key)) return done.get(key)
    // Whatever comes back to itself meanwhile is not known.
    done.set(key, undefined)
    const source = sourceOf(relation, attnum)
    const found = source === undefined || source === 'unknown' ? undefined : follow(source)
    done.set(key, found)
    return found
  }

  function follow({ bare, derived }: Source): Lineage | undefined {
    const direct = allOf(bare.map(reach))
    const computed = allOf(derived.map(reach))
    if (!direct || !computed) return undefined
    const plain = new Set(direct.flatMap((one) => one.bare))
    const made = new Set([...direct.flatMap((one) => one.derived), ...computed.flatMap((one) => [...one.bare, ...one.derived])])
    return plain.size + made.size > mostSources ? undefined : { bare: [...plain], derived: [...made] }
  }

  /** A column with all that it shows; of a whole row, all of its columns. Undefined: not known. */
  function reach(key: string): Lineage | undefined {
    const [oid, attnum] = key.split('.').map(Number) as [number, number]
    const relation = byOid.get(oid)
    if (!relation) return undefined
    if (attnum !== 0) return column(relation, attnum)
    const all = allOf((relation[4] ?? []).map(([, each]) => column(relation, each)))
    return all && { bare: [], derived: all.flatMap(({ bare, derived }) => [...bare, ...derived]) }
  }

  function column([oid, schema, name, , columns]: RelationRow, attnum: number): Lineage | undefined {
    const named = columns?.find((each) => each[1] === attnum)
    if (!named) return undefined
    const full = `${qualifiedName(schema, name)}.${qualifiedName(named[0])}`
    const below = shown(oid, attnum)
    if (below) return { bare: [full, ...below.bare], derived: below.derived }
    return sourceOf(oid, attnum) === undefined || oid < firstUserOid ? { bare: [full], derived: [] } : undefined
  }

  return shown
}

/** Undefined as soon as one is. */
function allOf<T>(all: readonly (T | undefined)[]): readonly T[] | undefined {
  const known = all.filter((one) => one !== undefined)
  return known.length === all.length ? known : undefined
}
