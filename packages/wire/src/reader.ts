import { WireError } from './error.js'

/**
 * Bounds-checked reading: every function throws `WireError` instead of reading past the end, and moves the reader on.
 * What it answers are views of the same memory. A caller must call `readEnd` after the last field: bytes that nobody
 * asked for are a malformed message, not padding. All numbers are big-endian and signed, as network protocols send them.
 */
export interface Reader {
  readonly bytes: Uint8Array
  at: number
  readonly end: number
}

export function createReader(bytes: Uint8Array, at = 0, end = bytes.length): Reader {
  return { bytes, at, end }
}

function advance(reader: Reader, count: number): number {
  const { at } = reader
  if (count < 0 || count > reader.end - at) throw new WireError('malformed', 'the message ends too early')
  reader.at = at + count
  return at
}

export function readInt8(reader: Reader): number {
  const at = advance(reader, 1)
  return (reader.bytes[at]! << 24) >> 24
}

export function readUint8(reader: Reader): number {
  return reader.bytes[advance(reader, 1)]!
}

export function readInt16(reader: Reader): number {
  const at = advance(reader, 2)
  const { bytes } = reader
  return (((bytes[at]! << 8) | bytes[at + 1]!) << 16) >> 16
}

export function readUint16(reader: Reader): number {
  return readInt16(reader) & 0xffff
}

export function readInt32(reader: Reader): number {
  return int32At(reader.bytes, advance(reader, 4))
}

/** A view of the next `count` bytes; a negative count is malformed. */
export function readBytes(reader: Reader, count: number): Uint8Array {
  const at = advance(reader, count)
  return reader.bytes.subarray(at, at + count)
}

/** A view of the bytes before the next NUL, which is taken too; without one the message is malformed. */
export function readCString(reader: Reader): Uint8Array {
  const { at, bytes, end } = reader
  const nul = bytes.indexOf(0, at)
  if (nul < 0 || nul >= end) throw new WireError('malformed', 'a string has no end')
  reader.at = nul + 1
  return bytes.subarray(at, nul)
}

/** Everything that is left, possibly nothing. */
export function readRest(reader: Reader): Uint8Array {
  return readBytes(reader, reader.end - reader.at)
}

export function readEnd(reader: Reader): void {
  if (reader.at !== reader.end) throw new WireError('malformed', 'the message has bytes after its end')
}

/** Unchecked: for headers whose presence the caller has established. */
export function int32At(bytes: Uint8Array, at: number): number {
  return (bytes[at]! << 24) | (bytes[at + 1]! << 16) | (bytes[at + 2]! << 8) | bytes[at + 3]!
}
