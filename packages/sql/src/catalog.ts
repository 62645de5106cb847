import type { CastModel, ColumnModel, FunctionModel, OperatorModel, RelationKind, RelationModel, TargetModel, TypeModel } from './model.js'
import { qualifiedName } from './model.js'
import { dangersOf } from './resolve/dangerous.js'

/**
 * One query, one row, one column of JSON text: everything the target model needs, for PostgreSQL 13 to 18. It reads catalogs
 * that every role may read, and no user data. Relations below a view come from the stored rule itself, for `pg_depend` leaves
 * out what initdb pinned. It must run in the database the model is for, under the role and settings that sessions get.
 */
export const catalogQuery = `
WITH n AS (SELECT oid, nspname FROM pg_catalog.pg_namespace WHERE nspname !~ '^pg_(toast|temp)'),
rels AS (SELECT c.oid, n.nspname, c.relname, c.relkind FROM pg_catalog.pg_class c JOIN n ON n.oid = c.relnamespace
  WHERE c.relkind IN ('r', 'v', 'm', 'p', 'f', 'S', 'c')),
rules AS (SELECT ev_class, ev_type, ev_action::pg_catalog.text AS body FROM pg_catalog.pg_rewrite WHERE oid >= 16384 AND ev_enabled <> 'D')
SELECT pg_catalog.json_build_object(
  'serverVersion', pg_catalog.current_setting('server_version_num')::pg_catalog.int4,
  'searchPath', pg_catalog.to_json(pg_catalog.current_schemas(false)),
  'relations', (SELECT pg_catalog.json_agg(pg_catalog.json_build_array(oid::pg_catalog.int8, nspname, relname, relkind)) FROM rels),
  'columns', (SELECT pg_catalog.json_agg(pg_catalog.json_build_array(a.attrelid::pg_catalog.int8, a.attname, a.attnum,
      a.atttypid::pg_catalog.int8) ORDER BY a.attrelid, a.attnum)
    FROM pg_catalog.pg_attribute a JOIN rels ON rels.oid = a.attrelid WHERE a.attnum > 0 AND NOT a.attisdropped),
  'inherits', (SELECT pg_catalog.json_agg(pg_catalog.json_build_array(inhrelid::pg_catalog.int8, inhparent::pg_catalog.int8))
    FROM pg_catalog.pg_inherits JOIN rels ON rels.oid = inhrelid),
  'views', (SELECT pg_catalog.json_agg(DISTINCT pg_catalog.jsonb_build_array(ev_class::pg_catalog.int8, found[1]::pg_catalog.int8))
    FROM rules, pg_catalog.regexp_matches(body, ':relid (\\d+)', 'g') found WHERE ev_type = '1'),
  'calls', (SELECT pg_catalog.json_agg(DISTINCT pg_catalog.jsonb_build_array(ev_class::pg_catalog.int8, found[1]::pg_catalog.int8))
    FROM rules, pg_catalog.regexp_matches(body, ':(?:funcid|opfuncid|aggfnoid|winfnoid) (\\d+)', 'g') found WHERE ev_type = '1'),
  'rules', (SELECT pg_catalog.json_agg(DISTINCT pg_catalog.jsonb_build_array(ev_class::pg_catalog.int8, ev_type)) FROM rules
    WHERE ev_type <> '1'),
  'functions', (SELECT pg_catalog.json_agg(pg_catalog.json_build_array(p.oid::pg_catalog.int8, n.nspname, p.proname,
      p.proargtypes::pg_catalog.oid[]::pg_catalog.int8[], p.pronargdefaults, p.provariadic::pg_catalog.int8, p.provolatile, p.prokind))
    FROM pg_catalog.pg_proc p JOIN n ON n.oid = p.pronamespace),
  'types', (SELECT pg_catalog.json_agg(pg_catalog.json_build_array(t.oid::pg_catalog.int8, n.nspname, t.typname, t.typtype,
      t.typarray::pg_catalog.int8, t.typrelid::pg_catalog.int8,
      CASE WHEN t.typtype = 'r' THEN r.rngsubtype::pg_catalog.int8 ELSE t.typbasetype::pg_catalog.int8 END))
    FROM pg_catalog.pg_type t JOIN n ON n.oid = t.typnamespace
    LEFT JOIN pg_catalog.pg_range r ON r.rngtypid = t.oid WHERE NOT (t.typcategory = 'A' AND t.typelem <> 0)),
  'operators', (SELECT pg_catalog.json_agg(pg_catalog.json_build_array(n.nspname, o.oprname, o.oprleft::pg_catalog.int8,
      o.oprright::pg_catalog.int8)) FROM pg_catalog.pg_operator o JOIN n ON n.oid = o.oprnamespace WHERE o.oid >= 16384),
  'casts', (SELECT pg_catalog.json_agg(pg_catalog.json_build_array(castsource::pg_catalog.int8, casttarget::pg_catalog.int8, castcontext))
    FROM pg_catalog.pg_cast WHERE castfunc >= 16384)
)::pg_catalog.text AS model`

/** Everything below this was made by initdb (FirstNormalObjectId in transam.h). */
const firstUserOid = 16_384

interface Catalog {
  readonly serverVersion: number
  readonly searchPath: readonly string[]
  readonly relations: readonly (readonly [oid: number, schema: string, name: string, kind: string])[] | null
  readonly columns: readonly (readonly [relation: number, name: string, attnum: number, type: number])[] | null
  readonly inherits: Pairs
  readonly views: Pairs
  readonly calls: Pairs
  readonly rules: readonly (readonly [relation: number, event: string])[] | null
  readonly functions:
    | readonly (readonly [number, string, string, args: readonly number[], defaults: number, variadic: number, string, string])[]
    | null
  readonly types: readonly (readonly [number, string, string, kind: string, array: number, relation: number, over: number])[] | null
  readonly operators: readonly (readonly [schema: string, name: string, left: number, right: number])[] | null
  readonly casts: readonly (readonly [source: number, target: number, context: string])[] | null
}

type Pairs = readonly (readonly [number, number])[] | null

/** What `catalogQuery` answered, as a model. The text comes from the target: a shape that is not the query's own throws. */
export function modelFromCatalog(text: string, epoch: string): TargetModel {
  const catalog = JSON.parse(text) as Catalog
  const typeKeys = keysOfTypes(catalog)
  const functionRows = (catalog.functions ?? []).map((row) => ({
    oid: row[0],
    key: qualifiedName(row[1], row[2]),
    model: functionModel(row, typeKeys),
  }))
  return {
    epoch,
    searchPath: catalog.searchPath,
    serverVersion: catalog.serverVersion,
    relations: relationModels(catalog, typeKeys, new Map(functionRows.map((row) => [row.oid, row]))),
    functions: grouped(functionRows.map(({ key, model }) => [key, model])),
    types: typeModels(catalog, typeKeys),
    operators: (catalog.operators ?? []).map(([schema, name, left, right]): OperatorModel => {
      const side = typeKeys.get(left)
      return { schema, name, ...(side === undefined ? {} : { left: side }), right: typeKeys.get(right) ?? '' }
    }),
    casts: (catalog.casts ?? []).map(([source, target, context]): CastModel => ({
      source: typeKeys.get(source) ?? '',
      target: typeKeys.get(target) ?? '',
      context: context === 'i' || context === 'a' ? context : 'e',
    })),
  }
}

function keysOfTypes(catalog: Catalog): ReadonlyMap<number, string> {
  const keys = new Map<number, string>()
  for (const [oid, schema, name, , array] of catalog.types ?? []) {
    const key = qualifiedName(schema, name)
    keys.set(oid, key)
    if (array !== 0) keys.set(array, `${key}[]`)
  }
  return keys
}

const typeKinds: Readonly<Record<string, TypeModel['kind']>> = {
  c: 'composite',
  d: 'domain',
  e: 'enum',
  r: 'range',
  m: 'multirange',
  p: 'pseudo',
}

function typeModels(catalog: Catalog, keys: ReadonlyMap<number, string>): Map<string, TypeModel> {
  const free = new Set((catalog.relations ?? []).filter(([, , , kind]) => kind === 'c').map(([oid]) => oid))
  const columns = columnModels(catalog, keys)
  const models = new Map<string, TypeModel>()
  for (const [oid, , , kind, , relation, over] of catalog.types ?? []) {
    if (kind === 'c' && !free.has(relation)) continue
    const below = keys.get(over)
    models.set(keys.get(oid)!, {
      kind: typeKinds[kind] ?? 'base',
      builtin: oid < firstUserOid,
      ...(below === undefined ? {} : { over: below }),
      ...(kind === 'c' ? { fields: columns.get(relation) ?? [] } : {}),
    })
  }
  return models
}

function columnModels(catalog: Catalog, types: ReadonlyMap<number, string>): ReadonlyMap<number, readonly ColumnModel[]> {
  return grouped((catalog.columns ?? []).map(([relation, name, attnum, type]) => [relation, { name, attnum, type: types.get(type) ?? '' }]))
}

type FunctionRow = NonNullable<Catalog['functions']>[number]

function functionModel(
  [oid, , , args, defaults, variadic, volatility, kind]: FunctionRow,
  types: ReadonlyMap<number, string>,
): FunctionModel {
  const keys = args.map((type) => types.get(type) ?? '')
  return {
    oid,
    args: variadic === 0 ? keys : keys.map((key, i) => (i === keys.length - 1 ? key.replace(/\[\]$/, '') : key)),
    defaults,
    variadic: variadic !== 0,
    volatility: volatility === 'i' || volatility === 's' ? volatility : 'v',
    kind: kind === 'p' || kind === 'a' || kind === 'w' ? kind : 'f',
    builtin: oid < firstUserOid,
  }
}

const relationKinds: Readonly<Record<string, RelationKind>> = {
  r: 'table',
  v: 'view',
  m: 'matview',
  p: 'partitioned',
  f: 'foreign',
  S: 'sequence',
}
const ruleEvents: Readonly<Record<string, 'insert' | 'update' | 'delete'>> = { 2: 'update', 3: 'insert', 4: 'delete' }

type FunctionRows = ReadonlyMap<number, { readonly key: string; readonly model: FunctionModel }>

function relationModels(catalog: Catalog, types: ReadonlyMap<number, string>, functions: FunctionRows): Map<string, RelationModel> {
  const rows = (catalog.relations ?? []).filter(([, , , kind]) => kind !== 'c')
  const keys = new Map(rows.map(([oid, schema, name]) => [oid, qualifiedName(schema, name)]))
  const columns = columnModels(catalog, types)
  const below = grouped(catalog.views ?? [])
  const calls = grouped(catalog.calls ?? [])
  const parents = grouped(catalog.inherits ?? [])
  const children = grouped((catalog.inherits ?? []).map(([child, parent]) => [parent, child]))
  const rules = grouped(catalog.rules ?? [])
  const views = new Set(rows.filter(([, , , kind]) => kind === 'v').map(([oid]) => oid))

  return new Map(
    rows.map(([oid, , , kind]): [string, RelationModel] => {
      const reads = closure(oid, below)
      const called = [oid, ...reads].filter((each) => views.has(each)).flatMap((each) => calls.get(each) ?? [])
      const events = (rules.get(oid) ?? []).flatMap((event) => ruleEvents[event] ?? [])
      return [
        keys.get(oid)!,
        {
          oid,
          kind: relationKinds[kind] ?? 'table',
          system: oid < firstUserOid,
          columns: columns.get(oid) ?? [],
          ...list('reads', named(keys, reads)),
          ...list('calls', callsWorthTelling(functions, called)),
          ...list('parents', named(keys, closure(oid, parents))),
          ...list('children', named(keys, closure(oid, children))),
          ...list('rules', [...new Set(events)]),
        },
      ]
    }),
  )
}

/** What a view calls besides plain built-in functions. */
function callsWorthTelling(functions: FunctionRows, oids: readonly number[]): readonly string[] {
  const told = oids.flatMap((oid) => {
    const found = functions.get(oid)
    if (found === undefined) return []
    const plain = found.model.builtin && found.model.volatility !== 'v' && dangersOf(found.key.replace('pg_catalog.', '')).length === 0
    return plain ? [] : [found.key]
  })
  return [...new Set(told)]
}

/** All that is reached, nearest first, itself excluded. */
function closure(from: number, edges: ReadonlyMap<number, readonly number[]>): readonly number[] {
  const found = new Set<number>()
  for (let ring = [from]; ring.length > 0;) {
    ring = ring.flatMap((each) => edges.get(each) ?? []).filter((each) => each !== from && !found.has(each))
    for (const each of ring) found.add(each)
  }
  return [...found]
}

function named(keys: ReadonlyMap<number, string>, oids: readonly number[]): readonly string[] {
  return oids.flatMap((oid) => keys.get(oid) ?? [])
}

function list<K extends string, T>(key: K, values: readonly T[]): { readonly [P in K]?: readonly T[] } {
  return (values.length === 0 ? {} : { [key]: values }) as { readonly [P in K]?: readonly T[] }
}

function grouped<K, V>(pairs: Iterable<readonly [K, V]>): Map<K, V[]> {
  const groups = new Map<K, V[]>()
  for (const [key, value] of pairs) {
    const group = groups.get(key)
    if (group === undefined) groups.set(key, [value])
    else group.push(value)
  }
  return groups
}
