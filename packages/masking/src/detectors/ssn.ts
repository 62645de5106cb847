import { alone, codeAt, isAlnum, isDigit, words } from './context.js'
import { digitRuns } from './digits.js'
import type { Detector, View } from './found.js'

const around = words(
  'ssn',
  'social security',
  'social_security',
  'socialsecurity',
  'soc sec',
  'ss#',
  'ss #',
  'taxpayer',
  'tax id',
  'tax_id',
  'taxid',
)

/** Numbers that were printed as examples and belong to nobody (Social Security Administration). */
const examples = new Set(['078051120', '219099999'])

export const ssn: Detector = {
  name: 'ssn',
  possible: ({ digits }) => digits >= 9,
  find(view, report) {
    const { text } = view
    for (const { groups, separators } of digitRuns(text)) {
      for (let i = 0; i < groups.length; i++) {
        const { start } = groups[i]!
        const whole = groups[i]!.end - start === 9
        if (!whole && !(i + 2 < groups.length && shaped(groups, i) && separators[i] === separators[i + 1])) continue
        const { end } = groups[whole ? i : i + 2]!
        const bare = whole || separators[i] !== '-'
        if (i > 0 || groups.length > i + (whole ? 1 : 3)) {
          // A part of a longer row of groups: only a word for it makes it one.
          if (!told(view, start, end) || separators[i - 1] === '-' || separators[whole ? i : i + 2] === '-') continue
        }
        if (
          assigned(
            groups
              .slice(i, whole ? i + 1 : i + 3)
              .map((group) => text.slice(group.start, group.end))
              .join(''),
          ) &&
          stands(view, start, end, bare, whole)
        )
          report(start, end, bare ? 0.8 : 0.9)
      }
    }
  },
}

const shaped = (groups: readonly { readonly start: number; readonly end: number }[], i: number): boolean =>
  [3, 2, 4].every((size, j) => groups[i + j]!.end - groups[i + j]!.start === size)

const told = (view: View, start: number, end: number): boolean => view.expected || around.near(view.text, start, end)

/** No area 000, 666 or from 900, no group 00, no serial number 0000. */
function assigned(digits: string): boolean {
  const area = digits.slice(0, 3)
  if (area === '000' || area === '666' || area[0] === '9') return false
  return digits.slice(3, 5) !== '00' && digits.slice(5) !== '0000' && !examples.has(digits)
}

/** With hyphens the form is enough; with spaces it must be all there is; nine digits need a word for it. */
function stands(view: View, start: number, end: number, bare: boolean, whole: boolean): boolean {
  const { text } = view
  if (goesOn(text, start, end)) return false
  if (!bare || told(view, start, end)) return true
  return !whole && alone(text, start, end)
}

function goesOn(text: string, start: number, end: number): boolean {
  const left = codeAt(text, start - 1)
  const right = codeAt(text, end)
  const joins = (code: number) => code === 45 || code === 46 || code === 95 || code === 47 || code === 43
  if (isAlnum(left) || isAlnum(right) || left === 43) return true
  return (joins(left) && isAlnum(codeAt(text, start - 2))) || (joins(right) && isDigit(codeAt(text, end + 1)))
}
