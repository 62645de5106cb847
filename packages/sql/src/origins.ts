import type { Lineage } from './lineage.js'
import { type ColumnModel, qualifiedName, type RelationModel, type TargetModel } from './model.js'

/**
 * Whose values a column of a target shows: itself, what a view or a generated column takes them from, the same column of the
 * parents and children of its table (of its partitions, and of what it is a partition of), and theirs. These are all names
 * under which a policy may be about it. A caller must treat an absent answer as a column that may show anything.
 */
export interface Origins {
  /** Full name of the relation with that OID. */
  relation(oid: number): string | undefined
  /** As RowDescription tells origins: `attnum` 0 is the whole row, a negative one a column of the system, which holds no data. */
  at(oid: number, attnum: number): Lineage | undefined
  /** By the full name of the column, `schema.relation.column`. */
  of(column: string): Lineage | undefined
  /** There is such a column, whatever it shows. */
  has(column: string): boolean
}

const known = new WeakMap<TargetModel, Origins>()

/** Made once per model; what it answers is worked out when it is asked for, and kept. */
export function originsOf(model: TargetModel): Origins {
  const made = known.get(model) ?? createOrigins(model)
  known.set(model, made)
  return made
}

interface Place {
  readonly key: string
  readonly relation: RelationModel
}

const nothing: Lineage = { bare: [], derived: [] }

function createOrigins(model: TargetModel): Origins {
  const byOid = new Map<number, Place>()
  for (const [key, relation] of model.relations) byOid.set(relation.oid, { key, relation })
  const columns = new Map<string, Lineage | undefined>()

  function columnAt(place: Place, column: ColumnModel): Lineage | undefined {
    const name = fullName(place.key, column)
    if (columns.has(name)) return columns.get(name)
    const found = gather(model, place, column)
    columns.set(name, found)
    return found
  }

  function wholeRow(place: Place): Lineage | undefined {
    const derived = new Set<string>()
    for (const column of place.relation.columns) {
      const origin = columnAt(place, column)
      if (!origin) return undefined
      for (const name of [...origin.bare, ...origin.derived]) derived.add(name)
    }
    return { bare: [], derived: [...derived] }
  }

  return {
    relation: (oid) => byOid.get(oid)?.key,
    at(oid, attnum) {
      const place = byOid.get(oid)
      if (!place) return undefined
      if (attnum < 0) return nothing
      if (attnum === 0) return wholeRow(place)
      const column = place.relation.columns.find((one) => one.attnum === attnum)
      return column && columnAt(place, column)
    },
    of(name) {
      const found = placeOf(model, name)
      return found && columnAt(found.place, found.column)
    },
    has: (name) => placeOf(model, name) !== undefined,
  }
}

function fullName(relation: string, { name }: Pick<ColumnModel, 'name'>): string {
  return `${relation}.${qualifiedName(name)}`
}

/** A part may hold dots, then it is quoted; the relation is the longest beginning that is one. */
function placeOf(model: TargetModel, name: string): { readonly place: Place; readonly column: ColumnModel } | undefined {
  for (let dot = name.lastIndexOf('.'); dot > 0; dot = name.lastIndexOf('.', dot - 1)) {
    const key = name.slice(0, dot)
    const relation = model.relations.get(key)
    const column = relation?.columns.find((one) => fullName(key, one) === name)
    if (relation && column) return { place: { key, relation }, column }
  }
  return undefined
}

interface Step {
  readonly place: Place
  readonly column: ColumnModel
  readonly into: Set<string>
}

/** Undefined as soon as the lineage of anything that it may show is not known. */
function gather(model: TargetModel, start: Place, column: ColumnModel): Lineage | undefined {
  const bare = new Set<string>()
  const derived = new Set<string>()
  const queue: Step[] = [{ place: start, column, into: bare }]
  const done = new Map([bare, derived].map((into) => [into, new Set<string>()]))
  const follow = (names: readonly string[], into: Set<string>): boolean =>
    names.every((name) => {
      const found = placeOf(model, name)
      if (found) queue.push({ ...found, into })
      return found !== undefined
    })
  for (let step = queue.pop(); step; step = queue.pop()) {
    const { into } = step
    const name = fullName(step.place.key, step.column)
    if (done.get(into)!.has(name)) continue
    done.get(into)!.add(name)
    for (const { place, column: own } of kinOf(model, step.place, step.column)) {
      into.add(fullName(place.key, own))
      if (isUnknown(place.relation, own)) return undefined
      if (!follow(own.from?.bare ?? [], into) || !follow(own.from?.derived ?? [], derived)) return undefined
    }
  }
  return { bare: [...bare], derived: [...derived] }
}

/** PostgreSQL's own views show its catalog, none of the columns that policies mask. */
function isUnknown({ kind, system }: RelationModel, { from }: ColumnModel): boolean {
  return from === undefined && !system && (kind === 'view' || kind === 'matview')
}

/**
 * Itself, and the same column wherever a policy may be about rows that it shows: those of its children, each of which may
 * have further parents. What its parents have beside them are not its rows.
 */
function kinOf(model: TargetModel, { key, relation }: Place, { name }: ColumnModel): readonly Omit<Step, 'into'>[] {
  const keys = new Set([key, ...(relation.parents ?? []), ...(relation.children ?? [])])
  for (const child of relation.children ?? []) for (const parent of model.relations.get(child)?.parents ?? []) keys.add(parent)
  return [...keys].flatMap((each) => {
    const kin = model.relations.get(each)
    const column = kin?.columns.find((one) => one.name === name)
    return kin && column ? [{ place: { key: each, relation: kin }, column }] : []
  })
}
