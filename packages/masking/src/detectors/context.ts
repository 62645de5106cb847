import { pattern as patternOf } from './pattern.js'

/** What stands around a candidate: words that say what it is. A caller gives each list of words once, at start-up. */
export interface Words {
  /** One of them is within reach before or after the range. */
  near(text: string, start: number, end: number, reach?: Reach): boolean
  /** In a text of bounded length, such as a name. */
  readonly pattern: RegExp
}

export interface Reach {
  /** Characters before and after a candidate in which a word counts: 64 and 32 unless told. */
  readonly before?: number
  readonly after?: number
  /** A word counts only for the first number after it. */
  readonly next?: boolean
}

const usualBefore = 64
const usualAfter = 32

/**
 * `said`: words, `|` between them. A word counts at its beginning, as `card` in `card_number`, `cardNo` and `creditCard`. No repetition anywhere in the
 * pattern: linear.
 */
export function words(said: string): Words {
  const list = said.split('|')
  const first = (word: string) => word[0]!.toUpperCase() + word.slice(1)
  const small = list.join('|')
  const capital = list.map(first).join('|')
  const large = list.map((word) => word.toUpperCase()).join('|')
  const pattern = patternOf(`(?:^|[^A-Za-z])(?:${small})|${capital}|(?:^|[^A-Z])(?:${large})`)
  return {
    pattern,
    near(text, start, end, { before = usualBefore, after = usualAfter, next = false } = {}) {
      let from = Math.max(0, start - before)
      for (let i = start - 1; next && i > from; i--) if (isDigit(text.charCodeAt(i))) from = i
      const left = text.slice(from, start)
      return pattern.test(left) || pattern.test(text.slice(end, end + after))
    },
  }
}

/** Code of a character, or 0 beyond the ends. */
export const codeAt = (text: string, at: number): number => (at >= 0 && at < text.length ? text.charCodeAt(at) : 0)

export const isDigit = (code: number): boolean => code >= 48 && code <= 57

/** A letter, a digit, or anything beyond ASCII: what a token goes on with. */
export const isAlnum = (code: number): boolean =>
  (code >= 97 && code <= 122) || (code >= 48 && code <= 57) || (code >= 65 && code <= 90) || code >= 128

/** Nothing else stands in the value, or in the quotes around the range. */
export function alone(text: string, start: number, end: number): boolean {
  let from = start - 1
  let to = end
  while (isSpace(codeAt(text, from))) from--
  while (isSpace(codeAt(text, to))) to++
  const left = codeAt(text, from)
  const right = codeAt(text, to)
  return (left === 0 && right === 0) || ((left === 34 || left === 39) && right === left)
}

const isSpace = (code: number): boolean => code === 32 || (code >= 9 && code <= 13)
