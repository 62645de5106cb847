import type { Param } from '@sallyport/core'
import { decodeText } from '../codec/index.js'
import { wireType } from '../masking/types.js'

/**
 * Bound parameters for people to decide by: under the name of their type, and as text where their type and format are known
 * (PostgreSQL source, src/backend/utils/adt, the `recv` functions). Anything else stays as it came, format `binary`: it is
 * opaque, and whoever shows it must say so. The bytes that are bound are not changed by it.
 */
export function readableParams(params: readonly Param[]): readonly Param[] {
  return params.map(readable)
}

function readable(param: Param): Param {
  const oid = param.type === undefined ? undefined : Number(param.type)
  const known = oid === undefined ? undefined : wireType(oid)
  const named = known && known.name !== 'other' ? { ...param, type: known.name } : param
  if (param.value === null || param.format === 'text' || !known) return named
  const text = textOf(oid!, param.value)
  return text === undefined ? named : { ...named, format: 'text', value: Buffer.from(text) }
}

type Read = (bytes: Buffer) => string | undefined

function textOf(oid: number, value: Uint8Array): string | undefined {
  const bytes = Buffer.from(value.buffer, value.byteOffset, value.byteLength)
  const { family, element } = wireType(oid)
  try {
    return element === undefined ? readers[family]?.(bytes) : array(element, bytes)
  } catch {
    return undefined
  }
}

/** Of exactly so many bytes. */
const sized =
  (size: number, read: (bytes: Buffer) => string): Read =>
  (bytes) =>
    bytes.length === size ? read(bytes) : undefined

const readers: Readonly<Record<string, Read | undefined>> = {
  text: (bytes) => decodeText(bytes),
  json: (bytes) => decodeText(bytes),
  jsonb: (bytes) => (bytes[0] === 1 ? decodeText(bytes.subarray(1)) : undefined),
  boolean: sized(1, (bytes) => (bytes[0] === 0 ? 'false' : 'true')),
  int2: sized(2, (bytes) => String(bytes.readInt16BE())),
  int4: sized(4, (bytes) => String(bytes.readInt32BE())),
  int8: sized(8, (bytes) => String(bytes.readBigInt64BE())),
  oid: sized(4, (bytes) => String(bytes.readUInt32BE())),
  float4: sized(4, (bytes) => String(bytes.readFloatBE())),
  float8: sized(8, (bytes) => String(bytes.readDoubleBE())),
  uuid: sized(16, (bytes) => bytes.toString('hex').replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5')),
  date: sized(4, (bytes) => day(BigInt(bytes.readInt32BE()), 0x7fffffffn)),
  timestamp: sized(8, (bytes) => moment(bytes.readBigInt64BE(), '')),
  timestamptz: sized(8, (bytes) => moment(bytes.readBigInt64BE(), '+00')),
  time: sized(8, (bytes) => clock(bytes.readBigInt64BE())),
  numeric,
}

/** 2000-01-01, in milliseconds since 1970. */
const epoch = 946_684_800_000
const perDay = 86_400_000_000n

/** Days since the epoch; beyond what the calendar here can tell it throws. */
function day(days: bigint, infinity: bigint): string {
  if (days === infinity) return 'infinity'
  if (days === -infinity - 1n) return '-infinity'
  const iso = new Date(Number(days) * 86_400_000 + epoch).toISOString()
  if (!/^\d{4}-/.test(iso) || iso.startsWith('0000')) throw new RangeError('a year that is written otherwise')
  return iso.slice(0, 10)
}

/** Microseconds since the epoch. */
function moment(micros: bigint, zone: string): string {
  if (micros === 0x7fffffffffffffffn) return 'infinity'
  if (micros === -0x8000000000000000n) return '-infinity'
  const within = ((micros % perDay) + perDay) % perDay
  return `${day((micros - within) / perDay, 1n << 60n)} ${clock(within)}${zone}`
}

function clock(micros: bigint): string {
  const two = (n: bigint) => String(n).padStart(2, '0')
  const seconds = micros / 1_000_000n
  const rest = micros % 1_000_000n
  const fraction = rest === 0n ? '' : `.${String(rest).padStart(6, '0').replace(/0+$/, '')}`
  return `${two(seconds / 3600n)}:${two((seconds / 60n) % 60n)}:${two(seconds % 60n)}${fraction}`
}

const signs: Readonly<Record<number, string>> = { 0xc000: 'NaN', 0xd000: 'Infinity', 0xf000: '-Infinity' }

/** int16 digits · int16 weight · uint16 sign · uint16 scale · { int16 digit }*: the digits are of base 10,000. */
function numeric(bytes: Buffer): string | undefined {
  const [count, weight, sign, scale] = [bytes.readUInt16BE(0), bytes.readInt16BE(2), bytes.readUInt16BE(4), bytes.readUInt16BE(6)]
  if (signs[sign] !== undefined) return signs[sign]
  // What is longer is not for people to read.
  if (bytes.length !== 8 + 2 * count || weight > 250 || weight < -250 || scale > 1000) return undefined
  const digit = (place: number) => (place >= 0 && place < count ? bytes.readUInt16BE(8 + 2 * place) : 0)
  const group = (place: number) => String(digit(place)).padStart(4, '0')
  let whole = ''
  for (let place = 0; place <= weight; place++) whole += group(place)
  let fraction = ''
  for (let place = weight + 1; fraction.length < scale; place++) fraction += group(place)
  const told = `${whole.replace(/^0+(?=\d)/, '') || '0'}${scale > 0 ? `.${fraction.slice(0, scale)}` : ''}`
  return sign === 0x4000 ? `-${told}` : told
}

/** int32 dimensions · int32 nulls · int32 element · { int32 size · int32 lower }* · { int32 length · bytes }*. Of one dimension only. */
function array(element: number, bytes: Buffer): string | undefined {
  const dimensions = bytes.readInt32BE(0)
  if (bytes.readInt32BE(8) !== element || dimensions > 1) return undefined
  if (dimensions === 0) return '{}'
  const told: string[] = []
  let at = 20
  for (let left = bytes.readInt32BE(12); left > 0; left--) {
    const length = bytes.readInt32BE(at)
    at += 4
    const text = length < 0 ? 'NULL' : textOf(element, bytes.subarray(at, at + length))
    if (text === undefined || at + length > bytes.length) return undefined
    told.push(length < 0 ? text : JSON.stringify(text))
    at += Math.max(0, length)
  }
  return at === bytes.length ? `{${told.join(',')}}` : undefined
}
