import type { Traits } from './found.js'

/** What a character is: the place where it is counted; 0 for the rest. */
const word = 1
const digit = 2
const marks = '@.:$=\\'
const firstMark = 3
const beyond = firstMark + marks.length

const kinds = new Uint8Array(128)
for (const char of 'abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_-+/') kinds[char.charCodeAt(0)] = word
for (const char of '0123456789') kinds[char.charCodeAt(0)] = digit
for (let i = 0; i < marks.length; i++) kinds[marks.charCodeAt(i)] = firstMark + i

/** One for all calls: a cell is looked at before the next one is. */
const counts = new Uint32Array(beyond + 1)

/** Counts in one pass. */
export function traitsOf(source: Uint8Array, start: number, end: number): Traits {
  counts.fill(0)
  let longest = 0
  let run = 0
  for (let i = start; i < end; i++) {
    const code = source[i]!
    const kind = code < 128 ? kinds[code]! : beyond
    counts[kind]!++
    if (kind === word || kind === digit) run++
    else {
      if (run > longest) longest = run
      run = 0
    }
  }
  return told(end - start, Math.max(run, longest))
}

/** As `traitsOf`, of a string. */
export function traitsOfText(text: string): Traits {
  counts.fill(0)
  let longest = 0
  let run = 0
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i)
    const kind = code < 128 ? kinds[code]! : beyond
    counts[kind]!++
    if (kind === word || kind === digit) run++
    else {
      if (run > longest) longest = run
      run = 0
    }
  }
  return told(text.length, Math.max(run, longest))
}

function told(length: number, run: number): Traits {
  const mark = (at: number) => counts[firstMark + at]!
  return {
    length,
    run,
    digits: counts[digit]!,
    ats: mark(0),
    dots: mark(1),
    colons: mark(2),
    dollars: mark(3),
    equals: mark(4),
    backslashes: mark(5),
  }
}
