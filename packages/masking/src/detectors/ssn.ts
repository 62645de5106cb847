import { alone, type Around, codeAt, isAlnum, isDigit, words } from './context.js'
import { type DigitRun, eachRun } from './digits.js'
import type { Detector } from './found.js'

const names = words('ssn|social security|social_security|socialsecurity|soc sec|ss#|ss #|taxpayer|tax id|tax_id|taxid')

/** Numbers that were printed as examples and belong to nobody (Social Security Administration). */
const examples = new Set(['078051120', '219099999'])

export const ssn: Detector = {
  name: 'ssn',
  possible: ({ digits }) => digits >= 9,
  find(view, report) {
    const { text, expected } = view
    const around = names.of(text)
    eachRun(view, 9, (run) => {
      for (let first = 0; first < run.firsts; first++) {
        const number = numberAt(text, run, first)
        if (number && stands({ text, expected, around }, run, number)) report(number.start, number.end, number.form === '-' ? 0.9 : 0.8)
      }
    })
  },
}

interface Context {
  readonly text: string
  readonly expected: boolean
  readonly around: Around
}

interface Numbered {
  readonly first: number
  readonly last: number
  readonly start: number
  readonly end: number
  /** What is between its three parts; empty for nine digits. */
  readonly form: string
}

/** Three groups of three, two and four digits, or one of nine, as they are given out. */
function numberAt(text: string, { groups, separators }: DigitRun, first: number): Numbered | undefined {
  const { start, end } = groups[first]!
  const last = end - start === 9 ? first : first + 2
  if (last >= groups.length) return undefined
  const parts = groups.slice(first, last + 1)
  if (last > first && !parts.every((group, i) => group.end - group.start === sizes[i])) return undefined
  if (last > first && separators[first] !== separators[first + 1]) return undefined
  if (!isAssigned(parts.map((group) => text.slice(group.start, group.end)).join(''))) return undefined
  return { first, last, start, end: groups[last]!.end, form: last > first ? separators[first]! : '' }
}

const sizes = [3, 2, 4]

/** No area 000, 666 or from 900, no group 00, no serial number 0000. */
function isAssigned(digits: string): boolean {
  const area = digits.slice(0, 3)
  if (area === '000' || area === '666' || area[0] === '9') return false
  return digits.slice(3, 5) !== '00' && digits.slice(5) !== '0000' && !examples.has(digits)
}

/** With hyphens the form is enough; with spaces it must be all there is; nine digits need a word for it. */
function stands(
  { text, expected, around }: Context,
  { separators, before }: DigitRun,
  { first, last, start, end, form }: Numbered,
): boolean {
  if ((first === 0 ? before?.separator : separators[first - 1]) === '-' || separators[last] === '-' || goesOn(text, start, end))
    return false
  if (form === '-' || expected || around.near(start, end, { after: 8, next: true })) return true
  return form !== '' && alone(text, start, end)
}

const joins = (code: number): boolean => code === 45 || code === 46 || code === 95 || code === 47

function goesOn(text: string, start: number, end: number): boolean {
  const left = codeAt(text, start - 1)
  const right = codeAt(text, end)
  if (isAlnum(left) || isAlnum(right) || left === 43) return true
  return (joins(left) && isAlnum(codeAt(text, start - 2))) || (joins(right) && isDigit(codeAt(text, end + 1)))
}
