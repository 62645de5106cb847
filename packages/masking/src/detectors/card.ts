import { isPlain } from './alphabets.js'
import { alone, type Around, codeAt, isAlnum, isDigit, words } from './context.js'
import { type DigitRun, eachRun } from './digits.js'
import type { Detector } from './found.js'

/** Ranges of issuers (ISO/IEC 7812 as the schemes publish them) and how many digits their numbers have. */
const issuers: readonly { readonly from: number; readonly to: number; readonly size: number; readonly lengths: readonly number[] }[] = [
  { from: 4, to: 4, size: 1, lengths: [13, 16, 19] },
  { from: 51, to: 55, size: 2, lengths: [16] },
  { from: 2221, to: 2720, size: 4, lengths: [16] },
  { from: 34, to: 34, size: 2, lengths: [15] },
  { from: 37, to: 37, size: 2, lengths: [15] },
  { from: 6011, to: 6011, size: 4, lengths: [16, 19] },
  { from: 644, to: 659, size: 3, lengths: [16, 19] },
  { from: 300, to: 305, size: 3, lengths: [14, 16, 19] },
  { from: 3095, to: 3095, size: 4, lengths: [14, 16, 19] },
  { from: 36, to: 36, size: 2, lengths: [14, 16, 19] },
  { from: 38, to: 39, size: 2, lengths: [14, 16, 19] },
  { from: 3528, to: 3589, size: 4, lengths: [16, 19] },
  { from: 62, to: 62, size: 2, lengths: [16, 17, 18, 19] },
  { from: 81, to: 82, size: 2, lengths: [16] },
  { from: 508, to: 508, size: 3, lengths: [16] },
  { from: 2200, to: 2205, size: 4, lengths: [16, 19] },
  { from: 5018, to: 5018, size: 4, lengths: [12, 13, 14, 15, 16, 17, 18, 19] },
  { from: 5020, to: 5020, size: 4, lengths: [12, 13, 14, 15, 16, 17, 18, 19] },
  { from: 5038, to: 5038, size: 4, lengths: [12, 13, 14, 15, 16, 17, 18, 19] },
  { from: 5600, to: 5899, size: 4, lengths: [12, 13, 14, 15, 16, 17, 18, 19] },
  { from: 6304, to: 6304, size: 4, lengths: [12, 13, 14, 15, 16, 17, 18, 19] },
  { from: 6759, to: 6763, size: 4, lengths: [12, 13, 14, 15, 16, 17, 18, 19] },
  { from: 9792, to: 9792, size: 4, lengths: [16] },
]

const shortest = 12
const longest = 19

/** Groups as cards print them. */
const printed = new Set(['4-4-4-4', '4-6-5', '4-6-4', '4-4-4-4-3', '4-4-4-4-2', '6-13', '8-8'])

const cards = words(
  'card|visa|mastercard|master card|amex|american express|discover|diners|maestro|jcb|unionpay|credit|debit|creditcard|pan |pan:|pan=|pan"|cc |cc:|cc=|cc_|ccn|cvv|cvc|expir|exp |exp:|exp.|payment|paid|charge|billing|karte|kreditkarte|carte|tarjeta|carta',
)

/** Numbers of as many digits that are no cards. */
const others = words(
  'order|invoice|tracking|serial|ref|id|uuid|ticket no|customer no|transaction|trace|request|job|batch|timestamp|imei|isbn|ean|sku|parcel|shipment',
)

export const card: Detector = {
  name: 'card',
  possible: ({ digits }) => digits >= shortest,
  find(view, report) {
    const { text, expected } = view
    const around: Context = { text, expected, card: cards.of(text), other: others.of(text) }
    eachRun(view, shortest, (run) => {
      for (let first = 0; first < run.firsts; first++) {
        const last = lastGroup(around, run, first)
        if (last < 0) continue
        report(run.groups[first]!.start, run.groups[last]!.end, last === first ? 0.8 : 0.95)
        first = last
      }
    })
  },
}

interface Context {
  readonly text: string
  readonly expected: boolean
  readonly card: Around
  readonly other: Around
}

/** The last group of the longest card number that begins with this one, -1 for none. */
function lastGroup(view: Context, run: DigitRun, first: number): number {
  let digits = ''
  let best = -1
  for (let last = first; last < run.groups.length; last++) {
    const { start, end } = run.groups[last]!
    if (digits.length + end - start > longest) break
    digits += view.text.slice(start, end)
    if (digits.length >= shortest && isCard(digits) && stands(view, run, first, last)) best = last
  }
  return best
}

function stands(view: Context, run: DigitRun, first: number, last: number): boolean {
  const { text, expected } = view
  const start = run.groups[first]!.start
  const end = run.groups[last]!.end
  const told = expected || view.card.near(start, end)
  if (!(told ? apart(text, start, end) : separate(text, start, end))) return false
  if (told) return true
  if (first === last) return isUsual(end - start) && (alone(text, start, end) || isToken(view, start, end))
  const marks = new Set(run.separators.slice(first, last))
  const sizes = run.groups.map((group) => group.end - group.start)
  if (inAccount(text, start)) return false
  if (marks.size !== 1 || !printed.has(sizes.slice(first, last + 1).join('-'))) return false
  const [mark] = marks
  const before = first === 0 ? run.before : { size: sizes[first - 1]!, separator: run.separators[first - 1]! }
  const after = { size: sizes[last + 1] ?? 0, separator: run.separators[last] }
  return !isMore(before, mark) && !isMore(after, mark)
}

/** The rest of an international bank account number: a country and two digits stand before it. */
function inAccount(text: string, start: number): boolean {
  const [first, second, third, fourth] = [5, 4, 3, 2].map((back) => codeAt(text, start - back)) as [number, number, number, number]
  return isPlain(first) && isPlain(second) && !isDigit(first) && !isDigit(second) && isDigit(third) && isDigit(fourth)
}

/** A group of the same number: as large as those of a card, after the same separator. */
function isMore(group: { readonly size: number; readonly separator: string | undefined } | undefined, mark: string | undefined): boolean {
  return group !== undefined && group.separator === mark && group.size >= 3 && group.size <= 6
}

/** Lengths that are not also those of many other numbers. */
const isUsual = (length: number): boolean => (length >= 14 && length <= 16) || length === 19

/** Alone among words, none of which says that it is something else. */
function isToken({ other }: Context, start: number, end: number): boolean {
  return (end - start >= 15 || end - start === 19) && !other.near(start, end, { before: 24, after: 0 })
}

/** No digit, letter or decimal sign goes on at its ends, nor is it a telephone number. */
function apart(text: string, start: number, end: number): boolean {
  const left = codeAt(text, start - 1)
  const right = codeAt(text, end)
  if (isAlnum(left)) return false
  if (isAlnum(right)) return false
  if (left === 43) return false
  if (left === 46 && isAlnum(codeAt(text, start - 2))) return false
  return !(right === 46 && isAlnum(codeAt(text, end + 1)))
}

/** Nor is it a part of a longer code with hyphens, underscores or slashes. */
function separate(text: string, start: number, end: number): boolean {
  const joins = (code: number) => code === 45 || code === 95 || code === 47
  if (!apart(text, start, end)) return false
  if (joins(codeAt(text, start - 1)) && isAlnum(codeAt(text, start - 2))) return false
  return !(joins(codeAt(text, end)) && isAlnum(codeAt(text, end + 1)))
}

function isCard(digits: string): boolean {
  return (
    issuers.some(({ from, to, size, lengths }) => {
      const prefix = Number(digits.slice(0, size))
      return prefix >= from && prefix <= to && lengths.includes(digits.length)
    }) && luhn(digits)
  )
}

/** ISO/IEC 7812-1, annex B. */
function luhn(digits: string): boolean {
  let sum = 0
  for (let i = 0; i < digits.length; i++) {
    const digit = digits.charCodeAt(digits.length - 1 - i) - 48
    const double = digit * 2
    sum += i % 2 === 0 ? digit : double > 9 ? double - 9 : double
  }
  return sum % 10 === 0
}
