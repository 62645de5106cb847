import type { Traits } from './found.js'

const other = 0
const word = 1
const digit = 2
const kinds = new Uint8Array(128)
for (const char of 'abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_-+/') kinds[char.charCodeAt(0)] = word
for (const char of '0123456789') kinds[char.charCodeAt(0)] = digit
const counted = '@.:$=\\'
for (let i = 0; i < counted.length; i++) kinds[counted.charCodeAt(i)] = 3 + i

type Mutable = { -readonly [K in keyof Traits]: Traits[K] }
/** One for all calls: a cell is looked at before the next one is. */
const shared: Mutable = blank()

function blank(): Mutable {
  return { length: 0, digits: 0, ats: 0, dots: 0, colons: 0, dollars: 0, run: 0, equals: 0, backslashes: 0, beyond: 0 }
}

/** Counts in one pass. What it answers is written again by the next call. */
export function traitsOf(source: Uint8Array, start: number, end: number): Traits {
  reset(end - start)
  let run = 0
  for (let i = start; i < end; i++) run = count(source[i]!, run)
  return finish(run)
}

/** As `traitsOf`, of a string. */
export function traitsOfText(text: string): Traits {
  reset(text.length)
  let run = 0
  for (let i = 0; i < text.length; i++) run = count(text.charCodeAt(i), run)
  return finish(run)
}

function reset(length: number): void {
  shared.length = length
  shared.digits = shared.ats = shared.dots = shared.colons = shared.dollars = 0
  shared.run = shared.equals = shared.backslashes = shared.beyond = 0
}

function count(code: number, run: number): number {
  if (code >= 128) {
    shared.beyond++
    return ended(run)
  }
  const kind = kinds[code]!
  if (kind === word) return run + 1
  if (kind === digit) {
    shared.digits++
    return run + 1
  }
  if (kind !== other) punctuation(kind)
  return run === 0 ? 0 : ended(run)
}

function punctuation(kind: number): void {
  if (kind === 3) shared.ats++
  else if (kind === 4) shared.dots++
  else if (kind === 5) shared.colons++
  else if (kind === 6) shared.dollars++
  else if (kind === 7) shared.equals++
  else shared.backslashes++
}

function ended(run: number): number {
  if (run > shared.run) shared.run = run
  return 0
}

function finish(run: number): Traits {
  ended(run)
  return shared
}
