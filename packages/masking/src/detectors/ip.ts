import { isHex } from './alphabets.js'
import { codeAt, isAlnum } from './context.js'
import type { Detector } from './found.js'
import { pattern } from './pattern.js'

/** What stands right before a version, or before the rest of a telephone number. */
const other = pattern(String.raw`(?:version|release|build|firmware|assembly|Version|VERSION|\bver)[ .:="']{0,3}$|\+[0-9]{1,3} ?$`)
const reach = 16

export const ip: Detector = {
  name: 'ip',
  possible: ({ dots, colons, digits }) => (dots >= 3 && digits >= 4) || colons >= 2,
  find({ text, digits }, report) {
    const look = (at: number): number => {
      const end = partsEnd(text, at)
      const found = end - at > shortest && !isAlnum(codeAt(text, at - 1)) ? address(text, at, end) : at
      if (found > at) report(at, found, 0.9)
      return end
    }
    for (let i = 0, from = 0; i < digits.count; i++) {
      if (digits.at[i]! >= from) from = look(digits.at[i]!)
    }
    for (let colon = text.indexOf(':'), from = 0; colon >= 0; colon = text.indexOf(':', Math.max(from, colon + 1))) {
      from = look(partsStart(text, colon, from))
    }
  },
}

function partsStart(text: string, at: number, least: number): number {
  let start = at
  while (start > least && isPart(text.charCodeAt(start - 1))) start--
  return start
}

const shortest = 3
/** Hex digits, dots and colons, the most that an address may have and one more. */
const longest = 46

const isPart = (code: number): boolean => isHex(code) || code === 58 || code === 46

function partsEnd(text: string, from: number): number {
  let end = from
  while (isPart(codeAt(text, end))) end++
  return end
}

/** End of the address that is all of these characters but for a stop or a port after it; `from` for none. */
function address(text: string, from: number, to: number): number {
  if (to - from > longest + 6) return from
  let end = to
  while (end > from && (text.charCodeAt(end - 1) === 46 || (text.charCodeAt(end - 1) === 58 && text.charCodeAt(end - 2) !== 58))) end--
  const written = text.slice(from, end)
  if (!written.includes(':') && !written.includes('.')) return from
  if (isAlnum(codeAt(text, end)) || goesOn(text, end)) return from
  if (!written.includes(':')) return isV4(written) && isAddress(text, from) ? end : from
  const colon = written.indexOf(':')
  const host = written.slice(0, colon)
  if (host.includes('.')) return port.test(written.slice(colon + 1)) && isV4(host) && isAddress(text, from) ? from + colon : from
  return isV6(written) ? end : from
}

function goesOn(text: string, end: number): boolean {
  const right = codeAt(text, end)
  return (right === 45 || right === 95) && isAlnum(codeAt(text, end + 1))
}

const octet = pattern('^(?:0|[1-9][0-9]{0,2})$')
const port = pattern('^[0-9]{1,5}$')
const group = pattern('^[0-9a-fA-F]{1,4}$')
/** Of addresses that are given out: global, unique local, link-local. */
const given = pattern('^(?:[23][0-9a-fA-F]{3}|[fF][cCdD][0-9a-fA-F]{2}|[fF][eE]80)$')

/** Four octets without leading zeros; not the host itself, not "any", not a mask of networks. */
function isV4(written: string): boolean {
  const octets = written.split('.')
  if (octets.length !== 4 || !octets.every((one) => octet.test(one) && Number(one) < 256)) return false
  const first = Number(octets[0])
  return first !== 0 && first !== 127 && first !== 255
}

/** Four numbers with dots are also how versions are written. */
function isAddress(text: string, from: number): boolean {
  const left = codeAt(text, from - 1)
  if (left === 95 || left === 45 || left === 47 || left === 46) {
    if (isAlnum(codeAt(text, from - 2)) || left === 46) return false
  }
  return !other.test(text.slice(Math.max(0, from - reach), from))
}

/** RFC 4291 2.2; not the unspecified address nor the host itself, and not what programs write with two colons. */
function isV6(written: string): boolean {
  const halves = written.split('::')
  if (halves.length > 2) return false
  const groups = halves.flatMap((half) => (half === '' ? [] : half.split(':')))
  const tail = groups.at(-1)
  const embedded = tail !== undefined && tail.includes('.') && isV4(tail) ? 1 : 0
  const count = groups.length + embedded
  if (!groups.every((one, i) => group.test(one) || (embedded === 1 && i === groups.length - 1))) return false
  if (halves.length === 1) return count === 8 && !groups.every((one) => one.length === 2)
  return count < 8 && (groups.length >= 3 || (groups.length > 0 && given.test(groups[0]!)))
}
