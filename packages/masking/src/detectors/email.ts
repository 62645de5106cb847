import { codeAt, isAlnum } from './context.js'
import { isDomain } from './domains.js'
import type { Detector, View } from './found.js'
import { letterAt, letterBefore } from './letters.js'

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
  find(view, report) {
    const { text } = view
    for (let sign = text.indexOf('@'); sign >= 0; sign = text.indexOf('@', sign + 1)) {
      const start = localStart(view, sign)
      const end = domainEnd(view, sign + 1)
      if (start === sign || end === sign + 1) continue
      const local = text.slice(start, sign)
      if (isDomain(text.slice(sign + 1, end), local) && !isLogin(text, start, end, local)) report(start, end, 0.95)
    }
  },
}

/** Letters may be any (RFC 6531); punctuation beyond ASCII ends an address as that of ASCII does. */
function localStart(view: View, sign: number): number {
  const { text } = view
  let start = sign
  while (start > 0 && sign - start < longestLocal) {
    const size = isLocal(text.charCodeAt(start - 1)) ? 1 : letterBefore(view, start)
    if (size === 0) break
    start -= size
  }
  // A quote or a sentence's dot before it is not part of it.
  while (start < sign && isLocal(text.charCodeAt(start)) && !isAlnum(text.charCodeAt(start)) && text.charCodeAt(start) !== 95) start++
  return codeAt(text, sign - 1) === dot ? sign : start
}

function domainEnd(view: View, from: number): number {
  const { text } = view
  let end = from
  while (end < text.length && end - from < longestDomain) {
    const size = isHost(text.charCodeAt(end)) ? 1 : letterAt(view, end)
    if (size === 0) break
    end += size
  }
  while (end > from && (text.charCodeAt(end - 1) === dot || text.charCodeAt(end - 1) === 45)) end--
  return end
}

/** A login at a host: `git@host:path`, `deploy@host:/path`, and what stands between `//` and a host in an address. */
function isLogin(text: string, start: number, end: number, local: string): boolean {
  if (codeAt(text, end) === 58) {
    const next = codeAt(text, end + 1)
    if (next === 47 || next === 126) return true
    if (local === 'git' || local === 'hg') return true
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
