/**
 * How values of PostgreSQL's own types are written, by OID. What is not here is `other`: NULL is all that can stand for it.
 * The OIDs of initdb never change; a test holds them against live catalogs. A domain comes to us as the type below it.
 */
export type Family =
  | 'text'
  | 'int2'
  | 'int4'
  | 'int8'
  | 'oid'
  | 'float4'
  | 'float8'
  | 'numeric'
  | 'boolean'
  | 'date'
  | 'time'
  | 'timetz'
  | 'timestamp'
  | 'timestamptz'
  | 'interval'
  | 'uuid'
  | 'json'
  | 'jsonb'
  | 'other'

export interface WireType {
  readonly name: string
  readonly family: Family
  /** Of an array: its element. */
  readonly element?: number
  /** Text that is padded with spaces up to its modifier. */
  readonly padded?: boolean
  /** Most characters, whatever the modifier says. */
  readonly most?: number
}

export const textOid = 25

type Row = readonly [name: string, oid: number, array: number, family: Family, more?: Pick<WireType, 'padded' | 'most'>]

export const rows: readonly Row[] = [
  ['text', textOid, 1009, 'text'],
  ['varchar', 1043, 1015, 'text'],
  ['bpchar', 1042, 1014, 'text', { padded: true }],
  ['name', 19, 1003, 'text', { most: 63 }],
  ['char', 18, 1002, 'text', { most: 1 }],
  ['refcursor', 1790, 2201, 'text'],
  ['int2', 21, 1005, 'int2'],
  ['int4', 23, 1007, 'int4'],
  ['int8', 20, 1016, 'int8'],
  ['oid', 26, 1028, 'oid'],
  ['float4', 700, 1021, 'float4'],
  ['float8', 701, 1022, 'float8'],
  ['numeric', 1700, 1231, 'numeric'],
  ['bool', 16, 1000, 'boolean'],
  ['date', 1082, 1182, 'date'],
  ['time', 1083, 1183, 'time'],
  ['timetz', 1266, 1270, 'timetz'],
  ['timestamp', 1114, 1115, 'timestamp'],
  ['timestamptz', 1184, 1185, 'timestamptz'],
  ['interval', 1186, 1187, 'interval'],
  ['uuid', 2950, 2951, 'uuid'],
  ['json', 114, 199, 'json'],
  ['jsonb', 3802, 3807, 'jsonb'],
]

const types = new Map<number, WireType>(
  rows.flatMap(([name, oid, array, family, more]): [number, WireType][] => [
    [oid, { name, family, ...more }],
    [array, { name: `_${name}`, family: 'other', element: oid }],
  ]),
)

const other: WireType = { name: 'other', family: 'other' }

export function wireType(oid: number): WireType {
  return types.get(oid) ?? other
}
