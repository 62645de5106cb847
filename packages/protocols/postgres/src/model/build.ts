import type { ColumnModel, FunctionModel, Lineage, RelationKind, RelationModel, TargetModel, TypeModel } from '@sallyport/sql'
import { isPlainBuiltin, qualifiedName } from '@sallyport/sql'
import { type Catalog, type ColumnRow, firstUserOid, type FunctionRow, type RelationRow, type TypeRow } from './catalog.js'

import type { Definitions } from './definitions.js'
import { type Shown, shownBy } from './shown.js'

/** Makes a model of catalog rows: OIDs become names, direct edges become closures. `definitions` are those of the views that the rows tell of. Pure. */
export function buildModel(catalog: Catalog, epoch: string, definitions: Definitions): TargetModel {
  const typeKey = typeKeys(catalog.types)
  const shown = shownBy(catalog, definitions)
  const operators = catalog.operators.map(([schema, name, left, right]) => ({
    schema,
    name,
    ...(left !== 0 && { left: typeKey(left) }),
    right: typeKey(right),
  }))
  const code = typeCode(catalog)
  const casts = catalog.casts.map(([source, target, context]) => ({ source: typeKey(source), target: typeKey(target), context }))
  return {
    epoch,
    searchPath: catalog.settings.path,
    schemas: catalog.schemas,
    serverVersion: Number(catalog.settings.version),
    relations: relationsOf(catalog, { typeKey, code, shown }),
    functions: functionsOf(catalog.functions, typeKey),
    types: typesOf(catalog.types, typeKey, code),
    plainTypes: catalog.types.flatMap(([oid]) => (oid >= firstUserOid && !code.ofUsers(oid) ? [oid] : [])),
    textTypes: catalog.types.flatMap(([oid, , , , , , , text]) => (oid >= firstUserOid && text ? [oid] : [])),
    operators,
    casts,
  }
}

type TypeKey = (oid: number) => string

/** An array is its element and `[]`; what cannot be named is told by its OID, which no name resolves to. */
function typeKeys(rows: readonly TypeRow[]): TypeKey {
  const byOid = new Map(rows.map((row) => [row[0], row]))
  const known = new Map<number, string>()
  const key = (oid: number): string => {
    const found = known.get(oid)
    if (found !== undefined) return found
    const row = byOid.get(oid)
    const made = row === undefined ? `oid.${oid}` : row[4] !== 0 ? `${key(row[4])}[]` : qualifiedName(row[1], row[2])
    known.set(oid, made)
    return made
  }
  return key
}

const kinds: Readonly<Record<string, RelationKind>> = { r: 'table', v: 'view', m: 'matview', p: 'partitioned', f: 'foreign', S: 'sequence' }

interface Derived {
  readonly typeKey: TypeKey
  readonly code: TypeCode
  readonly shown: Shown
}

function relationsOf(catalog: Catalog, { typeKey, code, shown }: Derived): Map<string, RelationModel> {
  const names = new Map(catalog.relations.map(([oid, schema, name]) => [oid, qualifiedName(schema, name)]))
  const parents = closure(catalog.inherits)
  const children = closure(catalog.inherits.map(([child, parent]) => [parent, child] as const))
  const reads = closure(catalog.views.filter(([, what]) => what === 'relid').map(([view, , oid]) => [view, oid] as const))
  const calls = grouped(catalog.views.flatMap(([view, what, oid]) => code.behind(what, oid).map((name) => [view, name] as const)))
  const rules = grouped(catalog.rules.map(([relation, event]) => [relation, events[event]] as const))
  const definitions = new Map(catalog.definitions.map(([view, digest]) => [view, digest]))
  const named = (oids: readonly number[], by: ReadonlyMap<number, string>) => oids.map((oid) => by.get(oid) ?? `oid.${oid}`)

  const relationOf = ([oid, , , letter, columns]: RelationRow): RelationModel => {
    const kind = kinds[letter] ?? 'table'
    const view = (kind === 'view' || kind === 'matview') && oid >= firstUserOid
    const above = parents(oid)
    const below = children(oid)
    const read = view ? reads(oid) : []
    const called = view ? [...new Set([oid, ...read].flatMap((one) => calls.get(one) ?? []))] : []
    return {
      oid,
      kind,
      system: oid < firstUserOid,
      columns: columnsOf(columns, typeKey).map((column) => withSource(column, shown(oid, column.attnum))),
      ...(view && { reads: named(read, names) }),
      ...(called.length > 0 && { calls: called }),
      ...(view && definitions.has(oid) && { definition: definitions.get(oid)! }),
      ...(above.length > 0 && { parents: named(above, names) }),
      ...(below.length > 0 && { children: named(below, names) }),
      ...(rules.has(oid) && { rules: [...new Set(rules.get(oid))] }),
    }
  }
  return new Map(catalog.relations.map((row) => [qualifiedName(row[1], row[2]), relationOf(row)]))
}

const events = { '2': 'update', '3': 'insert', '4': 'delete' } as const

function columnsOf(rows: readonly ColumnRow[] | null, typeKey: TypeKey): readonly ColumnModel[] {
  return (rows ?? []).map(([name, attnum, type]) => ({ name, attnum, type: typeKey(type) }))
}

function withSource(column: ColumnModel, from: Lineage | undefined): ColumnModel {
  return from ? { ...column, from } : column
}

function functionsOf(rows: readonly FunctionRow[], typeKey: TypeKey): Map<string, readonly FunctionModel[]> {
  const byName = new Map<string, FunctionModel[]>()
  for (const [oid, schema, name, args, defaults, variadic, volatility, kind] of rows) {
    const types = args === '' ? [] : args.split(' ').map((type) => typeKey(Number(type)))
    if (variadic !== 0) types[types.length - 1] = typeKey(variadic)
    const key = qualifiedName(schema, name)
    const overload = { oid, args: types, defaults, variadic: variadic !== 0, volatility, kind, builtin: oid < firstUserOid }
    const others = byName.get(key)
    if (others) others.push(overload)
    else byName.set(key, [overload])
  }
  return byName
}

const typeKinds: Readonly<Record<string, TypeModel['kind']>> = {
  b: 'base',
  c: 'composite',
  d: 'domain',
  e: 'enum',
  r: 'range',
  m: 'multirange',
  p: 'pseudo',
}

/** What runs when a value of a type is made; plain built-in functions are left out. */
interface TypeCode {
  /** Functions in checks of the domain, or of any within the type, by name. */
  calls(type: number): readonly string[]
  /** Such a function, or the input function of a base type that is not built in. */
  ofUsers(type: number): boolean
  /** Functions that are behind an object which a tree names. */
  behind(what: 'relid' | 'func' | 'type', oid: number): readonly string[]
}

function typeCode({ types, functions, relations, checks }: Catalog): TypeCode {
  const names = new Map(functions.map(([oid, schema, name]) => [oid, qualifiedName(schema, name)]))
  const plain = new Set(
    functions.flatMap(([oid, , name, , , , volatility]) => (oid < firstUserOid && isPlainBuiltin(name, volatility) ? [oid] : [])),
  )
  const rows = new Map(relations.map(([, schema, name, , columns]) => [qualifiedName(schema, name), columns]))
  const user = types.filter(([oid]) => oid >= firstUserOid)
  const within = closure([
    ...user.flatMap(([oid, schema, name, kind, element, over, fields]) => {
      const columns = fields ?? (kind === 'c' ? rows.get(qualifiedName(schema, name)) : undefined) ?? []
      return [element, over, ...columns.map(([, , type]) => type)].filter((part) => part !== 0).map((part) => [oid, part] as const)
    }),
    ...checks.filter(([, what]) => what === 'type').map(([domain, , oid]) => [domain, oid] as const),
  ])
  const bases = new Set(user.flatMap(([oid, , , kind, element]) => (kind === 'b' && element === 0 ? [oid] : [])))
  const called = grouped(checks.filter(([, what]) => what === 'func').map(([domain, , oid]) => [domain, oid] as const))
  const nameOf = (oid: number) => (oid === 0 || plain.has(oid) ? [] : [names.get(oid) ?? `oid.${oid}`])
  const calls = (type: number) => [...new Set([type, ...within(type)].flatMap((part) => called.get(part) ?? []).flatMap(nameOf))]
  return {
    calls,
    ofUsers: (type) => calls(type).length > 0 || [type, ...within(type)].some((part) => bases.has(part)),
    behind: (what, oid) => (what === 'func' ? nameOf(oid) : what === 'type' ? calls(oid) : []),
  }
}

function typesOf(rows: readonly TypeRow[], typeKey: TypeKey, code: TypeCode): Map<string, TypeModel> {
  const types = new Map<string, TypeModel>()
  for (const [oid, , , letter, element, over, fields] of rows) {
    if (element !== 0) continue
    const calls = oid < firstUserOid ? [] : code.calls(oid)
    types.set(typeKey(oid), {
      kind: typeKinds[letter] ?? 'base',
      builtin: oid < firstUserOid,
      ...(over !== 0 && { over: typeKey(over) }),
      ...(fields && { fields: columnsOf(fields, typeKey) }),
      ...(calls.length > 0 && { calls }),
    })
  }
  return types
}

function grouped<T>(edges: readonly (readonly [from: number, to: T])[]): Map<number, T[]> {
  const groups = new Map<number, T[]>()
  for (const [from, to] of edges) {
    const group = groups.get(from)
    if (group) group.push(to)
    else groups.set(from, [to])
  }
  return groups
}

/** Everything reachable, nearest first, the start excluded. */
function closure(edges: readonly (readonly [from: number, to: number])[]): (start: number) => readonly number[] {
  const direct = grouped(edges)
  return (start) => {
    const seen = new Set<number>([start])
    const queue = [start]
    for (let next = queue.shift(); next !== undefined; next = queue.shift()) {
      for (const to of direct.get(next) ?? []) {
        if (seen.has(to)) continue
        seen.add(to)
        queue.push(to)
      }
    }
    seen.delete(start)
    return [...seen]
  }
}
