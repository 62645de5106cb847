/** `url`: letters, digits, `_` and `-`; `parts`: and dots; `base64`: and `+`, `/`, `=`; `azure`: and `~`. All of ASCII. */
export type Alphabet = 'digits' | 'hex' | 'alnum' | 'word' | 'url' | 'parts' | 'base64' | 'azure'

const digits = '0123456789'
const letters = 'abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ'

type Member = (code: number) => boolean

/** A table is what is asked for every character. */
function member(all: string): Member {
  const table = new Uint8Array(128)
  for (let i = 0; i < all.length; i++) table[all.charCodeAt(i)] = 1
  return (code) => code < 128 && table[code] === 1
}

export const isPlain = member(letters + digits)
export const isToken = member(`${letters}${digits}_`)
export const isHex = member(`${digits}abcdefABCDEF`)
export const isBase64 = member(`${letters}${digits}+/`)

export const alphabets: Readonly<Record<Alphabet, Member>> = {
  digits: member(digits),
  hex: isHex,
  alnum: isPlain,
  word: isToken,
  url: member(`${letters}${digits}_-`),
  parts: member(`${letters}${digits}_-.`),
  base64: member(`${letters}${digits}_-+/=`),
  azure: member(`${letters}${digits}_~.`),
}
