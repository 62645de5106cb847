import { serialize } from 'pg-protocol'
import type { Line } from './differential/line.js'

/** Frames of one answer, each whole, its header included. */
export interface Answer {
  /** RowDescription. */
  readonly described: Buffer | undefined
  readonly rows: readonly Buffer[]
  /** ErrorResponse, as text. */
  readonly error: string | undefined
}

/** One statement in the extended protocol, every parameter and column in the one format. */
export async function ask(line: Line, text: string, format: 0 | 1, values: readonly (Buffer | null)[] = []): Promise<Answer> {
  line.heard.length = 0
  // pg-protocol sends strings as text and buffers as they are.
  const sent = values.map((value) => (format === 0 && value ? value.toString() : value))
  line.say(
    Buffer.concat([serialize.parse({ text }), serialize.bind({ values: sent, binary: format === 1 }), serialize.describe({ type: 'P' })]),
  )
  line.say(Buffer.concat([serialize.execute(), serialize.sync()]))
  const count = (asked.get(line) ?? 0) + 1
  asked.set(line, count)
  await line.ready(count)
  const frames = line.heard.map(({ type, body }) => ({ type, frame: framed(type, body) }))
  const failed = line.heard.find(({ type }) => type === 'E')
  return {
    described: frames.find(({ type }) => type === 'T')?.frame,
    rows: frames.filter(({ type }) => type === 'D').map(({ frame }) => frame),
    error: failed && failed.body.toString().replaceAll('\0', ' '),
  }
}

/** How many ReadyForQuery a line has heard by now. */
const asked = new WeakMap<Line, number>()

function framed(type: string, body: Buffer): Buffer {
  const header = Buffer.from([type.charCodeAt(0), 0, 0, 0, 0])
  header.writeInt32BE(body.length + 4, 1)
  return Buffer.concat([header, body])
}

/** The cells of a DataRow. */
export function cellsOf(row: Uint8Array): readonly (Buffer | null)[] {
  const bytes = Buffer.from(row)
  const cells: (Buffer | null)[] = []
  let at = 7
  for (let left = bytes.readInt16BE(5); left > 0; left--) {
    const length = bytes.readInt32BE(at)
    at += 4
    cells.push(length < 0 ? null : bytes.subarray(at, at + length))
    at += Math.max(0, length)
  }
  return cells
}

/** Types as a column may be declared, and values of them as SQL; of each an array is made too. */
export const known: Readonly<Record<string, readonly string[]>> = {
  text: ['alice@example.com', '', 'Zoë 👨‍👩‍👧‍👦 "quoted", {braced}, \\ and \t', 'NULL', '4111111111111111', 'x'.repeat(5000)],
  'varchar(2)': ['ab', ''],
  'varchar(30)': ['alice@example.com', 'Zoë', 'NULL'],
  varchar: ['alice@example.com'],
  'char(12)': ['alice', ''],
  'char(40)': ['4111111111111111'],
  bpchar: ['alice  '],
  name: ['alice', 'x'.repeat(63)],
  '"char"': ['a'],
  refcursor: ['alice'],
  int2: ['0', '-32768', '32767', '42'],
  int4: ['0', '-2147483648', '2147483647', '42'],
  int8: ['0', '-9223372036854775808', '9223372036854775807', '-1', '4294967296'],
  oid: ['0', '4294967295'],
  float4: ['1.5', '-Infinity', 'NaN', '0'],
  float8: ['1.5', '1e300', 'NaN', '-0'],
  numeric: ['0', '-12345678901234567890.00012345', '1.50', '0.00001', '10000', '99990000', 'NaN', '1e400'],
  'numeric(6,2)': ['1234.56', '-0.01'],
  'numeric(2,2)': ['0.12'],
  bool: ['true', 'false'],
  date: ['1984-05-06', '2024-02-29', 'infinity', '-infinity', '0044-03-15 BC', '4714-11-24 BC', '5874897-12-31', '12345-06-07'],
  time: ['07:08:09.123456'],
  timetz: ['07:08:09+02:30'],
  timestamp: [
    '1984-05-06 07:08:09.123456',
    '294276-12-31 23:59:59.999999',
    'infinity',
    '4714-11-24 00:00:00 BC',
    '1999-12-31 23:59:59.999999',
  ],
  timestamptz: [
    '1984-05-06 07:08:09.123456+03',
    '2023-12-31 23:30:00-05',
    '0044-03-15 12:00:00+00 BC',
    '-infinity',
    '290000-01-01 00:00:00+00',
  ],
  interval: ['1 year 2 days 03:04:05', '-00:00:01'],
  uuid: ['6ba7b810-9dad-11d1-80b4-00c04fd430c8'],
  json: ['{"email": "alice@example.com"}', '[1]', 'null'],
  jsonb: ['{"email": "alice@example.com"}', '[1]', 'null'],
}

/** What only NULL stands for. */
export const opaque: Readonly<Record<string, readonly string[]>> = {
  bytea: ['\\x00ff'],
  inet: ['192.0.2.1/24'],
  macaddr: ['08:00:2b:01:02:03'],
  money: ['12.34'],
  'bit(4)': ['1010'],
  tsvector: ['alice bob'],
  int4range: ['[1,5)'],
  nummultirange: ['{[1,2)}'],
  point: ['(1,2)'],
  box: ['(1,2),(3,4)'],
  pg_lsn: ['16/B374D848'],
  int2vector: ['1 2 3'],
  jsonpath: ['$.a'],
  regclass: ['pg_class'],
  mood: ['sad'],
  pair: ['(1,alice@example.com)'],
}
