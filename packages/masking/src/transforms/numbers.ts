import { ascii } from './text.js'
import type { Tokens } from './tokens.js'

/**
 * Tokens of numbers, which are whole numbers from 0 to `below`: made of the same bytes for one value, in whatever format it
 * came. -1 is the token of what is no number, or too long a one.
 */
const integerDomain = ascii('integer')
const decimalDomain = ascii('decimal')

/** Holds one number, for as long as its token is made. */
const scratch = new Uint8Array(2048)

/** Bits 63 to 32, and 31 to 0. */
export function tokenOfInteger(tokens: Tokens, high: number, low: number, below: number): number {
  return tokens.number(integerDomain, scratch, writeInteger(high, low), below)
}

/** Of decimal text. */
export function tokenOfIntegerText(tokens: Tokens, source: Uint8Array, start: number, end: number, below: number): number {
  const length = readInteger(source, start, end)
  return length < 0 ? -1 : tokens.number(integerDomain, scratch, length, below)
}

/** Groups of four digits in two bytes each, the first with this weight in powers of 10,000. */
export interface DecimalGroups {
  readonly negative: boolean
  readonly weight: number
}

export function tokenOfDecimal(tokens: Tokens, groups: DecimalGroups, bytes: Uint8Array, below: number): number {
  beginDecimal(groups.weight)
  for (let i = 0; i + 1 < bytes.length; i += 2) addGroup((bytes[i]! << 8) | bytes[i + 1]!)
  const length = endDecimal(groups.negative)
  return length < 0 ? -1 : tokens.number(decimalDomain, scratch, length, below)
}

/** Of decimal text. */
export function tokenOfDecimalText(tokens: Tokens, source: Uint8Array, start: number, end: number, below: number): number {
  const length = readDecimal(source, start, end)
  return length < 0 ? -1 : tokens.number(decimalDomain, scratch, length, below)
}

/** 64 bits, big-endian, in two's complement. Answers their length, -1 for what is no such number. */
function readInteger(source: Uint8Array, start: number, end: number): number {
  const negative = source[start] === 0x2d
  const first = negative ? start + 1 : start
  // 19 digits are at most 2^63.2.
  if (end - first < 1 || end - first > 19) return -1
  let high = 0
  let low = 0
  for (let i = first; i < end; i++) {
    const digit = source[i]! - 0x30
    if (digit < 0 || digit > 9) return -1
    const next = low * 10 + digit
    high = high * 10 + Math.floor(next / 0x1_0000_0000)
    low = next >>> 0
  }
  if (high > 0x7fff_ffff && !(negative && high === 0x8000_0000 && low === 0)) return -1
  return negative ? writeInteger(~high + (low === 0 ? 1 : 0), -low) : writeInteger(high, low)
}

function writeInteger(high: number, low: number): number {
  for (let i = 0; i < 4; i++) {
    scratch[i] = high >>> (24 - 8 * i)
    scratch[4 + i] = low >>> (24 - 8 * i)
  }
  return 8
}

/** Digits on each side of the point that are looked at. */
const mostDigits = 1000

/**
 * Sign, weight of the first group and groups of four digits without zeros around them, two bytes each: 1.50 is 1.5. Answers
 * their length, -1 for what is no number or too long a one.
 */
function readDecimal(source: Uint8Array, start: number, end: number): number {
  const negative = source[start] === 0x2d
  const first = negative ? start + 1 : start
  let point = first
  while (point < end && source[point] !== 0x2e) point++
  const whole = point - first
  const fraction = Math.max(0, end - point - 1)
  if (whole < 1 || whole > mostDigits || fraction > mostDigits || (point < end && fraction === 0)) return -1
  beginDecimal(Math.ceil(whole / 4) - 1)
  let value = 0
  let held = (4 - (whole % 4)) % 4
  for (let i = first; i < end; i++) {
    if (i === point) continue
    const digit = source[i]! - 0x30
    if (digit < 0 || digit > 9) return -1
    value = value * 10 + digit
    if (++held < 4) continue
    addGroup(value)
    value = 0
    held = 0
  }
  if (held > 0) addGroup(value * 10 ** (4 - held))
  return endDecimal(negative)
}

/** Of the number being written. */
let weight = 0
let written = 0
const header = 3

function beginDecimal(first: number): void {
  weight = first
  written = header
}

function addGroup(value: number): void {
  // Zeros before the number.
  if (value === 0 && written === header) {
    weight--
    return
  }
  scratch[written] = value >> 8
  scratch[written + 1] = value
  written += 2
}

function endDecimal(negative: boolean): number {
  // Bytes beyond the memory went nowhere.
  if (written > scratch.length) return -1
  while (written > header && scratch[written - 1] === 0 && scratch[written - 2] === 0) written -= 2
  const zero = written === header
  scratch[0] = negative && !zero ? 1 : 0
  scratch[1] = zero ? 0 : weight >> 8
  scratch[2] = zero ? 0 : weight
  return written
}
