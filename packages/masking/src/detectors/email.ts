import { codeAt, isAlnum, isDigit } from './context.js'
import type { Detector } from './found.js'
import { isDomain } from './domains.js'

const dot = 46
/** RFC 5321 4.5.3.1: octets of the part before the sign, and of a domain. */
const longestLocal = 64
const longestDomain = 253

/** What RFC 5322 allows and people use; the rest of its signs separate more often than they belong to an address. */
const isLocal = (code: number): boolean =>
  isAlnum(code) || code === dot || code === 95 || code === 45 || code === 43 || code === 37 || code === 39
const isHost = (code: number): boolean => isAlnum(code) || code === dot || code === 45

export const email: Detector = {
  name: 'email',
  possible: ({ ats, dots }) => ats > 0 && dots > 0,
  find({ text }, report) {
    for (let sign = text.indexOf('@'); sign >= 0; sign = text.indexOf('@', sign + 1)) {
      const start = localStart(text, sign)
      const end = domainEnd(text, sign + 1)
      if (start === sign || end === sign + 1) continue
      const local = text.slice(start, sign)
      if (isDomain(text.slice(sign + 1, end), local) && !isLogin(text, start, end, local)) report(start, end, 0.95)
    }
  },
}

function localStart(text: string, sign: number): number {
  let start = sign
  while (start > 0 && sign - start < longestLocal && isLocal(text.charCodeAt(start - 1))) start--
  // A quote or a sentence's dot before it is not part of it.
  while (start < sign && !isAlnum(text.charCodeAt(start)) && text.charCodeAt(start) !== 95) start++
  return codeAt(text, sign - 1) === dot ? sign : start
}

function domainEnd(text: string, from: number): number {
  let end = from
  while (end < text.length && end - from < longestDomain && isHost(text.charCodeAt(end))) end++
  while (end > from && !isAlnum(text.charCodeAt(end - 1))) end--
  return end
}

/** A login at a host: `git@host:path`, `deploy@host:/path`, and what stands between `//` and a host in an address. */
function isLogin(text: string, start: number, end: number, local: string): boolean {
  if (codeAt(text, end) === 58) {
    const next = codeAt(text, end + 1)
    if (next === 47 || next === 126) return true
    if (local === 'git' || local === 'hg') return true
    if (isDigit(next)) return inAddress(text, start)
  }
  return inAddress(text, start)
}

/** `//` stands before it with no slash, space or quote between. */
function inAddress(text: string, start: number): boolean {
  for (let i = start - 1; i > 0 && i > start - 256; i--) {
    const code = text.charCodeAt(i)
    if (code === 47) return text.charCodeAt(i - 1) === 47
    if (code <= 32 || code === 34 || code === 39 || code === 60) return false
  }
  return false
}
