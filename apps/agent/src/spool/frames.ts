import { crc32 } from 'node:zlib'

/**
 * How a segment file holds its records. A frame is
 *
 *     length   u32, big-endian: bytes of payload, 1 or more
 *     checksum u32, big-endian: CRC-32 over the length field and the payload
 *     payload
 *
 * The checksum finds a torn write, not a forger: that is what the chain is for.
 */
const overhead = 8

/** Larger than any record and than the header of a segment with thousands of open sessions. */
const maxPayload = 64 * 1024 * 1024

export function frameSize(payload: number): number {
  return overhead + payload
}

/** The payload in its frame, as the parts that are written one after the other. */
export function frame(payload: Uint8Array): readonly [Uint8Array, Uint8Array] {
  if (payload.length === 0 || payload.length > maxPayload) throw new RangeError('a frame holds between 1 byte and 64 MiB')
  const head = Buffer.allocUnsafe(overhead)
  head.writeUInt32BE(payload.length, 0)
  head.writeUInt32BE(crc32(payload, crc32(head.subarray(0, 4))), 4)
  return [head, payload]
}

export type Scanned =
  | { readonly found: 'payload'; readonly payload: Uint8Array; readonly next: number }
  /** The bytes end inside this frame; `needed` counts from `offset`. */
  | { readonly found: 'part'; readonly needed: number }
  | { readonly found: 'damage' }

/** The frame at `offset`. The payload is a view of `bytes`. */
export function scan(bytes: Uint8Array, offset: number): Scanned {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  if (bytes.length - offset < overhead) return { found: 'part', needed: overhead }
  const length = view.getUint32(offset)
  if (length === 0 || length > maxPayload) return { found: 'damage' }
  const next = offset + overhead + length
  if (next > bytes.length) return { found: 'part', needed: overhead + length }
  const payload = bytes.subarray(offset + overhead, next)
  const checksum = crc32(payload, crc32(bytes.subarray(offset, offset + 4)))
  return checksum === view.getUint32(offset + 4) ? { found: 'payload', payload, next } : { found: 'damage' }
}
