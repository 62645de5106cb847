/**
 * Text on the wire is UTF-8 and nothing else: a decoder that repairs would judge another statement than the server runs.
 * A byte order mark is kept, for the server sees it too.
 */
const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })
const encoder = new TextEncoder()

/** @throws {TypeError} for bytes that are not UTF-8. */
export function decodeText(bytes: Uint8Array): string {
  return decoder.decode(bytes)
}

export function encodeText(text: string): Uint8Array {
  return encoder.encode(text)
}
