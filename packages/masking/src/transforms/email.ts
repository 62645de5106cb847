import { decodeText } from './graphemes.js'

/**
 * Where the domain of an e-mail address begins (RFC 5321, 4.1.2; RFC 6531 for letters beyond ASCII); -1 for what is not one
 * address and nothing else: quoted local parts and address literals too, for they are not worth the doubt.
 */
export function startOfDomain(source: Uint8Array, start: number, end: number): number {
  if (end - start > mostAddress) return -1
  let at = start
  while (at < end && (places[source[at]!]! & local) !== 0) at++
  if (at === start || at - start > mostLocal || at === end || source[at] !== 0x40) return -1
  return isDomain(source, at + 1, end) ? at + 1 : -1
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
    const byte = i < end ? source[i]! : 0x2e
    if (byte !== 0x2e) {
      if ((places[byte]! & domain) === 0) return false
      if (byte >= 0x80) plain = false
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

const local = 1
const domain = 2

/** What a byte may be part of. Local: RFC 5322, 3.2.3, atext and dots. */
const places = Uint8Array.from({ length: 256 }, (_, byte) => {
  const letter = String.fromCharCode(byte)
  if (byte >= 0x80 || /[A-Za-z0-9.-]/.test(letter)) return local | domain
  return /[!#$%&'*+/=?^_`{|}~]/.test(letter) ? local : 0
})
