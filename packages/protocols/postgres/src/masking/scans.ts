import { createTextMask, nullify, type TextMask, type TextScan } from '@sallyport/masking'
import { createGrowing, type Growing, int32At, reserve } from '@sallyport/wire'
import { createBinaryMask } from './binary.js'
import { shapeOf } from './shapes.js'
import type { WireType } from './types.js'

/** Asked of a cell that would be shown as it is: what masks this very one, or undefined. */
export interface CellScan {
  find(source: Uint8Array, start: number, end: number): TextMask | undefined
}

/** Undefined for types whose values cannot be read as what a detector looks for. `make` is told whether values are JSON. */
export function createScan(type: WireType, binary: boolean, make: (json: boolean) => TextScan): CellScan | undefined {
  const { family } = type
  if (family === 'text') return make(false)
  if (family === 'json' || family === 'jsonb') return family === 'jsonb' && binary ? versioned(make(true)) : make(true)
  if (family === 'int4' || family === 'int8' || family === 'numeric') return numbers(type, binary, make(false))
  return family === 'other' ? whole(make(false), nullify) : undefined
}

/** What was found in bytes that are no plain text takes all of them with it. */
function whole(scan: TextScan, mask: TextMask): CellScan {
  return { find: (source, start, end) => (scan.find(source, start, end) ? mask : undefined) }
}

/** The byte 1, and JSON. */
function versioned(scan: TextScan): CellScan {
  let found = nullify
  const mask: TextMask = {
    write(source, start, end, out) {
      reserve(out, 1)
      out.bytes[out.at++] = 1
      if (found.write(source, start + 1, end, out)) return true
      out.at--
      return false
    },
  }
  return {
    find(source, start, end) {
      if (source[start] !== 1) return nullify
      const next = scan.find(source, start + 1, end)
      if (next) found = next
      return next && mask
    },
  }
}

/** A number that a detector knows is masked whole, for a part of it would be another number. */
function numbers(type: WireType, binary: boolean, scan: TextScan): CellScan {
  const shape = shapeOf(type, -1)
  if (!binary) return whole(scan, createTextMask('redact', shape, undefined))
  const mask = createBinaryMask('redact', type.family, shape, undefined)
  const text = createGrowing()
  const write = type.family === 'numeric' ? writeNumeric : writeInteger
  return {
    find(source, start, end) {
      text.at = 0
      return write(source, start, end, text) && !scan.find(text.bytes, 0, text.at) ? undefined : mask
    },
  }
}

function writeInteger(source: Uint8Array, start: number, end: number, text: Growing): boolean {
  if (end - start !== 4 && end - start !== 8) return false
  const low = int32At(source, end - 4)
  if (end - start === 4) return putText(text, String(low))
  const high = int32At(source, start)
  const fits = high < 0x20_0000 && high >= -0x20_0000
  return putText(text, String(fits ? high * 0x1_0000_0000 + (low >>> 0) : (BigInt(high) << 32n) | BigInt(low >>> 0)))
}

/** More digits are no number that anybody is known by. */
const mostGroups = 16

/** The digits, without a point: what a detector knows has none. */
function writeNumeric(source: Uint8Array, start: number, end: number, text: Growing): boolean {
  const groups = Math.min(mostGroups, Math.floor((end - start - 8) / 2))
  const weight = (source[start + 2]! << 8) | source[start + 3]!
  if (groups < 0) return false
  let digits = ''
  for (let i = 0; i < Math.min(mostGroups, Math.max(groups, weight < mostGroups ? weight + 1 : 0)); i++) {
    const at = start + 8 + 2 * i
    if (i === weight + 1) digits += '.'
    digits += i < groups ? String((source[at]! << 8) | source[at + 1]!).padStart(digits === '' ? 1 : 4, '0') : '0000'
  }
  return putText(text, digits)
}

function putText(text: Growing, digits: string): boolean {
  reserve(text, digits.length)
  for (let i = 0; i < digits.length; i++) text.bytes[text.at++] = digits.charCodeAt(i)
  return true
}

/** An element that would be shown: found and masked, or taken over. */
export function scanned(scan: CellScan): TextMask {
  return {
    write(source, start, end, out) {
      const found = scan.find(source, start, end)
      if (found) return found.write(source, start, end, out)
      reserve(out, end - start)
      out.bytes.set(source.subarray(start, end), out.at)
      out.at += end - start
      return true
    },
  }
}
