/** Ids are `prefix_` and 26 characters of `[0-9a-z]`: 48 bits of time, then 80 random bits, so that they sort by age. */
const alphabet = '0123456789abcdefghjkmnpqrstvwxyz'

export type IdPrefix =
  | 'res'
  | 'pol'
  | 'apr'
  | 'ses'
  | 'agt'
  | 'evt'
  | 'stm'
  | 'tpr'
  | 'rol'
  | 'lck'
  | 'jtk'
  | 'ins'
  | 'spl'
  | 'gra'
  | 'req'
  | 'adm'

/**
 * Makes an id from a time in milliseconds and 10 random bytes of the caller's own source. Five bits a character: ten of
 * them hold the time, sixteen the random bytes.
 */
export function makeId(prefix: IdPrefix, now: number, random: Uint8Array): string {
  if (random.length !== 10) throw new RangeError('an id needs exactly 10 random bytes')
  let out = ''
  for (let rest = now, i = 0; i < 10; i++, rest = Math.floor(rest / 32)) out = alphabet.charAt(rest % 32) + out
  let bits = 0
  let held = 0
  for (const byte of random) {
    bits = ((bits << 8) | byte) & 0xfff
    for (held += 8; held >= 5; held -= 5) out += alphabet.charAt((bits >> (held - 5)) & 31)
  }
  return `${prefix}_${out}`
}

export function isId(prefix: IdPrefix, text: string): boolean {
  return text.length === prefix.length + 27 && text.startsWith(`${prefix}_`) && /^[0-9a-z]{26}$/.test(text.slice(prefix.length + 1))
}
