import { codeAt, isAlnum, isDigit } from './context.js'
import type { Detector, Report } from './found.js'
import { pattern } from './pattern.js'
import { type Alphabet, type Vendor, vendors } from './vendors.js'

/** Those that no token of letters begins: what they have in them, and all of it. Every repetition has an end. */
const shapes: readonly { readonly holds: string; readonly whole: RegExp }[] = [
  { holds: ':AA', whole: pattern(String.raw`[0-9]{8,10}:AA[A-Za-z0-9_-]{32,33}`, 'g') }, // Telegram
  { holds: '-us', whole: pattern(String.raw`[0-9a-f]{32}-us[0-9]{1,2}`, 'g') }, // Mailchimp
  { holds: '.atlasv1.', whole: pattern(String.raw`[A-Za-z0-9]{14}\.atlasv1\.[A-Za-z0-9_=-]{60,70}`, 'g') }, // Terraform Cloud
  { holds: 'hooks.slack.com/', whole: pattern(String.raw`hooks\.slack\.com/(?:services|workflows)/[A-Za-z0-9/_-]{20,120}`, 'g') },
  { holds: 'discord', whole: pattern(String.raw`discord(?:app)?\.com/api/webhooks/[0-9]{15,22}/[A-Za-z0-9_-]{40,90}`, 'g') },
  { holds: 'Q~', whole: pattern(String.raw`[A-Za-z0-9_~.]{3}[0-9]Q~[A-Za-z0-9_~.-]{31,34}`, 'g') }, // Azure
  { holds: 'AccountKey=', whole: pattern(String.raw`AccountKey=[A-Za-z0-9+/]{86}==`, 'g') }, // Azure storage
  { holds: 'SharedAccessKey=', whole: pattern(String.raw`SharedAccessKey=[A-Za-z0-9+/]{43}=`, 'g') }, // Azure bus
  { holds: 'sig=', whole: pattern(String.raw`[?&]sig=[A-Za-z0-9%]{43,63}%3[dD]`, 'g') }, // Azure signed address
]

/** Discord: a number in base64, a moment, a signature. */
const discord = pattern(String.raw`[MNO][A-Za-z0-9_-]{23,27}\.[A-Za-z0-9_-]{6}\.[A-Za-z0-9_-]{27,40}`, 'g')

const shortest = 16

const byStart = new Map<string, Vendor[]>()
for (const vendor of vendors) byStart.set(vendor.prefix.slice(0, 2), [...(byStart.get(vendor.prefix.slice(0, 2)) ?? []), vendor])

export const apiKey: Detector = {
  name: 'api_key',
  possible: ({ run }) => run >= shortest,
  find({ text }, report) {
    for (let at = 0; at + shortest < text.length; at++) {
      if (isToken(codeAt(text, at - 1)) || !isAlnum(text.charCodeAt(at))) continue
      const end = tokenEnd(text, at)
      if (end > at) {
        report(at, end, 0.97)
        at = end - 1
      }
    }
    for (const { holds, whole } of shapes) if (text.includes(holds)) every(whole, text, report)
    if (text.includes('.')) every(discord, text, report)
  },
}

function every(whole: RegExp, text: string, report: Report): void {
  for (const match of text.matchAll(whole)) {
    const end = match.index + match[0].length
    if (!isAlnum(codeAt(text, match.index - 1)) && !isAlnum(codeAt(text, end))) report(match.index, end, 0.95)
  }
}

/** End of the longest token that begins here, or `at`. */
function tokenEnd(text: string, at: number): number {
  let best = at
  for (const { prefix, alphabet, least, most } of byStart.get(text.slice(at, at + 2)) ?? []) {
    if (!text.startsWith(prefix, at)) continue
    const from = at + prefix.length
    const end = bodyEnd(text, from, { alphabet, most })
    // A name in small letters only is no secret, however long.
    if (end - from >= least && !isAlnum(codeAt(text, end)) && isRandom(text, from, end)) best = Math.max(best, end)
  }
  return best
}

function bodyEnd(text: string, from: number, { alphabet, most }: { readonly alphabet: Alphabet; readonly most: number }): number {
  const member = alphabets[alphabet]
  let end = from
  while (end - from < most && member(codeAt(text, end))) end++
  // A sentence's stop, and a hyphen before what follows, are not part of it.
  while (end > from && (text.charCodeAt(end - 1) === 46 || text.charCodeAt(end - 1) === 45)) end--
  return end
}

const isLetter = (code: number): boolean => (code | 32) >= 97 && (code | 32) <= 122
const isPlain = (code: number): boolean => isLetter(code) || isDigit(code)
const isToken = (code: number): boolean => isPlain(code) || code === 95

const alphabets: Readonly<Record<Alphabet, (code: number) => boolean>> = {
  hex: (code) => isDigit(code) || ((code | 32) >= 97 && (code | 32) <= 102),
  alnum: isPlain,
  word: isToken,
  url: (code) => isToken(code) || code === 45,
  parts: (code) => isToken(code) || code === 45 || code === 46,
  base64: (code) => isToken(code) || code === 45 || code === 43 || code === 47 || code === 61,
}

/** A digit among the letters, or letters of both cases: what chance makes and names do not. */
function isRandom(text: string, from: number, to: number): boolean {
  let digits = 0
  let small = 0
  let large = 0
  for (let i = from; i < to; i++) {
    const code = text.charCodeAt(i)
    if (isDigit(code)) digits++
    else if (code >= 97 && code <= 122) small++
    else if (code >= 65 && code <= 90) large++
  }
  return (digits > 0 && small + large > 0) || (small > 3 && large > 3)
}
