import { codeAt } from './context.js'
import type { Detector, Report } from './found.js'
import { pattern } from './pattern.js'
import { isPlaceholder, valueAt } from './secrets.js'

const longest = 2048
const longestScheme = 24

/** `Password=...` as ADO.NET, ODBC and libpq write it; the name of a host or server stands beside it. */
const assigned = pattern('(?:password|pwd)[ ]{0,2}=[ ]{0,2}', 'gi')
const server = pattern(
  String.raw`(?:server|data source|host|hostaddr|address|addr|endpoint|uid|user id|user|dbname|database|initial catalog)[ ]{0,2}=`,
  'i',
)
const near = 300

export const connectionString: Detector = {
  name: 'connection_string',
  possible: ({ ats, colons, equals }) => (ats > 0 && colons >= 2) || equals >= 2,
  find({ text }, report) {
    addresses(text, report)
    for (const { 0: all, index } of text.matchAll(assigned)) {
      const { start, end } = valueAt(text, index + all.length)
      const around = `${text.slice(Math.max(0, index - near), index)} ${text.slice(end, end + near)}`
      if (!isPlaceholder(text.slice(start, end)) && server.test(around)) report(start, end, 0.9)
    }
  },
}

/** RFC 3986 3.2.1: `scheme://user:password@host`; all of it up to where the address ends. */
function addresses(text: string, report: Report): void {
  for (let at = text.indexOf('://'); at >= 0; at = text.indexOf('://', at + 3)) {
    const start = schemeStart(text, at)
    const authority = at + 3
    const slash = stop(text, authority, authorityEnds)
    const sign = text.lastIndexOf('@', slash - 1)
    const colon = text.indexOf(':', authority)
    if (start === at || sign <= authority || colon < 0 || colon >= sign) continue
    if (isPlaceholder(text.slice(colon + 1, sign))) continue
    report(start, stop(text, slash, addressEnds), 0.97)
  }
}

const isScheme = (code: number): boolean =>
  ((code | 32) >= 97 && (code | 32) <= 122) || (code >= 48 && code <= 57) || code === 43 || code === 45 || code === 46

function schemeStart(text: string, colon: number): number {
  let start = colon
  while (colon - start < longestScheme && isScheme(codeAt(text, start - 1))) start--
  return start
}

/** White space, quotes, angle brackets and back-ticks end an address; a slash, `?` and `#` end its authority. */
const addressEnds = new Set([32, 9, 13, 10, 34, 39, 60, 62, 96])
const authorityEnds = new Set([...addressEnds, 47, 63, 35])

function stop(text: string, from: number, ends: ReadonlySet<number>): number {
  let end = from
  while (end < text.length && end - from < longest && !ends.has(text.charCodeAt(end))) end++
  return end
}
