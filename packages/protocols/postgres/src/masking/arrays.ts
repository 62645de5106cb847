import type { TextMask } from '@sallyport/masking'
import { createGrowing, type Growing, int32At, putInt32, reserve } from '@sallyport/wire'

/**
 * Arrays element by element: the bounds stay, NULL elements stay NULL. Nothing but bounds, braces and commas is taken over,
 * so that an array that is not built as it should be shows no more than one that is; it becomes NULL.
 */
const most = 6

/** int32 dimensions · int32 1 when there are NULLs · int32 type · { int32 size · int32 lower bound }* · { int32 length (-1 is NULL) · bytes }* */
export function createBinaryArrayMask(type: number, element: TextMask): TextMask {
  return rewound({
    write(source, start, end, out) {
      if (end - start < 12 || int32At(source, start + 8) !== type) return false
      const dimensions = int32At(source, start)
      const header = 12 + 8 * dimensions
      if (dimensions < 0 || dimensions > most || header > end - start) return false
      let left = dimensions === 0 ? 0 : 1
      for (let i = 0; i < dimensions; i++) left *= int32At(source, start + 12 + 8 * i)
      reserve(out, header)
      out.bytes.set(source.subarray(start, start + header), out.at)
      const flags = out.at + 4
      out.at += header
      let nulls = 0
      let at = start + header
      for (; left > 0 && end - at >= 4; left--) {
        const length = int32At(source, at)
        at += 4
        if (length < -1 || length > end - at) return false
        reserve(out, 4)
        const value = out.at
        out.at += 4
        const shown = length >= 0 && element.write(source, at, at + length, out)
        if (!shown) nulls = 1
        putInt32(out.bytes, value, shown ? out.at - value - 4 : -1)
        at += Math.max(0, length)
      }
      putInt32(out.bytes, flags, nulls)
      return left === 0 && at === end
    },
  })
}

/** `{a,"b c",NULL}`, `{{1},{2}}`, `[0:1]={1,2}`: PostgreSQL documentation, "Array Input and Output Syntax". */
export function createTextArrayMask(element: TextMask): TextMask {
  return rewound({
    write(source, start, end, out) {
      let at = takeBounds(source, start, end, out)
      let depth = 0
      while (at < end) {
        const byte = source[at]!
        if (byte === open || byte === close || byte === comma) {
          depth += byte === open ? 1 : byte === close ? -1 : 0
          if (depth > most) return false
          putByte(out, byte)
          at++
          if (depth === 0) return at === end
          continue
        }
        if (depth === 0) return false
        at = byte === quote ? takeQuoted(source, at + 1, end, element, out) : takePlain(source, at, end, element, out)
        if (at < 0) return false
      }
      return false
    },
  })
}

const [open, close, comma, quote, escape] = Array.from('{},"\\', (letter) => letter.charCodeAt(0)) as [
  number,
  number,
  number,
  number,
  number,
]

/** What was begun and came to nothing is taken back. */
function rewound(mask: TextMask): TextMask {
  return {
    write(source, start, end, out) {
      const from = out.at
      if (mask.write(source, start, end, out)) return true
      out.at = from
      return false
    },
  }
}

function putByte(out: Growing, byte: number): void {
  reserve(out, 1)
  out.bytes[out.at++] = byte
}

/** Digits, signs, colons and brackets before an equals sign. */
function takeBounds(source: Uint8Array, start: number, end: number, out: Growing): number {
  if (source[start] !== 0x5b) return start
  for (let at = start; at < end; at++) {
    const byte = source[at]!
    const inBounds = (byte >= 0x30 && byte <= 0x3a) || byte === 0x2d || byte === 0x2b || byte === 0x5b || byte === 0x5d
    if (!inBounds && byte !== 0x3d) return end
    putByte(out, byte)
    if (byte === 0x3d) return at + 1
  }
  return end
}

/** Answers where the array goes on, -1 where it does not. */
function takePlain(source: Uint8Array, start: number, end: number, element: TextMask, out: Growing): number {
  let at = start
  while (at < end && source[at] !== comma && source[at] !== close) {
    if (source[at] === open || source[at] === quote || source[at] === escape) return -1
    at++
  }
  if (isNull(source, start, at)) putNull(out)
  else putElement(source, start, at, element, out)
  return at
}

function takeQuoted(source: Uint8Array, start: number, end: number, element: TextMask, out: Growing): number {
  let at = start
  let escaped = false
  for (; at < end && source[at] !== quote; at++) {
    if (source[at] !== escape) continue
    escaped = true
    at++
  }
  if (at >= end) return -1
  if (escaped) unescape(source, start, at, element, out)
  else putElement(source, start, at, element, out)
  return at + 1
}

function unescape(source: Uint8Array, start: number, end: number, element: TextMask, out: Growing): void {
  const plain = createGrowing()
  reserve(plain, end - start)
  for (let at = start; at < end; at++) {
    if (source[at] === escape) at++
    plain.bytes[plain.at++] = source[at]!
  }
  putElement(plain.bytes, 0, plain.at, element, out)
}

function putElement(source: Uint8Array, start: number, end: number, element: TextMask, out: Growing): void {
  const from = out.at
  if (!element.write(source, start, end, out)) putNull(out)
  else quoteFrom(from, out)
}

function putNull(out: Growing): void {
  reserve(out, 4)
  for (const byte of nullBytes) out.bytes[out.at++] = byte
}

const nullBytes = [0x4e, 0x55, 0x4c, 0x4c]

/** In any case of letters. */
function isNull(bytes: Uint8Array, start: number, end: number): boolean {
  if (end - start !== 4) return false
  for (let i = 0; i < 4; i++) if ((bytes[start + i]! & 0xdf) !== nullBytes[i]) return false
  return true
}

/** Puts what was written from there on into quotes where the syntax asks for them. */
function quoteFrom(from: number, out: Growing): void {
  let special = out.at === from || isNull(out.bytes, from, out.at)
  let escapes = 0
  for (let i = from; i < out.at; i++) {
    const byte = out.bytes[i]!
    if (byte === quote || byte === escape) escapes++
    else if (byte === open || byte === close || byte === comma || byte === 0x20 || (byte >= 0x09 && byte <= 0x0d)) special = true
  }
  if (!special && escapes === 0) return
  reserve(out, escapes + 2)
  let to = out.at + escapes + 1
  const { bytes } = out
  bytes[to--] = quote
  for (let i = out.at - 1; i >= from; i--) {
    const byte = bytes[i]!
    bytes[to--] = byte
    if (byte === quote || byte === escape) bytes[to--] = escape
  }
  bytes[to] = quote
  out.at += escapes + 2
}
