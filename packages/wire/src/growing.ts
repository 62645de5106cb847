import { WireError } from './error.js'

/**
 * Memory for bytes that are written one after another and handed on together: what many small messages become, with
 * nothing allocated for each. A caller reserves, writes at `at` into `bytes` and moves `at` on by itself; `bytes` is
 * another array after every `reserve`, and must not be kept over one. What `take` answered is never written again.
 */
export interface Growing {
  bytes: Uint8Array
  at: number
  /** `at` must not go beyond: whoever writes something that has a limit of its own sets it before. */
  limit: number
}

const nothing = new Uint8Array(0)

export function createGrowing(): Growing {
  return { bytes: nothing, at: 0, limit: 0x7fffffff }
}

/** Makes sure that `count` bytes can be written at `at`. @throws {WireError} `too_large` beyond the limit. */
export function reserve(growing: Growing, count: number): void {
  if (growing.at + count > growing.bytes.length || growing.at + count > growing.limit) grow(growing, count)
}

function grow(growing: Growing, count: number): void {
  const { bytes, at, limit } = growing
  if (count > limit - at) throw new WireError('too_large', 'what must be written is larger than it may be')
  if (at + count <= bytes.length) return
  const grown = new Uint8Array(Math.max(at + count, at * 2))
  grown.set(bytes.subarray(0, at))
  growing.bytes = grown
}

/** What was written; the next bytes go into memory of their own. */
export function take(growing: Growing): Uint8Array {
  const { bytes, at } = growing
  growing.bytes = nothing
  growing.at = 0
  return at === bytes.length ? bytes : bytes.subarray(0, at)
}

/** Unchecked: for room that was reserved. */
export function putInt32(bytes: Uint8Array, at: number, value: number): void {
  bytes[at] = value >>> 24
  bytes[at + 1] = value >>> 16
  bytes[at + 2] = value >>> 8
  bytes[at + 3] = value
}
