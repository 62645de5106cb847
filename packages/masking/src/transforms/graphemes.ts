/**
 * Where the first or last characters of a value end or begin, as a reader counts them (UAX 29), when the value has at least
 * three times as many; -1 when it has fewer, is longer than we look, or is no UTF-8.
 */

/** Bytes. What is longer is prose, of which nothing is kept. */
const mostBytes = 4096

export function endOfFirst(source: Uint8Array, start: number, end: number, count: number): number {
  if (end - start > mostBytes || end - start < 3 * count) return -1
  if (isPlain(source, start, end)) return start + count
  const segments = segmentsOf(source, start, end)
  return segments && segments.length >= 3 * count ? start + bytesOf(segments.slice(0, count)) : -1
}

export function startOfLast(source: Uint8Array, start: number, end: number, count: number): number {
  if (end - start > mostBytes || end - start < 3 * count) return -1
  if (isPlain(source, start, end)) return end - count
  const segments = segmentsOf(source, start, end)
  return segments && segments.length >= 3 * count ? end - bytesOf(segments.slice(-count)) : -1
}

/** One character per byte: ASCII without carriage returns, which make one character with what follows them. */
function isPlain(source: Uint8Array, start: number, end: number): boolean {
  for (let i = start; i < end; i++) if (source[i]! >= 0x80 || source[i] === 0x0d) return false
  return true
}

const segmenter = new Intl.Segmenter('und', { granularity: 'grapheme' })
const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })
const encoder = new TextEncoder()

function segmentsOf(source: Uint8Array, start: number, end: number): readonly string[] | undefined {
  const text = decodeText(source, start, end)
  return text === undefined ? undefined : Array.from(segmenter.segment(text), ({ segment }) => segment)
}

/** Undefined for bytes that are no UTF-8. */
export function decodeText(source: Uint8Array, start: number, end: number): string | undefined {
  try {
    return decoder.decode(source.subarray(start, end))
  } catch {
    return undefined
  }
}

function bytesOf(segments: readonly string[]): number {
  return encoder.encode(segments.join('')).length
}
