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

/** Writes the payload in its frame at `offset`, where there must be room for it; answers where the frame ends. */
export function writeFrame(target: Buffer, offset: number, payload: Uint8Array): number {
  if (payload.length === 0 || payload.length > maxPayload) throw new RangeError('a frame holds between 1 byte and 64 MiB')
  const end = offset + overhead + payload.length
  target.set(payload, offset + overhead)
  // The length stands where the checksum will, so that both are summed up in one piece.
  target.writeUInt32BE(payload.length, offset + 4)
  const checksum = crc32(target.subarray(offset + 4, end))
  target.writeUInt32BE(payload.length, offset)
  target.writeUInt32BE(checksum, offset + 4)
  return end
}

export type Scanned =
  | { readonly found: 'payload'; readonly payload: Uint8Array; readonly next: number }
  /** The bytes end inside this frame; `needed` counts from `offset`. */
  | { readonly found: 'part'; readonly needed: number }
  | { readonly found: 'damage' }

/** The frame at `offset`. The payload is a view of `bytes`. */
export function scan(bytes: Uint8Array, offset: number): Scanned {
  if (bytes.length - offset < overhead) return { found: 'part', needed: overhead }
  const length = uint32At(bytes, offset)
  if (length === 0 || length > maxPayload) return { found: 'damage' }
  const next = offset + overhead + length
  if (next > bytes.length) return { found: 'part', needed: overhead + length }
  const payload = bytes.subarray(offset + overhead, next)
  const checksum = crc32(payload, crc32(bytes.subarray(offset, offset + 4)))
  return checksum === uint32At(bytes, offset + 4) ? { found: 'payload', payload, next } : { found: 'damage' }
}

function uint32At(bytes: Uint8Array, at: number): number {
  return ((bytes[at]! << 24) | (bytes[at + 1]! << 16) | (bytes[at + 2]! << 8) | bytes[at + 3]!) >>> 0
}

/** The payloads of whole frames that are known to be good. Views of `bytes`. */
export function payloads(bytes: Uint8Array): readonly Uint8Array[] {
  const found: Uint8Array[] = []
  for (let at = 0; at < bytes.length;) {
    const end = at + overhead + uint32At(bytes, at)
    found.push(bytes.subarray(at + overhead, end))
    at = end
  }
  return found
}
