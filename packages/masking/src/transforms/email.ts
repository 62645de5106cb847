import { decodeText } from './graphemes.js'

/**
 * Where the domain of an e-mail address begins (RFC 5321, 4.1.2; RFC 6531 for letters beyond ASCII); -1 for what is not one
 * address and nothing else: quoted local parts and address literals too, for they are not worth the doubt.
 */
export function startOfDomain(source: Uint8Array, start: number, end: number): number {
  if (end - start > mostAddress) return -1
  let at = -1
  for (let i = start; i < end; i++) {
    const byte = source[i]!
    if (byte === 0x40) {
      if (at >= 0) return -1
      at = i
    } else if (at < 0 ? !inLocal(byte) : !inDomain(byte)) return -1
  }
  const local = at - start
  return at > 0 && local > 0 && local <= mostLocal && isDomain(source, at + 1, end) ? at + 1 : -1
}

/** RFC 5321, 4.5.3.1. */
const mostLocal = 64
const mostAddress = mostLocal + 1 + 255
const mostLabel = 63

function isDomain(source: Uint8Array, start: number, end: number): boolean {
  let label = start
  let labels = 0
  let plain = true
  for (let i = start; i <= end; i++) {
    if (i < end && source[i] !== 0x2e) {
      if (source[i]! >= 0x80) plain = false
      continue
    }
    if (i === label || i - label > mostLabel || source[label] === 0x2d || source[i - 1] === 0x2d) return false
    labels++
    label = i + 1
  }
  return labels > 1 && (plain || isWords(source, start, end))
}

/** Letters, digits, marks: nothing that a name of a host could not be written with. */
function isWords(source: Uint8Array, start: number, end: number): boolean {
  const text = decodeText(source, start, end)
  return text !== undefined && /^[\p{L}\p{N}\p{M}.-]+$/u.test(text)
}

const isAlphanumeric = (byte: number) => (byte >= 0x61 && byte <= 0x7a) || (byte >= 0x41 && byte <= 0x5a) || (byte >= 0x30 && byte <= 0x39)

const inDomain = (byte: number) => isAlphanumeric(byte) || byte === 0x2d || byte === 0x2e || byte >= 0x80

/** RFC 5322, 3.2.3: atext and dots. */
const symbols = new Set(Array.from(`.!#$%&'*+-/=?^_\`{|}~`, (letter) => letter.charCodeAt(0)))

const inLocal = (byte: number) => isAlphanumeric(byte) || byte >= 0x80 || symbols.has(byte)
