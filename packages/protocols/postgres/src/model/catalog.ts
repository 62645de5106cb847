/**
 * The catalog queries behind a target model: one statement per table, each answering one JSON array in one value, for a
 * thousand small rows cost more than one large one; OIDs as int8, for JSON would quote them. They run with `search_path = pg_catalog`, so that nobody's objects
 * can take a name's place. Supported: PostgreSQL 12 and later.
 */

/** Objects below this OID were made by initdb (src/include/access/transam.h, FirstNormalObjectId). */
export const firstUserOid = 16384

/** Temporary and TOAST schemas belong to other sessions or to nobody's names. */
const namespaces = `n.nspname !~ '^pg_(toast|temp|toast_temp)'`

const columns = `select json_agg(json_build_array(a.attname, a.attnum, a.atttypid::int8) order by a.attnum)
  from pg_attribute a where a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped`

/** Before anything else: what the role's own search path resolves to. */
export const settings = `select pg_catalog.json_build_object(
  'version', pg_catalog.current_setting('server_version_num'), 'path', pg_catalog.current_schemas(false))`

export type SettingsRow = { readonly version: string; readonly path: readonly string[] }

export type RelationRow = readonly [oid: number, schema: string, name: string, kind: string, columns: readonly ColumnRow[] | null]
export type ColumnRow = readonly [name: string, attnum: number, type: number]
export type FunctionRow = readonly [
  oid: number,
  schema: string,
  name: string,
  args: string,
  defaults: number,
  variadic: number,
  volatility: 'i' | 's' | 'v',
  kind: 'f' | 'p' | 'a' | 'w',
]
export type TypeRow = readonly [
  oid: number,
  schema: string,
  name: string,
  kind: string,
  element: number,
  over: number,
  fields: readonly ColumnRow[] | null,
  /** Written in both formats by what writes text. */
  text: boolean,
]
export type InheritRow = readonly [child: number, parent: number]
/** `what`: `relid` a relation that the view reads, `func` a function that it calls, `type` a type of users that it makes values of. */
export type ViewRow = readonly [view: number, what: 'relid' | 'func' | 'type', oid: number]
/** A check constraint of a domain: a function that it calls, or a type of users that it makes values of. */
export type CheckRow = readonly [domain: number, what: 'func' | 'type', oid: number]
/** The digest of the tree that a view is, and how many characters that has. */
export type DefinitionRow = readonly [view: number, digest: string, length: number]
/** The columns that pg_depend knows it to use, as `relid.attnum`. */
export type TreeRow = readonly [digest: string, tree: string, depends: readonly string[]]
/** A generated column, and a column of the same table that it is computed from. */
export type GeneratedRow = readonly [relation: number, attnum: number, from: number]
export type RuleRow = readonly [relation: number, event: '2' | '3' | '4']
export type OperatorRow = readonly [schema: string, name: string, left: number, right: number]
export type CastRow = readonly [source: number, target: number, context: 'e' | 'a' | 'i']

export interface Catalog {
  readonly settings: SettingsRow
  /** Those that the role may use. */
  readonly schemas: readonly string[]
  readonly relations: readonly RelationRow[]
  readonly functions: readonly FunctionRow[]
  readonly types: readonly TypeRow[]
  readonly checks: readonly CheckRow[]
  readonly inherits: readonly InheritRow[]
  readonly views: readonly ViewRow[]
  readonly definitions: readonly DefinitionRow[]
  readonly generated: readonly GeneratedRow[]
  readonly rules: readonly RuleRow[]
  readonly operators: readonly OperatorRow[]
  readonly casts: readonly CastRow[]
}

/** In an order of its own, so that the same catalog always reads the same. */
const rows = (columns: string, from: string, order: string) =>
  `select coalesce(json_agg(json_build_array(${columns}) order by ${order}), '[]') from ${from}`

/**
 * A view's stored tree names all it reads and calls, also what pg_depend leaves out because it is pinned. A column of
 * the tree that looks like an OID but is none only adds; `func` stands for functions, aggregates, window functions and
 * what operators call.
 */
const viewTrees = `(select distinct r.ev_class as view, case m[1] when 'relid' then 'relid' else 'func' end as what, m[2]::oid as oid
  from pg_rewrite r, lateral regexp_matches(r.ev_action::text, ':(relid|funcid|opfuncid|aggfnoid|winfnoid) (\\d+)', 'g') m
  where r.rulename = '_RETURN' and r.ev_class >= ${firstUserOid}
  union select r.ev_class, 'type', d.refobjid from pg_rewrite r join pg_depend d on d.classid = 'pg_rewrite'::regclass and d.objid = r.oid
  where r.rulename = '_RETURN' and r.ev_class >= ${firstUserOid} and d.refclassid = 'pg_type'::regclass) v`

const digest = `encode(sha256(convert_to(r.ev_action::text, 'UTF8')), 'hex')`

const treesOf = (where: string) =>
  rows(
    `${digest}, r.ev_action::text, coalesce((select json_agg(distinct d.refobjid::text || '.' || d.refobjsubid) from pg_depend d
       where d.classid = 'pg_rewrite'::regclass and d.objid = r.oid and d.refclassid = 'pg_class'::regclass and d.refobjsubid > 0
       and d.refobjid <> r.ev_class), '[]')`,
    `pg_rewrite r join pg_class c on c.oid = r.ev_class where r.rulename = '_RETURN' and ${where}`,
    'r.ev_class',
  )

/** What these views are. They are fetched apart: they are large, and a tree that was read once need not be read again. */
export const trees = (views: readonly number[]): string => treesOf(`r.ev_class in (${views.join(', ')})`)

/** pg_depend leaves out what is in doubt nowhere else; the expression names its columns by number, all of its own table. */
const generatedColumns = `(select distinct a.adrelid as relation, a.adnum as attnum, m[1]::int as uses
  from pg_attrdef a join pg_attribute t on t.attrelid = a.adrelid and t.attnum = a.adnum,
  lateral regexp_matches(a.adbin::text, ':varattno (\\d+)', 'g') m where t.attgenerated <> '' and a.adrelid >= ${firstUserOid}
  union select d.objid, d.objsubid, d.refobjsubid from pg_depend d
  join pg_attribute t on t.attrelid = d.objid and t.attnum = d.objsubid and t.attgenerated <> ''
  where d.classid = 'pg_class'::regclass and d.refclassid = 'pg_class'::regclass and d.refobjid = d.objid and d.refobjsubid > 0) g`

/** The same of the checks of domains; what only pg_depend knows (operators of a row comparison) is added from there. */
const checkTrees = `(select c.contypid as domain, 'func' as what, m[2]::oid as oid
  from pg_constraint c, lateral regexp_matches(c.conbin::text, ':(funcid|opfuncid|aggfnoid|winfnoid) (\\d+)', 'g') m
  where c.contypid >= ${firstUserOid}
  union select c.contypid, case d.refclassid when 'pg_type'::regclass then 'type' else 'func' end, coalesce(o.oprcode, d.refobjid)
  from pg_constraint c join pg_depend d on d.classid = 'pg_constraint'::regclass and d.objid = c.oid
  left join pg_operator o on d.refclassid = 'pg_operator'::regclass and o.oid = d.refobjid
  where c.contypid >= ${firstUserOid} and d.refclassid in ('pg_proc'::regclass, 'pg_operator'::regclass, 'pg_type'::regclass)) k`

const usable = `select coalesce(json_agg(n.nspname order by n.oid), '[]') from pg_namespace n
  where ${namespaces} and has_schema_privilege(n.oid, 'USAGE')`

/** As one session sees it. */
export interface SessionCatalog extends Catalog {
  readonly trees: readonly TreeRow[]
}

/** Such as citext, whose functions are those of text under other names. */
const asText = `t.typtype = 'b' and exists (select from pg_proc o, pg_proc s where o.oid = t.typoutput and s.oid = t.typsend
  and o.prolang = 12 and o.prosrc = 'textout' and s.prolang = 12 and s.prosrc = 'textsend')`

type Queries = Readonly<Record<Exclude<keyof Catalog, 'settings'>, string>>

/** `which` chooses among the namespaces, `schema` tells their names. */
const queriesOf = (which: string, schema: string): Queries => ({
  schemas: usable,
  relations: rows(
    `c.oid::int8, ${schema}, c.relname, c.relkind, (${columns})`,
    `pg_class c join pg_namespace n on n.oid = c.relnamespace where ${which} and c.relkind in ('r', 'v', 'm', 'p', 'f', 'S')`,
    'c.oid',
  ),
  functions: rows(
    `p.oid::int8, ${schema}, p.proname, p.proargtypes::text, p.pronargdefaults, p.provariadic::int8, p.provolatile, p.prokind`,
    `pg_proc p join pg_namespace n on n.oid = p.pronamespace where ${which}`,
    'p.oid',
  ),
  types: rows(
    `t.oid::int8, ${schema}, t.typname, t.typtype, case when t.typlen = -1 and t.typcategory = 'A' then t.typelem::int8 else 0 end,
     coalesce(nullif(t.typbasetype, 0), r.rngsubtype, case when t.typtype = 'm' then (select min(d.refobjid::int8) from pg_depend d
       where d.classid = 'pg_type'::regclass and d.objid = t.oid and d.refclassid = 'pg_type'::regclass and d.deptype = 'i') end, 0)::int8,
     case when c.relkind = 'c' then (${columns}) end, ${asText}`,
    `pg_type t join pg_namespace n on n.oid = t.typnamespace left join pg_range r on r.rngtypid = t.oid
     left join pg_class c on c.oid = t.typrelid where ${which}`,
    't.oid',
  ),
  checks: rows('k.domain::int8, k.what, k.oid::int8', checkTrees, 'k.domain, k.what, k.oid'),
  inherits: rows('i.inhrelid::int8, i.inhparent::int8', 'pg_inherits i', 'i.inhrelid, i.inhseqno'),
  views: rows('v.view::int8, v.what, v.oid::int8', viewTrees, 'v.view, v.what, v.oid'),
  definitions: rows(
    `r.ev_class::int8, ${digest}, length(r.ev_action::text)`,
    `pg_rewrite r where r.rulename = '_RETURN' and r.ev_class >= ${firstUserOid}`,
    'r.ev_class',
  ),
  generated: rows('g.relation::int8, g.attnum, g.uses', generatedColumns, 'g.relation, g.attnum, g.uses'),
  rules: rows('r.ev_class::int8, r.ev_type', `pg_rewrite r where r.rulename <> '_RETURN' and r.ev_class >= ${firstUserOid}`, 'r.oid'),
  operators: rows(
    'n.nspname, o.oprname, o.oprleft::int8, o.oprright::int8',
    `pg_operator o join pg_namespace n on n.oid = o.oprnamespace where o.oid >= ${firstUserOid}`,
    'o.oid',
  ),
  casts: rows(
    'c.castsource::int8, c.casttarget::int8, c.castcontext',
    `pg_cast c join pg_proc p on p.oid = c.castfunc join pg_language l on l.oid = p.prolang
     where p.oid >= ${firstUserOid} and l.lanname <> 'internal'`,
    'c.oid',
  ),
})

export const queries = queriesOf(namespaces, 'n.nspname')

/** Views that only the session knows: temporary ones, and those that were written after its transaction had begun to write. */
const ownView = `(c.relnamespace = pg_my_temp_schema() or
  age(r.xmin) <= coalesce(age((txid_current_if_assigned() % 4294967296)::text::xid), -1)) and length(r.ev_action::text) <= 262144`

/**
 * The whole catalog as one session sees it, with what its open transaction made and its temporary objects under
 * `pg_temp`: one statement, so one snapshot, answering one JSON object. To be run with `search_path = pg_catalog, pg_temp`.
 */
export const sessionCatalog = `select json_build_object('settings', (${settings}), 'trees', (${treesOf(ownView)}), ${Object.entries(
  queriesOf(`(${namespaces} or n.oid = pg_my_temp_schema())`, `case when n.oid = pg_my_temp_schema() then 'pg_temp' else n.nspname end`),
)
  .map(([part, query]) => `'${part}', (${query})`)
  .join(', ')})`

const stamp = (table: string, where = 'true') =>
  `(select json_build_array(count(*), coalesce(sum(xmin::text::bigint), 0)) from ${table} where ${where})`
const own = `(select n.oid from pg_namespace n where ${namespaces})`

/** Cheap, and different whenever a row that the model is made of was written: rows and the transactions that wrote them. */
export const fingerprint = `select json_build_array(${[
  stamp('pg_namespace n', namespaces),
  stamp('pg_class', `relnamespace in ${own}`),
  stamp('pg_attribute', `attrelid in (select oid from pg_class where relnamespace in ${own})`),
  stamp('pg_proc'),
  stamp('pg_type', `typnamespace in ${own}`),
  stamp('pg_constraint', 'contypid <> 0'),
  stamp('pg_rewrite'),
  stamp('pg_attrdef'),
  stamp('pg_inherits'),
  stamp('pg_operator'),
  stamp('pg_cast'),
  stamp('pg_db_role_setting'),
  `(${usable})`,
].join(', ')})`
