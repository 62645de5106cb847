import { type Alphabet, alphabets, isToken } from './alphabets.js'
import { codeAt, isAlnum, isDigit } from './context.js'
import type { Detector } from './found.js'
import { pattern } from './pattern.js'
import { findShape, type Shape } from './shape.js'
import { type Vendor, vendors } from './vendors.js'

/** Those that no letters of their own begin, by what they have in them. */
const shapes: readonly Shape[] = [
  // Telegram
  { mark: ':AA', lead: { alphabet: 'digits', least: 8, most: 10 }, tail: pattern('^[A-Za-z0-9_-]+'), least: 35, most: 36 },
  // Mailchimp
  { mark: '-us', lead: { alphabet: 'hex', least: 32, most: 32 }, tail: pattern('^[0-9]+'), least: 4, most: 5 },
  // Terraform Cloud
  {
    mark: '.atlasv1.',
    lead: { alphabet: 'alnum', least: 14, most: 14 },
    tail: pattern(String.raw`^[A-Za-z0-9_=-]+`),
    least: 69,
    most: 79,
  },
  // Discord: a number in base64, a moment, a signature
  {
    mark: '.',
    lead: { alphabet: 'url', least: 24, most: 28 },
    tail: pattern(String.raw`^[A-Za-z0-9_-]{6}\.[A-Za-z0-9_-]+`),
    least: 35,
    most: 48,
  },
  { mark: 'discord.com/api/webhooks/', tail: pattern(String.raw`^[0-9]+/[A-Za-z0-9_-]+`), least: 80, most: 150 },
  // Slack
  { mark: 'hooks.slack.com/', tail: pattern(String.raw`^(?:services|workflows)/[A-Za-z0-9/_-]+`), least: 45, most: 160 },
  // Azure: client secrets, storage, buses, signed addresses
  { mark: 'Q~', lead: { alphabet: 'azure', least: 4, most: 4 }, tail: pattern('^[A-Za-z0-9_~.-]+'), least: 33, most: 36 },
  { mark: 'AccountKey=', tail: pattern('^[A-Za-z0-9+/]+={0,2}'), least: 99, most: 99 },
  { mark: 'SharedAccessKey=', tail: pattern('^[A-Za-z0-9+/]+={0,2}'), least: 60, most: 60 },
  { mark: 'sig=', tail: pattern('^[A-Za-z0-9%]+'), least: 47, most: 80 },
]

const shortest = 16

const byStart = new Map<string, Vendor[]>()
for (const vendor of vendors) byStart.set(vendor.prefix.slice(0, 2), [...(byStart.get(vendor.prefix.slice(0, 2)) ?? []), vendor])

/** Whether any token begins with these two characters. */
const starts = new Uint8Array(128 * 128)
for (const { prefix } of vendors) starts[prefix.charCodeAt(0) * 128 + prefix.charCodeAt(1)] = 1

function mayStart(text: string, at: number): boolean {
  const second = text.charCodeAt(at + 1)
  return second < 128 && starts[text.charCodeAt(at) * 128 + second] === 1
}

export const apiKey: Detector = {
  name: 'api_key',
  possible: ({ run }) => run >= shortest,
  find({ text }, report) {
    for (let at = 0; at + shortest < text.length; at++) {
      if (!mayStart(text, at) || isToken(codeAt(text, at - 1))) continue
      const end = tokenEnd(text, at)
      if (end > at) {
        report(at, end, 0.97)
        at = end - 1
      }
    }
    for (const shape of shapes) findShape(text, shape, report)
  },
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
