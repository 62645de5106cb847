/** Words that say what a number near them is. A caller gives each list once, at start-up. */
export interface Words {
  /** What of them is in one text; looked for once, and only when it is asked for. */
  of(text: string): Around
  /** One of them is in a name or a piece of text. */
  in(text: string): boolean
}

export interface Around {
  /** One of them is within reach before or after the range. */
  near(start: number, end: number, reach?: Reach): boolean
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
 * `said`: words in small letters, `|` between them. Capitals do not matter. A word counts where one begins, as `card` does in
 * `card_number`, `cardNo` and `creditCard`, but not in `discard`.
 */
export function words(said: string): Words {
  const byFirst: (readonly string[] | undefined)[] = []
  for (const word of said.split('|')) byFirst[word.charCodeAt(0)] = [...(byFirst[word.charCodeAt(0)] ?? []), word]

  function within(text: string, from: number, to: number): boolean {
    let before = from > 0 ? text.charCodeAt(from - 1) : 0
    for (let at = from; at < to; at++) {
      const code = text.charCodeAt(at)
      const list = begins(before, code) ? byFirst[code | 32] : undefined
      before = code
      if (list?.some((word) => at + word.length <= to && isSame(text, at, word))) return true
    }
    return false
  }

  return {
    in: (text) => within(text, 0, text.length),
    of(text) {
      let present: boolean | undefined
      return {
        near(start, end, { before = usualBefore, after = usualAfter, next = false } = {}) {
          present ??= within(text, 0, text.length)
          if (!present) return false
          let from = Math.max(0, start - before)
          for (let i = start - 1; next && i > from; i--) if (isDigit(text.charCodeAt(i))) from = i
          return within(text, from, start) || within(text, end, Math.min(text.length, end + after))
        },
      }
    },
  }
}

/** A letter after none, or a capital after a small one. */
function begins(before: number, code: number): boolean {
  return isLetter(code) && (!isLetter(before) || (before >= 97 && code < 97))
}

const isLetter = (code: number): boolean => (code >= 97 && code <= 122) || (code >= 65 && code <= 90)

function isSame(text: string, at: number, word: string): boolean {
  for (let i = 1; i < word.length; i++) {
    const code = text.charCodeAt(at + i)
    if ((isLetter(code) ? code | 32 : code) !== word.charCodeAt(i)) return false
  }
  return true
}

/** Code of a character, or 0 beyond the ends. */
export const codeAt = (text: string, at: number): number => (at >= 0 && at < text.length ? text.charCodeAt(at) : 0)

export const isDigit = (code: number): boolean => code >= 48 && code <= 57

/** A letter or digit of ASCII: what a token goes on with. Anything else, such as a quote of typography, may stand beside one. */
export const isAlnum = (code: number): boolean => (code >= 97 && code <= 122) || (code >= 48 && code <= 57) || (code >= 65 && code <= 90)

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
