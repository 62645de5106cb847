import { codeAt, isAlnum } from './context.js'
import type { Detector } from './found.js'

/** JSON begins with `{`, which in base64url is `e` and one of these, and has a name of at least three letters in it. */
const shortestHeader = 15
const longestHeader = 8192

/** Signed tokens have three parts (RFC 7515), encrypted ones five (RFC 7516). */
const mostParts = 5

export const jwt: Detector = {
  name: 'jwt',
  possible: ({ dots, run }) => dots >= 2 && run >= shortestHeader,
  find({ text }, report) {
    for (let at = text.indexOf('e'); at >= 0; at = text.indexOf('e', at + 1)) {
      if (isPart(codeAt(text, at - 1))) continue
      const header = partEnd(text, at)
      const payload = codeAt(text, header) === dot ? partEnd(text, header + 1) : header
      if (header - at < shortestHeader || header - at > longestHeader || payload <= header || codeAt(text, payload) !== dot) {
        at = header
        continue
      }
      if (!isHeader(text.slice(at, header))) continue
      let end = partEnd(text, payload + 1)
      for (let part = 3; part < mostParts && codeAt(text, end) === dot && isPart(codeAt(text, end + 1)); part++)
        end = partEnd(text, end + 1)
      report(at, end, 0.99)
      at = end
    }
  },
}

const dot = 46
const isPart = (code: number): boolean => isAlnum(code) || code === 45 || code === 95

function partEnd(text: string, from: number): number {
  let end = from
  while (isPart(codeAt(text, end))) end++
  return end
}

/** An object with `alg`, which no token goes without. */
function isHeader(part: string): boolean {
  try {
    const header: unknown = JSON.parse(Buffer.from(part, 'base64url').toString('utf8'))
    return typeof header === 'object' && header !== null && 'alg' in header && typeof header.alg === 'string'
  } catch {
    return false
  }
}
