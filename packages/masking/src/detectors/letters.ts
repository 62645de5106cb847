import { codeAt } from './context.js'
import type { View } from './found.js'

type Text = Pick<View, 'text' | 'bytes'>

/** Of blocks that are punctuation, spaces, signs and forms of them; what is neither in them nor in pairs counts as letters. */
const signs: readonly (readonly [from: number, to: number])[] = [
  [0x80, 0xbf],
  [0x2000, 0x2bff],
  [0x3000, 0x303f],
  [0xd800, 0xdfff],
  [0xfe00, 0xfe6f],
  [0xff00, 0xff0f],
  [0xff1a, 0xff20],
  [0xff3b, 0xff40],
  [0xff5b, 0xff65],
]

const isLetter = (code: number): boolean => code >= 0x80 && !signs.some(([from, to]) => code >= from && code <= to)

/** Units of the letter beyond ASCII that begins here; 0 where none does. In bytes: UTF-8 (RFC 3629) of two or three. */
export function letterAt({ text, bytes }: Text, at: number): number {
  const code = codeAt(text, at)
  if (code < 0x80 || !bytes) return isLetter(code) ? 1 : 0
  if (code >= 0xc2 && code < 0xe0) return isLetter(((code & 31) << 6) | (codeAt(text, at + 1) & 63)) ? 2 : 0
  if (code < 0xe0 || code >= 0xf0) return 0
  return isLetter(((code & 15) << 12) | ((codeAt(text, at + 1) & 63) << 6) | (codeAt(text, at + 2) & 63)) ? 3 : 0
}

/** The same of the letter that ends before here. */
export function letterBefore(view: Text, at: number): number {
  for (let size = 1; size <= 3; size++) if (letterAt(view, at - size) === size) return size
  return 0
}
