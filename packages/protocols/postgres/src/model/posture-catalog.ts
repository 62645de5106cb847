import { firstUserOid } from './catalog.js'

/**
 * The catalog queries behind a posture: one statement per part, each answering one JSON value. They call functions of
 * pg_catalog only, with `search_path = pg_catalog`, and need no privilege. Supported: PostgreSQL 12 and later.
 */

/** Names of objects that a part tells at most; how many there are it tells besides. */
const shown = 5

/** Before anything else: who the role is, and what its own search path resolves to. Names are quoted as SQL wants them. */
export const self = `select pg_catalog.json_build_object(
  'version', pg_catalog.current_setting('server_version_num')::pg_catalog.int4,
  'role', pg_catalog.quote_ident(current_user),
  'database', pg_catalog.quote_ident(pg_catalog.current_database()),
  'path', pg_catalog.current_schemas(false),
  'passwords', pg_catalog.current_setting('password_encryption'))`

export interface SelfRow {
  /** `server_version_num` */
  readonly version: number
  readonly role: string
  readonly database: string
  /** Not quoted. */
  readonly path: readonly string[]
  /** `password_encryption` */
  readonly passwords: string
}

/** A role attribute that the role has, or that a role has which it may become. */
export interface AttributeRow {
  readonly role: string
  readonly own: boolean
  readonly superuser: boolean
  readonly replication: boolean
  readonly bypassrls: boolean
  readonly createrole: boolean
  readonly createdb: boolean
}

/** A role that initdb made, and the roles of people through which it is held. */
export interface PredefinedRow {
  readonly role: string
  readonly holders: readonly string[]
}

/** All that one role owns whose rights are the role's too. */
export interface OwnerRow {
  readonly owner: string
  readonly own: boolean
  readonly relations: number
  readonly functions: number
  readonly schemas: number
  readonly database: boolean
  /** Some of the relations, then schemas, then functions. */
  readonly names: readonly string[]
}

/** Something that may be done to an object, and those to whom that was granted. */
export interface GrantedRow {
  readonly name: string
  readonly grantees: readonly string[]
}

export interface ParameterRow extends GrantedRow {
  readonly privilege: string
}

export interface ExtensionRow {
  readonly extension: string
  readonly schema: string
}

export interface NamedRows {
  readonly count: number
  readonly names: readonly string[]
}

export interface PostureCatalog {
  readonly self: SelfRow
  readonly attributes: readonly AttributeRow[]
  readonly predefined: readonly PredefinedRow[]
  readonly owners: readonly OwnerRow[]
  readonly unforced: NamedRows
  /** Schemas of the search path in which it may create. */
  readonly schemas: readonly GrantedRow[]
  /** The database, where it may create schemas in it; where it may create temporary tables. */
  readonly creates: readonly GrantedRow[]
  readonly temporary: readonly GrantedRow[]
  readonly fileFunctions: readonly GrantedRow[]
  readonly parameters: readonly ParameterRow[]
  readonly untrusted: NamedRows
  readonly languages: NamedRows
  readonly extensions: readonly ExtensionRow[]
  readonly wrappers: readonly GrantedRow[]
  readonly servers: readonly GrantedRow[]
  readonly foreign: NamedRows
  readonly masked: NamedRows
}

export type PosturePart = Exclude<keyof PostureCatalog, 'self'>

/** What the queries depend on beside the catalog. */
export interface PostureAsked {
  readonly version: number
  readonly path: readonly string[]
  /** Columns, as `schema.relation.column` with `*` for anything. */
  readonly masked: readonly string[]
}

/** Functions of the server that read or write its files, revoked from everybody by initdb or made by adminpack. */
const fileFunctions = ['pg_read_file', 'pg_read_binary_file', 'pg_ls_dir', 'pg_stat_file', 'lo_import', 'lo_export']
const adminpack = ['pg_file_write', 'pg_file_read', 'pg_file_unlink', 'pg_file_rename']

/** Extensions whose functions reach other servers, or run later what nobody judges then. */
const outward = ['dblink', 'http', 'pg_net', 'plproxy', 'pg_background', 'pg_cron', 'aws_s3', 'aws_lambda']

export function postureQueries({ version, path, masked }: PostureAsked): Readonly<Record<PosturePart, string>> {
  const reached = reachedBy(version)
  return {
    attributes: list(
      `select quote_ident(rolname) as role, rolname = current_user as own, rolsuper as superuser, rolreplication as replication,
        rolbypassrls as bypassrls, rolcreaterole as createrole, rolcreatedb as createdb
      from pg_roles where (rolsuper or rolreplication or rolbypassrls or rolcreaterole or rolcreatedb)
        and (rolname = current_user or ${mayBecome(version)})
      order by rolname <> current_user, rolname limit 50`,
    ),
    predefined: list(
      `${reached} select r.rolname as role, json_agg(distinct quote_ident(h.rolname) order by quote_ident(h.rolname)) as holders
      from pg_roles r join pg_auth_members m on m.roleid = r.oid join reached h on h.oid = m.member
      where r.oid < ${firstUserOid} and r.rolname ~ '^pg_' and h.rolname !~ '^pg_' group by r.rolname order by r.rolname`,
    ),
    owners: list(`${reached} ${owners} order by not r.own, r.rolname limit 20`),
    unforced: named(
      `${reached} select quote_ident(n.nspname) || '.' || quote_ident(c.relname) as name from pg_class c join pg_namespace n on n.oid = c.relnamespace
      join reached r on r.oid = c.relowner where c.relrowsecurity and not c.relforcerowsecurity`,
    ),
    schemas: list(
      `${reached} ${granted({ name: 'quote_ident(n.nspname)', acl: 'n.nspacl', kind: 'n', owner: 'n.nspowner', privilege: 'CREATE' })}
      from pg_namespace n where n.nspname = any (${names(path)}) and has_schema_privilege(n.oid, 'CREATE')
      order by array_position(${names(path)}, n.nspname::text)`,
    ),
    creates: list(`${reached} ${database('CREATE')}`),
    temporary: list(`${reached} ${database('TEMPORARY')}`),
    fileFunctions: list(
      `${reached} ${granted({ name: 'p.oid::regprocedure::text', acl: 'p.proacl', kind: 'f', owner: 'p.proowner', privilege: 'EXECUTE' })}
      from pg_proc p join pg_namespace n on n.oid = p.pronamespace
      where n.nspname = 'pg_catalog' and p.proname = any (${names([...fileFunctions, ...adminpack])})
        and has_function_privilege(p.oid, 'EXECUTE') order by 1 limit 20`,
    ),
    parameters: version < 150_000 ? `select '[]'` : list(`${reached} ${parameters}`),
    untrusted: named(
      `select p.oid::regprocedure::text as name from pg_proc p join pg_language l on l.oid = p.prolang
      where p.oid >= ${firstUserOid} and not l.lanpltrusted and l.lanname <> 'internal'
        and (l.lanname <> 'c' or not exists (select from pg_depend d where d.classid = 'pg_proc'::regclass and d.objid = p.oid and d.deptype = 'e'))
        and has_schema_privilege(p.pronamespace, 'USAGE') and has_function_privilege(p.oid, 'EXECUTE')`,
    ),
    languages: named(
      `select quote_ident(lanname) as name from pg_language where not lanpltrusted and lanname not in ('internal', 'c') and oid >= ${firstUserOid}`,
    ),
    extensions: list(
      `select quote_ident(e.extname) as extension, quote_ident(n.nspname) as schema from pg_extension e join pg_namespace n on n.oid = e.extnamespace
      where e.extname = any (${names(outward)}) and exists (select from pg_depend d join pg_proc p on p.oid = d.objid
        where d.classid = 'pg_proc'::regclass and d.refclassid = 'pg_extension'::regclass and d.refobjid = e.oid and d.deptype = 'e'
          and has_schema_privilege(p.pronamespace, 'USAGE') and has_function_privilege(p.oid, 'EXECUTE')) order by 1`,
    ),
    wrappers: list(
      `${reached} ${granted({ name: 'quote_ident(w.fdwname)', acl: 'w.fdwacl', kind: 'F', owner: 'w.fdwowner', privilege: 'USAGE' })}
      from pg_foreign_data_wrapper w where has_foreign_data_wrapper_privilege(w.oid, 'USAGE') order by 1 limit 20`,
    ),
    servers: list(
      `${reached} ${granted({ name: 'quote_ident(s.srvname)', acl: 's.srvacl', kind: 'S', owner: 's.srvowner', privilege: 'USAGE' })}
      from pg_foreign_server s where has_server_privilege(s.oid, 'USAGE') order by 1 limit 20`,
    ),
    foreign: named(
      `select quote_ident(n.nspname) || '.' || quote_ident(c.relname) as name from pg_class c join pg_namespace n on n.oid = c.relnamespace
      where c.relkind = 'f' and has_schema_privilege(n.oid, 'USAGE') and has_any_column_privilege(c.oid, 'SELECT')`,
    ),
    masked: masked.length === 0 ? `select '{"count": 0, "names": []}'` : named(readable(masked)),
  }
}

/**
 * Roles whose rights the role has, or can get with SET ROLE or by granting them to itself; superusers left out, for they
 * are told as what they are. Since PostgreSQL 16 a membership may be had without its rights.
 */
function reachedBy(version: number): string {
  const has = version < 160_000 ? `pg_has_role(oid, 'MEMBER')` : `(pg_has_role(oid, 'USAGE') or ${mayBecome(version)})`
  return `with reached as materialized (select oid, rolname, rolname = current_user as own from pg_roles
    where rolname = current_user or not rolsuper and ${has})`
}

/** Attributes are not inherited: they come with SET ROLE alone. */
function mayBecome(version: number): string {
  return version < 160_000 ? `pg_has_role(oid, 'MEMBER')` : `(pg_has_role(oid, 'SET') or pg_has_role(oid, 'MEMBER WITH ADMIN OPTION'))`
}

const users = `n.nspname !~ '^pg_' and n.nspname <> 'information_schema'`

const owners = `select quote_ident(r.rolname) as owner, r.own, coalesce(c.relations, 0) as relations, coalesce(f.functions, 0) as functions,
    coalesce(s.schemas, 0) as schemas, d.oid is not null as database,
    to_json((coalesce(c.names, '{}') || coalesce(s.names, '{}') || coalesce(f.names, '{}'))[1:${shown}]) as names
  from reached r
  left join (select relowner, count(*) as relations, (array_agg(quote_ident(n.nspname) || '.' || quote_ident(relname) order by n.nspname, relname))[1:${shown}] as names
    from pg_class join pg_namespace n on n.oid = relnamespace where ${users} and relkind in ('r', 'p', 'v', 'm', 'f', 'S') group by relowner) c on c.relowner = r.oid
  left join (select proowner, count(*) as functions, (array_agg(p.oid::regprocedure::text order by p.oid))[1:${shown}] as names
    from pg_proc p join pg_namespace n on n.oid = pronamespace where ${users} group by proowner) f on f.proowner = r.oid
  left join (select nspowner, count(*) as schemas, (array_agg('schema ' || quote_ident(n.nspname) order by nspname))[1:${shown}] as names
    from pg_namespace n where ${users} group by nspowner) s on s.nspowner = r.oid
  left join pg_database d on d.datname = current_database() and d.datdba = r.oid
  where coalesce(c.relations, f.functions, s.schemas) is not null or d.oid is not null`

const grantee = `case x.grantee when 0 then 'PUBLIC' else quote_ident(pg_get_userbyid(x.grantee)) end`

const parameters = `select p.parname as name, x.privilege_type as privilege,
    json_agg(distinct ${grantee} order by ${grantee}) as grantees
  from pg_parameter_acl p, aclexplode(p.paracl) x
  where x.grantee = 0 or x.grantee in (select oid from reached) group by 1, 2 order by 1, 2 limit 20`

interface Granted {
  readonly name: string
  readonly acl: string
  /** As acldefault takes it. */
  readonly kind: string
  readonly owner: string
  readonly privilege: string
}

function granted({ name, acl, kind, owner, privilege }: Granted): string {
  return `select ${name} as name, (select coalesce(json_agg(distinct ${grantee} order by ${grantee}), '[]')
    from aclexplode(coalesce(${acl}, acldefault('${kind}', ${owner}))) x
    where x.privilege_type = '${privilege}' and (x.grantee = 0 or x.grantee in (select oid from reached))) as grantees`
}

function database(privilege: 'CREATE' | 'TEMPORARY'): string {
  return `${granted({ name: 'quote_ident(d.datname)', acl: 'd.datacl', kind: 'd', owner: 'd.datdba', privilege })}
    from pg_database d where d.datname = current_database() and has_database_privilege(d.oid, '${privilege}')`
}

function readable(masked: readonly string[]): string {
  const patterns = masked.map((column) =>
    column
      .replaceAll(/[\\%_]/g, '\\$&')
      .replaceAll(/\*+/g, '%')
      .replaceAll('?', '_'),
  )
  return `select n.nspname || '.' || c.relname || '.' || a.attname as name
    from pg_attribute a join pg_class c on c.oid = a.attrelid join pg_namespace n on n.oid = c.relnamespace
    where a.attnum > 0 and not a.attisdropped and ${users} and c.relkind in ('r', 'p', 'v', 'm', 'f')
      and n.nspname || '.' || c.relname || '.' || a.attname like any (${names(patterns)})
      and has_schema_privilege(n.oid, 'USAGE') and has_column_privilege(c.oid, a.attnum, 'SELECT')`
}

/** An array of texts; `standard_conforming_strings` is on in whatever runs this. */
function names(values: readonly string[]): string {
  return `array[${values.map((value) => `'${value.replaceAll("'", "''")}'`).join(', ')}]::text[]`
}

function list(select: string): string {
  return `select coalesce(json_agg(q), '[]') from (${select}) q`
}

/** How many rows, and the first of them by name. */
function named(select: string): string {
  return `select json_build_object('count', count(*), 'names', coalesce((json_agg(q.name order by q.name) filter (where q.place <= ${shown})), '[]'))
    from (select name, row_number() over (order by name) as place from (${select}) names) q`
}
