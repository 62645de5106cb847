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
  | 'apd'
  | 'gra'
  | 'req'
  | 'adm'
  | 'hky'
  | 'lsg'

/**
 * Makes an id from a time in milliseconds and 10 random bytes of the caller's own source. Five bits a character: ten of
 * them hold the time, sixteen the random bytes.
 */
export function makeId(prefix: IdPrefix, now: number, random: Uint8Array): string {
  if (random.length !== 10) throw new RangeError('an id needs exactly 10 random bytes')
  return `${prefix}_${spellTime(now)}${spellBytes(random)}`
}

/** The first ten characters of an id after its prefix. */
export function spellTime(now: number): string {
  let out = ''
  for (let rest = now, i = 0; i < 10; i++, rest = Math.floor(rest / 32)) out = alphabet.charAt(rest % 32) + out
  return out
}

/** Five bits a character: 10 bytes are 16 characters, and those of many ids are spelled as each alone. A few thousand bytes at most. */
export function spellBytes(bytes: Uint8Array): string {
  const codes: number[] = []
  let bits = 0
  let held = 0
  for (let at = 0; at < bytes.length; at++) {
    bits = ((bits << 8) | bytes[at]!) & 0xfff
    for (held += 8; held >= 5; held -= 5) codes.push(alphabet.charCodeAt((bits >> (held - 5)) & 31))
  }
  return String.fromCharCode(...codes)
}

export function isId(prefix: IdPrefix, text: string): boolean {
  return text.length === prefix.length + 27 && text.startsWith(`${prefix}_`) && /^[0-9a-z]{26}$/.test(text.slice(prefix.length + 1))
}
