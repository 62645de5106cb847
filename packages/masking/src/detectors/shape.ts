import { codeAt, isAlnum } from './context.js'
import { type Alphabet, alphabets } from './alphabets.js'
import type { Report } from './found.js'

/**
 * Something with a mark in it that is searched for; what must stand before the mark and after it is looked at in a window
 * of bounded size, so that the whole takes time linear in the text, whatever the text.
 */
export interface Shape {
  readonly mark: string
  /** So many characters stand before the mark, and no letter or digit before these. */
  readonly lead?: { readonly alphabet: Alphabet; readonly least: number; readonly most: number }
  /** What follows the mark: begins with `^`. */
  readonly tail: RegExp
  /** Characters of mark and tail. */
  readonly least: number
  readonly most: number
}

/** Calls back for every occurrence that neither a letter nor a digit touches. */
export function findShape(text: string, { mark, lead, tail, least, most }: Shape, report: Report): void {
  for (let at = text.indexOf(mark); at >= 0; at = text.indexOf(mark, at + 1)) {
    const start = lead ? leadStart(text, at, lead) : at
    if (start < 0 || isAlnum(codeAt(text, start - 1))) continue
    // One character more than it may have shows that it goes on.
    const rest = tail.exec(text.slice(at + mark.length, at + most + 1))?.[0].length ?? 0
    // A stop may be a character of the form, and is one of the sentence where it would be one too many.
    const stopped = mark.length + rest > most && text.charCodeAt(at + most) === 46
    const length = stopped ? most : mark.length + rest
    if (rest === 0 || length < least || length > most || isAlnum(codeAt(text, at + length))) continue
    report(start, at + length, 0.95)
  }
}

function leadStart(text: string, mark: number, { alphabet, least, most }: NonNullable<Shape['lead']>): number {
  const member = alphabets[alphabet]
  let start = mark
  while (mark - start <= most && member(codeAt(text, start - 1))) start--
  const length = mark - start
  return length < least || length > most ? -1 : start
}
