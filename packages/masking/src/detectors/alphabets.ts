import { isDigit } from './context.js'

/** `url`: letters, digits, `_` and `-`; `parts`: and dots; `base64`: and `+`, `/`, `=`; `azure`: and `~`. */
export type Alphabet = 'digits' | 'hex' | 'alnum' | 'word' | 'url' | 'parts' | 'base64' | 'azure'

const isLetter = (code: number): boolean => (code | 32) >= 97 && (code | 32) <= 122
export const isPlain = (code: number): boolean => isLetter(code) || isDigit(code)
export const isToken = (code: number): boolean => isPlain(code) || code === 95
export const isHex = (code: number): boolean => isDigit(code) || ((code | 32) >= 97 && (code | 32) <= 102)

/** Of ASCII alone. */
export const alphabets: Readonly<Record<Alphabet, (code: number) => boolean>> = {
  digits: isDigit,
  hex: isHex,
  alnum: isPlain,
  word: isToken,
  url: (code) => isToken(code) || code === 45,
  parts: (code) => isToken(code) || code === 45 || code === 46,
  base64: (code) => isToken(code) || code === 45 || code === 43 || code === 47 || code === 61,
  azure: (code) => isToken(code) || code === 126 || code === 46,
}
