import { type Growing, reserve } from '@sallyport/wire'

/**
 * Masks one value. Pure but for scratch memory, and synchronous; it allocates nothing per value on the common path. It
 * never throws for what a value holds: bytes that are no UTF-8, or no value of the kind expected, are masked whole. A
 * caller must not let `source` be the memory of `out`.
 */
export interface TextMask {
  /** Writes the masked value of `source[start, end)` at `out.at`; false is NULL, and nothing was written. */
  write(source: Uint8Array, start: number, end: number, out: Growing): boolean
}

/** Looks at a value that would be shown as it is. */
export interface TextScan {
  /** What masks this very value, and must be used before the next is asked about; undefined: it is shown. */
  find(source: Uint8Array, start: number, end: number): TextMask | undefined
}

export const nullify: TextMask = { write: () => false }

/** The same bytes for every value; text is ASCII. */
export function constant(value: string | Uint8Array): TextMask {
  const bytes = typeof value === 'string' ? ascii(value) : value
  return {
    write(_source, _start, _end, out) {
      put(out, bytes, bytes.length)
      return true
    },
  }
}

export function ascii(text: string): Uint8Array {
  return Uint8Array.from(text, (letter) => letter.charCodeAt(0))
}

/** The first `length` of these bytes. */
export function put(out: Growing, bytes: Uint8Array, length: number): void {
  reserve(out, length)
  const { bytes: target, at } = out
  for (let i = 0; i < length; i++) target[at + i] = bytes[i]!
  out.at = at + length
}

/** `source[from, to)`. */
export function putRange(out: Growing, source: Uint8Array, from: number, to: number): void {
  const length = to - from
  reserve(out, length)
  const { bytes, at } = out
  for (let i = 0; i < length; i++) bytes[at + i] = source[from + i]!
  out.at = at + length
}

/** A whole number from 0 to 2^53, in decimal, with at least so many digits. */
export function putDecimal(out: Growing, value: number, digits = 1): void {
  let length = digits
  for (let power = 10 ** digits; value >= power; power *= 10) length++
  reserve(out, length)
  let rest = value
  for (let at = out.at + length - 1; at >= out.at; at--) {
    const tenth = Math.floor(rest / 10)
    out.bytes[at] = 0x30 + rest - tenth * 10
    rest = tenth
  }
  out.at += length
}
