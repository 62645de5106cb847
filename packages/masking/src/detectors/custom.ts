import { detectorNames } from '@sallyport/core'
import { RE2JS } from 're2js'
import type { Detector } from './found.js'
import { pattern as checked } from './pattern.js'

/**
 * A pattern of a customer's own. It runs on RE2 alone, which takes time linear in the text whatever the pattern; it never
 * becomes a regular expression of the runtime.
 */
export interface CustomPattern {
  /** As detectors are named: lower-case letters, digits and `_`, at most 63; not the name of one of them. */
  readonly name: string
  /** Syntax of RE2 (https://github.com/google/re2/wiki/Syntax): no look-around, no back-references. At most 500 characters. */
  readonly pattern: string
}

const longest = 500
/** Instructions that a pattern may become: time for a text is in proportion to them. */
const largest = 2000
/** Matches in one text; beyond, the rest of it counts as found. */
const mostMatches = 1000
const word = checked('^[a-z][a-z0-9_]*$')

/** @throws {RangeError} that says what is wrong with it. */
export function compileCustom({ name, pattern }: CustomPattern): Detector {
  if (!word.test(name) || name.length > 63) throw new RangeError('a pattern needs a name of lower-case letters, digits and _')
  if ((detectorNames as readonly string[]).includes(name)) throw new RangeError(`${name} is the name of a detector already`)
  if (pattern.length === 0 || pattern.length > longest) throw new RangeError(`the pattern ${name} must have 1 to ${longest} characters`)
  const compiled = compile(name, pattern)
  if (compiled.test('')) throw new RangeError(`the pattern ${name} matches nothing at all`)
  return {
    name,
    possible: ({ length }) => length > 0,
    find({ text, bytes }, report) {
      const matcher = compiled.matcher(bytes ? Buffer.from(text, 'latin1') : text)
      for (let count = 0; matcher.find(); count++) {
        if (count === mostMatches) return report(matcher.start(), text.length, 0.5)
        if (matcher.end() > matcher.start()) report(matcher.start(), matcher.end(), 0.9)
      }
    },
  }
}

function compile(name: string, pattern: string): RE2JS {
  let compiled: RE2JS
  try {
    compiled = RE2JS.compile(pattern)
  } catch (error) {
    throw new RangeError(`the pattern ${name} is not one of RE2: ${error instanceof Error ? error.message : 'unreadable'}`, {
      cause: error,
    })
  }
  if (compiled.programSize() > largest) throw new RangeError(`the pattern ${name} repeats too much`)
  return compiled
}
