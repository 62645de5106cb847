import { codeAt, isAlnum } from './context.js'
import type { Detector } from './found.js'
import { endAt, pattern } from './pattern.js'

/** RFC 7468 and what OpenSSL, OpenSSH and PGP write. */
const begin = pattern(String.raw`-----BEGIN (?:[A-Z0-9]{1,12} ){0,3}PRIVATE KEY(?: BLOCK)?-----`, 'y')
const end = pattern(String.raw`-----END (?:[A-Z0-9]{1,12} ){0,3}PRIVATE KEY(?: BLOCK)?-----`, 'y')
const opening = '-----BEGIN '
const closing = '-----END '
const putty = 'PuTTY-User-Key-File-'

export const privateKey: Detector = {
  name: 'private_key',
  possible: ({ length, run }) => length >= 20 && run >= 5,
  find({ text }, report) {
    for (let at = text.indexOf(opening); at >= 0; at = text.indexOf(opening, at + 1)) {
      const body = endAt(begin, text, at)
      if (body < 0) continue
      const to = keyEnd(text, body)
      report(at, to, 0.99)
      at = to - 1
    }
    // The end of one whose beginning was cut off.
    const last = text.indexOf(closing)
    const before = last < 0 ? -1 : endAt(end, text, last)
    const first = text.indexOf(opening)
    if (before > 0 && (first < 0 || first > last)) report(0, before, 0.9)
    const file = text.indexOf(putty)
    if (file >= 0 && !isAlnum(codeAt(text, file - 1))) report(file, text.length, 0.99)
  },
}

/** With its last line; a key that was cut off goes on to the end of the value. */
function keyEnd(text: string, from: number): number {
  const at = text.indexOf(closing, from)
  const to = at < 0 ? -1 : endAt(end, text, at)
  return to < 0 ? text.length : to
}
