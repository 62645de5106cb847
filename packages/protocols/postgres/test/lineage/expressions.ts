import type { Made, Place, Scope, Source, Type } from './place.js'

/** A column of that type, of a source here or around. */
function column(scope: Scope, type: Type): string | undefined {
  const { d, sources, outer, merged } = scope
  const from = (all: readonly Source[]) =>
    all.flatMap((source) => source.columns.filter((each) => each.type === type).map(({ name }) => [source, name] as const))
  const here = from(sources)
  const around = outer.length > 0 && d.chance(here.length === 0 ? 100 : 15) ? from(outer) : []
  const bare = merged.filter((each) => each.type === type)
  if (bare.length > 0 && d.chance(30)) return d.pick(bare).name
  const all = around.length > 0 ? around : here
  if (all.length === 0) return undefined
  const [source, name] = d.pick(all)
  const notation = d.below(20)
  if (source.row && notation === 0) return `(${source.alias}).${name}`
  if (source.row && notation === 1 && /^(email|title|label|who|note|first|whole|contact|shout|e|top|asked|boss)$/.test(name))
    return `${name}(${source.alias})`
  return `${source.alias}.${name}`
}

function constant(type: Type): string {
  return { int: '7', text: `text 'k'`, json: `'{"k": 1}'::jsonb`, array: `array[text 'k', 'k2']`, place: `row('k', 'k2')::place` }[type]
}

export function expression(scope: Scope, type: Type): Made {
  return { sql: render(scope, type, 2), type }
}

function render(scope: Scope, type: Type, depth: number): string {
  const { d } = scope
  const plain = column(scope, type) ?? constant(type)
  if (depth === 0 || d.chance(40)) return plain
  const of = (wanted: Type) => render(scope, wanted, depth - 1)
  const over = (wanted: Type) => render({ ...scope, windows: false }, wanted, depth - 1)
  if (scope.windows && d.chance(15)) return d.pick(windowed(scope, type, over))()
  const general = [
    () => `coalesce(${of(type)}, ${of(type)})`,
    () => `case when ${condition({ ...scope, depth: 0 })} then ${of(type)} else ${of(type)} end`,
    () => scalar(scope, type),
  ]
  return d.pick(d.chance(35) ? general : byType[type](scope, of))()
}

/** A value over other rows than its own. */
function windowed(scope: Scope, type: Type, of: Of): readonly (() => string)[] {
  const values = [
    () => `first_value(${of(type)}) over (order by ${of('int')})`,
    () => `lag(${of(type)}) over (partition by ${of('text')})`,
    () => `nth_value(${of(type)}, 2) over (partition by ${of('int')} order by ${of('text')} rows unbounded preceding)`,
  ]
  const numbers = [
    () => `row_number() over (order by ${of('text')})::int`,
    () => `rank() over (partition by ${of('int')} order by ${of('int')})::int`,
    () => `count(*) over (partition by ${of('text')})::int`,
    () => `count(${of('text')}) filter (where ${condition({ ...scope, depth: 0 })}) over ()::int`,
    () => `count(${whole(scope)}) over ()::int`,
  ]
  return type === 'int' ? [...values, ...numbers] : values
}

/** A sub-select that gives one value. */
function scalar(scope: Scope, type: Type): string {
  if (scope.depth <= 0) return constant(type)
  const inner: Place = { ...scope, depth: scope.depth - 1, outer: [...scope.outer, ...scope.sources] }
  const { sql, columns } = scope.make.queryOf(inner, [type])
  const name = scope.d.chance(80) ? 'select q.v' : `select min(q.v::text)${type === 'int' ? '::int' : ''}`
  return type === 'text' || type === 'int'
    ? `(${name} from (${sql}) as q(v) limit 1)`
    : `(select q.${columns[0]?.name ?? ''} from (${sql}) as q limit 1)`
}

type Of = (type: Type) => string

const byType: Readonly<Record<Type, (scope: Scope, of: Of) => readonly (() => string)[]>> = {
  text: (scope, of) => [
    () => `upper(${of('text')})`,
    () => `${of('text')} || ${of('text')}`,
    () => `${of('text')}::text`,
    () => `${of('text')}::varchar`,
    () => `${of('text')}::char(3)::text`,
    () => `${of('int')}::text`,
    () => `${of('text')} collate "C"`,
    () => `nullif(${of('text')}, ${of('text')})`,
    () => `greatest(${of('text')}, ${of('text')})`,
    () => `substr(${of('text')}, 2)`,
    () => `${of('json')} ->> ${scope.d.pick([`'k'`, `'m'`, `'o'`])}`,
    () => `(${of('array')})[1]`,
    () => `(${of('place')}).city`,
    () => `array_to_string(${of('array')}, '+')`,
    () => `format('%s-%s', ${of('int')}, ${of('text')})`,
    () => `(array[${of('text')}, 'k'])[1]`,
    () => `${whole(scope)}::text`,
    () => `row_to_json(${whole(scope)})::text`,
    () => `md5(${of('text')})`,
    () => `jsonb_build_object('a', ${of('text')}) ->> 'a'`,
  ],
  int: (scope, of) => [
    () => `length(${of('text')})`,
    () => `${of('int')} + ${of('int')}`,
    () => `${of('int')}::int`,
    () => `cardinality(${of('array')})`,
    () => `(${condition(scope)})::int`,
    () => `(select count(*) from ${subselect(scope)} as q)::int`,
    () => `ascii(${of('text')})`,
    () => `num_nulls(${of('text')}, ${of('int')})`,
  ],
  json: (scope, of) => [
    () => `to_jsonb(${whole(scope)})`,
    () => `jsonb_build_array(${of('text')}, ${of('int')})`,
    () => `to_jsonb(${of('array')})`,
    () => `${of('json')} - 'k'`,
    () => `jsonb_build_object('t', ${of('text')})`,
  ],
  array: (scope, of) => [
    () => `array[${of('text')}, ${of('text')}]`,
    () => `${of('array')} || ${of('text')}`,
    () => (scope.depth > 0 ? `array(select v::text from ${subselect(scope)} as q(v))` : of('array')),
    () => `string_to_array(${of('text')}, '@')`,
  ],
  place: (_, of) => [() => `row(${of('text')}, ${of('text')})::place`],
}

/** A row as one value. */
function whole({ sources, d }: Scope): string {
  const rows = sources.filter(({ row }) => row)
  return rows.length === 0 ? `row(1, 'k')` : d.pick(rows).alias
}

function subselect(scope: Scope): string {
  const inner: Place = { ...scope, depth: Math.max(0, scope.depth - 1), outer: [...scope.outer, ...scope.sources] }
  return `(${scope.make.query(inner).sql})`
}

export function condition(outside: Scope): string {
  const scope = { ...outside, windows: false }
  const { d } = scope
  const of = (type: Type) => render(scope, type, 1)
  const inner: Place = { ...scope, depth: scope.depth - 1, outer: [...scope.outer, ...scope.sources] }
  const simple = [
    () => `${of('int')} < ${1 + d.below(6)}`,
    () => `${of('int')} = ${of('int')}`,
    () => `${of('int')} = 3`,
    () => `${of('int')} is not null`,
    () => `true`,
    () => `${of('text')} like '%1%'`,
    () => `${of('text')} <> ${of('text')}`,
    () => `${of('int')} in (1, 2, 3)`,
  ]
  const nested = [
    () => `exists (${scope.make.query(inner).sql})`,
    () => `${of('text')} in (${scope.make.queryOf(inner, ['text']).sql})`,
    () => `${of('int')} = any (${scope.make.queryOf(inner, ['int']).sql})`,
    () => `${of('int')} > all (${scope.make.queryOf(inner, ['int']).sql})`,
    () => `not exists (select 1 from ${subselect(scope)} as q where q is null)`,
    () => `(${of('int')}, ${of('text')}) in (${scope.make.queryOf(inner, ['int', 'text']).sql})`,
  ]
  return d.pick(scope.depth > 0 && d.chance(35) ? nested : simple)()
}

/** A value over the rows of a group. */
export function aggregate(scope: Scope, type: Type): Made {
  const { d } = scope
  const of = (wanted: Type) => render({ ...scope, depth: 0, windows: false }, wanted, 0)
  const filter = d.chance(15) ? ` filter (where ${of('int')} < 5)` : ''
  const made: Readonly<Record<Type, readonly (() => string)[]>> = {
    text: [
      () => `max(${of('text')})${filter}`,
      () => `string_agg(${of('text')}, ',' order by ${of('int')})${filter}`,
      () => `json_agg(${whole(scope)})::text`,
      () => `percentile_disc(0.5) within group (order by ${of('text')})`,
      () => `min(${of('text')})`,
    ],
    int: [
      () => `count(*)${filter}::int`,
      () => `count(distinct ${of('text')})::int`,
      () => `sum(${of('int')})${filter}::int`,
      () => `max(${of('int')})`,
    ],
    json: [() => `jsonb_agg(${of('text')})`],
    array: [() => `array_agg(${of('text')})`],
    place: [() => constant('place')],
  }
  return { sql: d.pick(made[type])(), type }
}
