import { entropy } from './entropy.js'
import type { Detector } from './found.js'
import { pattern } from './pattern.js'
import { isPlaceholder, valueAt } from './secrets.js'

/** A name for a secret and what assigns to it: `DB_PASSWORD=`, `"apiKey": "`, `client-secret => `. */
const assignment = pattern(
  String.raw`(password|passwd|passphrase|passwort|pwd|secret|token|api[_-]?key|access[_-]?key|private[_-]?key|auth[_-]?key|signing[_-]?key|encryption[_-]?key)[a-z0-9_-]{0,20}["']?[ \t]{0,4}(?:=>|:=|=|:)[ \t]{0,4}`,
  'gi',
)
const bearer = pattern(String.raw`(?:bearer|basic|apikey|authorization:[ ]{0,2}token)[ ]{1,2}`, 'gi')

const shortestPassword = 6
const shortestKey = 12
const leastEntropy = 3

export const credential: Detector = {
  name: 'credential',
  possible: ({ length, equals, colons, run }) => length >= 12 && (equals + colons > 0 || run >= shortestKey),
  find({ text }, report) {
    let from = 0
    for (const { 0: all, 1: name, index } of text.matchAll(assignment)) {
      if (index < from) continue
      const { start, end, quoted } = valueAt(text, index + all.length)
      const value = text.slice(start, end)
      const tight = quoted || all.endsWith('=') || all.endsWith(':')
      if (!(isPasswordName(name!) ? isPassword(value, tight) : isKey(value))) continue
      report(start, end, 0.85)
      from = end
    }
    for (const { 0: all, index } of text.matchAll(bearer)) {
      const { start, end } = valueAt(text, index + all.length)
      if (isKey(text.slice(start, end))) report(start, end, 0.9)
    }
  },
}

/** Words joined by hyphens and the like, or a word and a stop. */
const compound = pattern("^[A-Za-z]+[-_'!?,:][A-Za-z'_-]*$")
/** Capitals next to each other among small letters, as names seldom have them. */
const shuffled = pattern('[a-z][A-Z]{1,3}[a-z][A-Z]|[A-Z][a-z][A-Z]{2}')
const isPasswordName = (name: string): boolean => (name[0] === 'p' || name[0] === 'P' ? !name.toLowerCase().startsWith('priv') : false)

const digit = pattern('[0-9]')
const letter = pattern('[A-Za-z]')
const symbol = pattern('[^A-Za-z0-9 ]')
const path = pattern(String.raw`^[A-Za-z_$]+[.(\[]`)

/** Also one of letters only, where nothing but it can follow; not a name that a program reads it from. */
function isPassword(value: string, tight: boolean): boolean {
  if (value.length < shortestPassword || isPlaceholder(value) || path.test(value) || value.includes('://')) return false
  const mixed = (digit.test(value) && letter.test(value)) || (symbol.test(value) && letter.test(value) && !compound.test(value))
  return mixed || digit.test(value) || (tight && !value.includes(' ') && value.length <= 64)
}

function isKey(value: string): boolean {
  if (value.length < shortestKey || isPlaceholder(value) || path.test(value) || value.includes(' ') || value.includes('://')) return false
  const mixed = letter.test(value) && (digit.test(value) || (value.length >= 20 && shuffled.test(value)))
  return mixed && entropy(value) >= leastEntropy
}
