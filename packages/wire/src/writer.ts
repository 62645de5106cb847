import { WireError } from './error.js'

/**
 * Builds one message. A number that does not fit its field throws: a length that wraps would turn data into messages.
 * A caller must not use a writer again after `finish`.
 */
export interface Writer {
  int8(value: number): Writer
  int16(value: number): Writer
  int32(value: number): Writer
  bytes(value: Uint8Array): Writer
  /** The bytes and a NUL; throws when they hold a NUL themselves. */
  cstring(value: Uint8Array): Writer
  /** Bytes written so far. */
  length(): number
  /** Overwrites four bytes that were written before: a length that is known only at the end. */
  patchInt32(at: number, value: number): Writer
  finish(): Uint8Array
}

/** `limit`: bytes, beyond which writing throws. */
export function createWriter(limit = 0x7fffffff): Writer {
  let buffer = new Uint8Array(64)
  let at = 0

  const reserve = (count: number): number => {
    const start = at
    if (count > limit - start) throw new WireError('too_large', 'the message would be too large')
    if (start + count > buffer.length) {
      const grown = new Uint8Array(Math.min(limit, Math.max(start + count, buffer.length * 2)))
      grown.set(buffer.subarray(0, start))
      buffer = grown
    }
    at = start + count
    return start
  }
  const put = (value: number, size: 1 | 2 | 4, start = reserve(size)): Writer => {
    for (let i = 0; i < size; i++) buffer[start + i] = value >> (8 * (size - 1 - i))
    return writer
  }

  const writer: Writer = {
    int8: (value) => put(signed(value, 8), 1),
    int16: (value) => put(signed(value, 16), 2),
    int32: (value) => put(signed(value, 32), 4),
    bytes(value) {
      const start = reserve(value.length)
      buffer.set(value, start)
      return writer
    },
    cstring(value) {
      if (value.includes(0)) throw new WireError('malformed', 'a string holds a NUL')
      return writer.bytes(value).int8(0)
    },
    length: () => at,
    patchInt32(start, value) {
      if (start < 0 || start + 4 > at) throw new WireError('malformed', 'nothing was written there')
      return put(signed(value, 32), 4, start)
    },
    finish: () => buffer.subarray(0, at),
  }
  return writer
}

function signed(value: number, bits: 8 | 16 | 32): number {
  const half = 2 ** (bits - 1)
  if (!Number.isInteger(value) || value < -half || value >= half) throw new WireError('too_large', 'a number does not fit its field')
  return value
}
