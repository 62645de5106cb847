import { int32At } from '@sallyport/wire'

/**
 * Looks through what a client sent ahead, read or not, for the Terminate that it says goodbye with: whoever goes waits for
 * no approval. It begins between two messages, keeps none of the bytes, and believes nothing behind a length that cannot be.
 */
export function createGoodbye(): (chunk: Uint8Array) => boolean {
  /** Message type and length: 'X' · int32 4 */
  const header = new Uint8Array(5)
  let have = 0
  /** Of the present message's body. */
  let left = 0
  let said = false

  return (chunk) => {
    for (let at = 0; at < chunk.length && !said;) {
      const skipped = Math.min(left, chunk.length - at)
      left -= skipped
      at += skipped
      while (have < header.length && at < chunk.length && left === 0) header[have++] = chunk[at++]!
      if (have < header.length) continue
      const length = int32At(header, 1)
      said = header[0] === 0x58
      left = length < 4 ? Infinity : length - 4
      have = 0
    }
    return said
  }
}
