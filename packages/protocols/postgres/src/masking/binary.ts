import type { MaskKind } from '@sallyport/core'
import {
  constant,
  createTextMask,
  firstDay,
  floorDay,
  nullify,
  type Shape,
  type TextMask,
  tokenOfDecimal,
  tokenOfInteger,
  type Tokens,
} from '@sallyport/masking'
import { int32At, putInt32, reserve } from '@sallyport/wire'
import type { Family } from './types.js'

/**
 * Masks for values in binary format, equal to those that their text gets. Layouts: PostgreSQL's `*_send` functions; all
 * numbers are big-endian. A value that is not built as its type says becomes NULL.
 */
export function createBinaryMask(as: MaskKind, family: Family, shape: Shape, tokens: Tokens | undefined): TextMask {
  if (family === 'text' || family === 'json') return createTextMask(as, shape, tokens)
  if (as === 'nullify' || family === 'other') return nullify
  if (as === 'hash' && tokens) return hashed(family, shape, tokens) ?? constant(redacted[family])
  return typeof as === 'object' ? dated(family, as.partial.keep) : constant(redacted[family])
}

const zeros = (length: number) => new Uint8Array(length)

/** The bytes of 0, of 2000-01-01 00:00, of the nil UUID and of an empty object. */
const redacted: Readonly<Record<Exclude<Family, 'text' | 'json' | 'other'>, Uint8Array>> = {
  boolean: zeros(1),
  int2: zeros(2),
  int4: zeros(4),
  oid: zeros(4),
  float4: zeros(4),
  int8: zeros(8),
  float8: zeros(8),
  numeric: zeros(8),
  date: zeros(4),
  time: zeros(8),
  timetz: zeros(12),
  timestamp: zeros(8),
  timestamptz: zeros(8),
  interval: zeros(16),
  uuid: zeros(16),
  jsonb: Uint8Array.of(1, 0x7b, 0x7d),
}

/** Bytes of a whole number. */
const widths: Partial<Readonly<Record<Family, 2 | 4 | 8>>> = { int2: 2, int4: 4, oid: 4, int8: 8 }

function hashed(family: Family, shape: Shape, tokens: Tokens): TextMask | undefined {
  if (shape.family === 'integer') return hashedInteger(widths[family]!, family === 'oid', shape.below, tokens)
  if (shape.family === 'decimal') return hashedDecimal(shape.below, tokens)
  if (shape.family !== 'uuid') return undefined
  return {
    write(source, start, end, out) {
      if (end - start !== 16) return false
      const uuid = tokens.uuid(source, start)
      reserve(out, 16)
      for (let i = 0; i < 16; i++) out.bytes[out.at++] = uuid[i]!
      return true
    },
  }
}

function hashedInteger(width: 2 | 4 | 8, unsigned: boolean, below: number, tokens: Tokens): TextMask {
  return {
    write(source, start, end, out) {
      if (end - start !== width) return false
      const low = width === 2 ? int16At(source, start) : int32At(source, end - 4)
      const high = width === 8 ? int32At(source, start) : unsigned || low >= 0 ? 0 : -1
      const token = tokenOfInteger(tokens, high, low, below)
      reserve(out, 8)
      putInt64(out.bytes, out.at, token)
      if (width < 8) out.bytes.copyWithin(out.at, out.at + 8 - width, out.at + 8)
      out.at += width
      return true
    },
  }
}

/** int16 groups · int16 weight · int16 sign (0, 0x4000; others are no numbers) · int16 digits after the point · { int16 group }* */
function hashedDecimal(below: number, tokens: Tokens): TextMask {
  return {
    write(source, start, end, out) {
      if (end - start < 8) return false
      const sign = int16At(source, start + 4)
      if (end - start - 8 !== 2 * int16At(source, start) || (sign !== 0 && sign !== 0x4000)) return false
      const groups = { weight: int16At(source, start + 2), negative: sign !== 0 }
      const token = tokenOfDecimal(tokens, groups, source.subarray(start + 8, end), below)
      if (token < 0) return false
      reserve(out, 16)
      out.at = putDecimal(out.bytes, out.at, token)
      return true
    },
  }
}

function putDecimal(bytes: Uint8Array, at: number, value: number): number {
  let groups = 0
  for (let rest = value; rest > 0; rest = Math.floor(rest / 10_000)) groups++
  bytes.fill(0, at, at + 8)
  bytes[at + 1] = groups
  bytes[at + 3] = Math.max(0, groups - 1)
  for (let i = groups - 1, rest = value; i >= 0; i--, rest = Math.floor(rest / 10_000)) {
    bytes[at + 8 + 2 * i] = (rest % 10_000) >> 8
    bytes[at + 9 + 2 * i] = rest % 10_000
  }
  return at + 8 + 2 * groups
}

const microsPerDay = 86_400_000_000

function dated(family: Family, keep: string): TextMask {
  if (keep !== 'year' && keep !== 'month') return nullify
  if (family === 'date') return datedBy(4, (source, start) => dayIn(int32At(source, start)), putDate, keep)
  if (family === 'timestamp' || family === 'timestamptz') return datedBy(8, dayOfTimestamp, putTimestamp, keep)
  return nullify
}

/** Days from 2000-01-01; the least and the greatest number are infinite. */
const dayIn = (day: number) => (day === -0x8000_0000 || day === 0x7fff_ffff ? Number.NaN : day)
const putDate = (bytes: Uint8Array, at: number, day: number) => putInt32(bytes, at, day)
/** A day is a multiple of 2^13 microseconds, so that doubles hold it exactly. */
const putTimestamp = (bytes: Uint8Array, at: number, day: number) => putInt64(bytes, at, day * microsPerDay)

/** Microseconds from 2000-01-01 00:00; the least and the greatest number are infinite. */
function dayOfTimestamp(source: Uint8Array, start: number): number {
  const high = int32At(source, start)
  const low = int32At(source, start + 4) >>> 0
  if ((high === 0x7fff_ffff && low === 0xffff_ffff) || (high === -0x8000_0000 && low === 0)) return Number.NaN
  // Doubles hold 53 bits exactly: to the year 2285.
  if (high < 0x20_0000 && high >= -0x20_0000) return Math.floor((high * 0x1_0000_0000 + low) / microsPerDay)
  const micros = (BigInt(high) << 32n) | BigInt(low)
  const day = micros / BigInt(microsPerDay)
  return Number(micros < 0n && day * BigInt(microsPerDay) !== micros ? day - 1n : day)
}

type Put = (bytes: Uint8Array, at: number, day: number) => void

function datedBy(width: 4 | 8, read: (source: Uint8Array, start: number) => number, put: Put, keep: 'year' | 'month'): TextMask {
  return {
    write(source, start, end, out) {
      if (end - start !== width) return false
      const day = floorDay(read(source, start), keep)
      if (!(day >= firstDay)) return false
      reserve(out, width)
      put(out.bytes, out.at, day)
      out.at += width
      return true
    },
  }
}

function int16At(bytes: Uint8Array, at: number): number {
  return (((bytes[at]! << 8) | bytes[at + 1]!) << 16) >> 16
}

function putInt64(bytes: Uint8Array, at: number, value: number): void {
  const high = Math.floor(value / 0x1_0000_0000)
  putInt32(bytes, at, high)
  putInt32(bytes, at + 4, value - high * 0x1_0000_0000)
}
