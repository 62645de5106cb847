import { isE164, isNorthAmerican } from './calling-codes.js'
import { alone, type Around, codeAt, isAlnum, isDigit, words } from './context.js'
import type { Detector } from './found.js'
import { pattern } from './pattern.js'

const names = words('phone|tel|mobile|mobil|cell|call|fax|whatsapp|sms|telefon|handy|movil|dial|hotline|msisdn|rufnummer|landline')

const plus = 43
const open = 40

/** A row of digit groups as people write numbers: what is between them is at most three separators. */
interface Written {
  readonly groups: readonly { readonly start: number; readonly end: number }[]
  readonly gaps: readonly string[]
}

const mostGroups = 8
const mostDigits = 15
const fewestDigits = 6

export const phone: Detector = {
  name: 'phone',
  possible: ({ digits }) => digits >= fewestDigits,
  find({ text, expected, digits }, report) {
    const context: Context = { text, expected, around: names.of(text) }
    let from = 0
    for (let i = 0; i < digits.count; i++) {
      const at = digits.at[i]!
      const start = begin(text, at)
      if (at < from || joined(text, start)) continue
      const last = lastGroup(context, start, read(text, at))
      if (!last) continue
      report(start, last.end, codeAt(text, start) === plus ? 0.9 : 0.75)
      from = last.end
    }
  },
}

interface Context {
  readonly text: string
  readonly expected: boolean
  readonly around: Around
}

/** Where the number begins whose first digit is here: `+` and `(` belong to it. */
function begin(text: string, digit: number): number {
  let start = digit
  if (codeAt(text, start - 1) === open) start--
  if (codeAt(text, start - 1) === plus) start--
  return start
}

function read(text: string, from: number): Written {
  const groups: { start: number; end: number }[] = []
  const gaps: string[] = []
  let at = from
  for (;;) {
    const start = at
    while (isDigit(codeAt(text, at))) at++
    groups.push({ start, end: at })
    const gap = at
    while (at - gap < 3 && isGap(codeAt(text, at))) at++
    if (at === gap || groups.length === mostGroups || !isDigit(codeAt(text, at))) return { groups, gaps }
    const between = text.slice(gap, at)
    if (between.length > 1 && !wide.test(between)) return { groups, gaps }
    gaps.push(between)
  }
}

const isGap = (code: number): boolean =>
  code === 32 || code === 45 || code === 46 || code === 40 || code === 41 || code === 47 || code === 0xa0 || code === 0xc2

/** Without a sign, a bracket or a word it must have the American form, or the zeros that go before a country's code. */
function mayBe({ text, expected, around }: Context, start: number, groups: Written['groups']): boolean {
  const first = codeAt(text, start)
  if (expected || first === plus || first === open || text.startsWith('00', start)) return true
  const sizes = groups.map((group) => group.end - group.start)
  const trunk = sizes[0] === 1 ? 1 : 0
  if (sizes[trunk] === 3 && sizes[trunk + 1] === 3 && sizes[trunk + 2] === 4) return true
  return around.near(start, groups.at(-1)!.end)
}

/** The last group of the longest number that begins with the first group. */
function lastGroup(context: Context, start: number, { groups, gaps }: Written): Written['groups'][number] | undefined {
  const { text } = context
  if (!mayBe(context, start, groups)) return undefined
  let size = groups.reduce((sum, group) => sum + group.end - group.start, 0)
  for (let last = groups.length - 1; last >= 0 && size >= fewestDigits; last--) {
    const group = groups[last]!
    if (size <= mostDigits + 2 && !goesOn(text, group.end)) {
      const used = groups.slice(0, last + 1)
      const digits = used.map((one) => text.slice(one.start, one.end)).join('')
      const form = { digits, sizes: used.map((one) => one.end - one.start).join('-'), gaps: gaps.slice(0, last) }
      if (isPhone(context, form, { start, end: group.end })) return group
    }
    size -= group.end - group.start
  }
  return undefined
}

/** More than one separator stands only around brackets, or as a dash between spaces. */
const wide = pattern('[()]|^ [-/] $|^\u00c2')
const single = pattern('^[-. ]$')
const yearFirst = pattern(String.raw`^(?:19|20)[0-9]{2}(?:0[1-9]|1[0-2])(?:[0-2][0-9]|3[01])`)
const yearFirstSizes = pattern('^(?:4-2-2(?:-|$)|8$|12$|14$)')
const yearLast = pattern('(?:19|20)[0-9]{2}$')
const yearLastSizes = pattern('^[12]-[12]-4$')
/** A moment in seconds or milliseconds since 1970. */
const moment = pattern('^1[4-9][0-9]{8}(?:[0-9]{3})?$')

interface Form {
  readonly digits: string
  /** Lengths of the groups, as `3-3-4`. */
  readonly sizes: string
  readonly gaps: readonly string[]
}

function isPhone(context: Context, form: Form, { start, end }: { readonly start: number; readonly end: number }): boolean {
  const { text, expected, around } = context
  const { digits, gaps } = form
  if (codeAt(text, start) === plus) return !isFraction(form) && isE164(withoutTrunk(form)) && digits.length <= mostDigits
  if (new Set(digits).size === 1 || isDate(form)) return false
  if (isNorthAmericanForm(form, codeAt(text, start) === open)) return true
  const told = expected || around.near(start, end, { after: 16 })
  if (gaps.every((gap) => gap === '.') && gaps.length > 0 && gaps.length < 3 && !told) return false
  if (digits.startsWith('00') && (told || (gaps.length > 0 && alone(text, start, end)))) return isE164(withoutTrunk(form).slice(2))
  if (!told) return form.sizes === '3-3-4' && isNorthAmerican(digits) && alone(text, start, end)
  return isNational(form, expected)
}

/** `(0)` in an international number is dialled only at home. */
const withoutTrunk = ({ digits, sizes, gaps }: Form): string => {
  const zero = gaps.findIndex((gap, i) => gap.includes('(') && gaps[i + 1]?.includes(')') && sizes.split('-')[i + 1] === '1')
  if (zero < 0) return digits
  const at = sizes
    .split('-')
    .slice(0, zero + 1)
    .reduce((sum, size) => sum + Number(size), 0)
  return digits[at] === '0' ? digits.slice(0, at) + digits.slice(at + 1) : digits
}

/** `+1.2345678` is a number, and so is a coordinate. */
const isFraction = ({ sizes, gaps }: Form): boolean => gaps.length === 1 && gaps[0] === '.' && Number(sizes.split('-')[1]) > 4

function isNorthAmericanForm({ digits, sizes, gaps }: Form, opened: boolean): boolean {
  const trunk = sizes.startsWith('1-3-3-4') && digits[0] === '1'
  const sound = isNorthAmerican(trunk ? digits.slice(1) : digits)
  if (!sound || (sizes !== '3-3-4' && !trunk)) return false
  const [first, second] = gaps.slice(-2) as [string, string]
  if (opened || gaps[0]!.includes('(')) return first.includes(')') && single.test(second)
  return first === second && (first === '-' || first === '.') && (!trunk || single.test(gaps[0]!))
}

function isDate({ digits, sizes }: Form): boolean {
  return (yearFirst.test(digits) && yearFirstSizes.test(sizes)) || (yearLastSizes.test(sizes) && yearLast.test(digits))
}

/** With a word for it: a national number, its groups as countries like them. */
function isNational({ digits, gaps, sizes }: Form, expected: boolean): boolean {
  if (digits.length < (expected ? 6 : 7) || digits.length > mostDigits) return false
  if (sizes === String(digits.length) && moment.test(digits)) return expected && digits.length === 10
  if (gaps.length === 1 && gaps[0] === '.' && digits[0] !== '0') return false
  if (gaps.every((gap) => gap === '.') && sizes.slice(1).split('-').includes('1')) return false
  return digits[0] === '0' || gaps.length > 0 || digits.length >= 9 || expected
}

function joined(text: string, start: number): boolean {
  const left = codeAt(text, start - 1)
  if (left === 58 && isDigit(codeAt(text, start - 2))) return true
  if (isAlnum(left) || left === 95 || left === plus || left === 36) return true
  const joins = left === 45 || left === 46 || left === 47 || left === 35
  return joins && (codeAt(text, start) !== plus || left !== 47) && (left === 35 || isAlnum(codeAt(text, start - 2)))
}

function goesOn(text: string, end: number): boolean {
  const right = codeAt(text, end)
  if (right === 120 && isDigit(codeAt(text, end + 1))) return false
  if (isAlnum(right) || right === 95 || right === 64 || right === 37) return true
  return (right === 45 || right === 46 || right === 47 || right === 58 || right === 44) && isAlnum(codeAt(text, end + 1))
}
