/**
 * What every driver is asked, in SQL that all understand. A driver shows values in its own way; direct and through the
 * gateway it must show the same. Programs in other languages get `statements` on stdin.
 */
export interface Value {
  readonly name: string
  readonly sql: string
}

export const values: readonly Value[] = [
  { name: 'integers', sql: 'select 1::int2, (-32768)::int2, 2147483647::int4, (-9223372036854775808)::int8, null::int8' },
  { name: 'numeric', sql: "select 1.50::numeric(10,2), (-0.000001)::numeric, 12345678901234567890.123456789::numeric, 'NaN'::numeric" },
  { name: 'floats', sql: "select 0.1::float4, 0.1::float8, 1e300::float8, 'Infinity'::float8, (-0.0)::float8" },
  { name: 'booleans', sql: 'select true, false, null::bool' },
  {
    name: 'text',
    sql: "select '', 'plain', E'tab\\there\\nline', 'käse 漢字 🐘', repeat('é', 300), 'x'::char(3), 'y'::varchar(2), 'z'::name",
  },
  { name: 'bytea', sql: "select '\\x00ff10'::bytea, ''::bytea, decode(repeat('00ff', 100), 'hex')" },
  { name: 'dates', sql: "select '2024-02-29'::date, '0001-01-01'::date, '23:59:59.999999'::time, '2024-02-29 12:34:56.789'::timestamp" },
  { name: 'moments', sql: "select '2024-02-29 12:34:56.789012+05:30'::timestamptz, '1999-12-31 23:59:59Z'::timestamptz" },
  { name: 'intervals', sql: "select '1 day 2 hours'::interval, '3 days 04:05:06.789'::interval" },
  { name: 'uuid', sql: "select 'a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11'::uuid" },
  { name: 'json', sql: `select '{"a":[1,2.5,null,"é"]}'::json, '{"b": {"c": true}}'::jsonb, 'null'::jsonb` },
  { name: 'arrays', sql: `select '{1,2,null}'::int[], array['a,b','c"d',null]::text[], '{{1,2},{3,4}}'::int[], '{}'::text[]` },
  { name: 'ranges', sql: "select '[1,5)'::int4range, 'empty'::int4range, '[2024-01-01,2024-02-01)'::daterange" },
  { name: 'enum', sql: "select 'happy'::mood, enum_range(null::mood)::text" },
  { name: 'network', sql: "select '192.168.0.1/24'::inet, '10.0.0.0/8'::cidr" },
  { name: 'nulls', sql: 'select null, null::text, null::int[], null::json' },
  { name: 'rows', sql: 'select id, name, price, parent, mood from items order by id' },
  { name: 'no rows', sql: 'select id, name from items where false' },
]

export interface Failure extends Value {
  /** SQLSTATE. */
  readonly state: string
  /** Another one that the gateway tells, where it refuses what would fail. */
  readonly gateway?: string
}

/** Errors of the server: the driver must see its SQLSTATE. */
export const failures: readonly Failure[] = [
  { name: 'division by zero', sql: 'select 1/0', state: '22012' },
  { name: 'syntax error', sql: 'selec 1', state: '42601' },
  { name: 'wrong input', sql: "select 'x'::int", state: '22P02' },
  { name: 'unique violation', sql: "insert into items (id, name) values (9, 'chair')", state: '23505' },
  { name: 'not null violation', sql: 'insert into items (id) values (9)', state: '23502' },
  { name: 'check violation', sql: "insert into items (id, name, price) values (9, 'free', 0)", state: '23514' },
  { name: 'foreign key violation', sql: "insert into items (id, name, parent) values (9, 'lost', 99)", state: '23503' },
  { name: 'numeric overflow', sql: 'select 32768::int2', state: '22003' },
  { name: 'undefined table', sql: 'select * from nowhere', state: '42P01', gateway: '42501' },
  { name: 'undefined column', sql: 'select nothing from items', state: '42703', gateway: '42501' },
  { name: 'undefined function', sql: 'select nothing(1)', state: '42883', gateway: '42501' },
]

/**
 * What a driver does with its own API. Each plays it as it would be used, shows what came of it, and leaves the rows as
 * they were; `null` instead says that the driver has no such thing.
 */
export const habits = [
  'parameters',
  'prepared statements',
  'large result in parts',
  'commit and rollback',
  'savepoint',
  'failed transaction',
  'pipeline',
  'cancellation',
  'copy out',
  'copy in',
  'notifications',
  'notice',
  'pool reset',
  'lost connection',
  'migration',
] as const

export type Habit = (typeof habits)[number]

/** One line each: `value NAME SQL` or `failure NAME SQL SQLSTATE`, tabs between. */
export function statements(): string {
  const lines = [
    ...values.map(({ name, sql }) => ['value', name, sql]),
    ...failures.map(({ name, sql, state }) => ['failure', name, sql, state]),
  ]
  return lines.map((line) => `${line.join('\t')}\n`).join('')
}
