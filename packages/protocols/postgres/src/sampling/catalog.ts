import { firstUserOid } from '../model/catalog.js'

/**
 * Which relations are worth a look, and the statement that reads a few rows of one: plain and partitioned tables and
 * materialized views, columns that hold text, JSON or lists of text and that the login may read. Nothing that would run a
 * view's or an owner's expression is named. Made for `search_path = pg_catalog`. Supported: PostgreSQL 12 and later.
 */
export interface SampledRelation {
  readonly schema: string
  readonly name: string
  /** A partitioned table is read whole; of any other only its own rows, for its children are relations of their own. */
  readonly partitioned: boolean
  /** As the planner believes; pages of partitions included. */
  readonly pages: number
  readonly tuples: number
  readonly columns: readonly SampledColumn[]
}

export interface SampledColumn {
  readonly name: string
  readonly kind: 'text' | 'json' | 'list'
}

/** A name with a dot in it cannot be labelled, and a partition is labelled with its table. */
export const relationsToSample = (most: number, mostColumns: number): string => `with recursive base (oid, type) as (
    select oid, oid from pg_type where typtype = 'b'
    union all select t.oid, b.type from base b join pg_type t on t.typbasetype = b.oid and t.typtype = 'd'
  ), kinds (oid, kind) as (
    select b.oid, case
      when t.oid in (114, 3802) then 'json'
      when t.typcategory = 'S' then 'text'
      when t.typcategory = 'A' and exists (
        select from base eb join pg_type e on e.oid = eb.type where eb.oid = t.typelem and e.typcategory = 'S') then 'list'
    end from base b join pg_type t on t.oid = b.type
  ), wanted as (
    select n.nspname, c.relname, c.relkind = 'p' as partitioned, greatest(c.reltuples, 0) as tuples,
      case c.relkind when 'p' then (select coalesce(sum(l.relpages), 0) from pg_partition_tree(c.oid) t join pg_class l on l.oid = t.relid)
        else c.relpages end as pages,
      (select json_agg(json_build_object('name', f.attname, 'kind', f.kind)) from (
        select a.attname, k.kind from pg_attribute a join kinds k on k.oid = a.atttypid
        where a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped and k.kind is not null
          and strpos(a.attname, '.') = 0 and has_column_privilege(c.oid, a.attnum, 'SELECT')
        order by a.attnum limit ${mostColumns}) f) as columns
    from pg_class c join pg_namespace n on n.oid = c.relnamespace
    where c.oid >= ${firstUserOid} and (c.relkind in ('r', 'p') or c.relkind = 'm' and c.relispopulated)
      and not c.relispartition and c.relpersistence <> 't' and n.nspname <> 'information_schema' and left(n.nspname, 3) <> 'pg_'
      and strpos(n.nspname, '.') = 0 and strpos(c.relname, '.') = 0 and has_schema_privilege(n.oid, 'USAGE')
  )
  select json_build_object(
    'count', (select count(*) from wanted where columns is not null),
    'relations', (select json_agg(json_build_object('schema', nspname, 'name', relname, 'partitioned', partitioned, 'pages', pages,
        'tuples', tuples, 'columns', columns)) from (
      select * from wanted where columns is not null order by tuples desc, nspname, relname limit ${most}) w))`

export interface Portion {
  readonly rows: number
  /** Characters of one value; what is longer is cut. */
  readonly width: number
}

/** Answers one JSON value: a list of rows, each a list of texts in the order of the columns. */
export function statementFor(relation: SampledRelation, { rows, width }: Portion, blocks: boolean): string {
  const { schema, name, partitioned, columns } = relation
  const values = columns.map(({ name: column, kind }, i) => {
    const value = kind === 'list' ? `array_to_json(${quoted(column)})::text` : `${quoted(column)}::text`
    return `left(${value}, ${width}) as v${i}`
  })
  const part = blocks ? ` tablesample system (${shareOf(relation, rows)})` : ''
  const of = `${partitioned ? '' : 'only '}${quoted(schema)}.${quoted(name)}`
  return `select json_agg(json_build_array(${values.map((_, i) => `v${i}`).join(', ')})) from (
    select ${values.join(', ')} from ${of}${part} limit ${rows}) r`
}

/** Pages up to which a table is read from its beginning: a few random ones of so few might be empty. */
const fewPages = 64
/** Pages of a sample at least, wherever its rows are. */
const leastPages = 32

export function worthSampling({ pages }: SampledRelation): boolean {
  return pages > fewPages
}

/** Percent of the pages, for twice the rows that are wanted: whole pages are drawn, and some are emptier than others. */
function shareOf({ pages, tuples }: SampledRelation, rows: number): string {
  const perPage = Math.max(1, tuples / pages)
  const wanted = Math.max(leastPages, (2 * rows) / perPage)
  return Math.min(100, (100 * wanted) / pages).toPrecision(6)
}

function quoted(name: string): string {
  return `"${name.replaceAll('"', '""')}"`
}
