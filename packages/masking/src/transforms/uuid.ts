import { type Growing, reserve } from '@sallyport/wire'

/** A UUID as text (RFC 9562, 4): its 16 bytes, written over by the next call; undefined for other text. */
export function readUuid(source: Uint8Array, start: number, end: number): Uint8Array | undefined {
  if (end - start !== 36) return undefined
  for (let i = 0, at = start; i < 16; i++) {
    if (dashed(i) && source[at++] !== 0x2d) return undefined
    const high = hexDigit(source[at++]!)
    const low = hexDigit(source[at++]!)
    if (high < 0 || low < 0) return undefined
    uuid[i] = (high << 4) | low
  }
  return uuid
}

const uuid = new Uint8Array(16)

export function writeUuid(bytes: Uint8Array, out: Growing): void {
  reserve(out, 36)
  for (let i = 0; i < 16; i++) {
    if (dashed(i)) out.bytes[out.at++] = 0x2d
    out.bytes[out.at++] = hexLetter(bytes[i]! >> 4)
    out.bytes[out.at++] = hexLetter(bytes[i]! & 15)
  }
}

/** Before bytes 4, 6, 8 and 10. */
const dashed = (index: number) => index === 4 || index === 6 || index === 8 || index === 10

const hexLetter = (value: number) => value + (value < 10 ? 0x30 : 0x57)

function hexDigit(byte: number): number {
  if (byte >= 0x30 && byte <= 0x39) return byte - 0x30
  const letter = byte | 0x20
  return letter >= 0x61 && letter <= 0x66 ? letter - 0x57 : -1
}
