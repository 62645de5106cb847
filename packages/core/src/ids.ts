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
<<<<<<< ours
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
=======
  for (let i = 0; i < 3; i++) codes[i] = prefix.charCodeAt(i)
  let rest = now
  for (let at = 13; at > 3; at--) {
    codes[at] = letters[rest % 32]!
    rest = Math.floor(rest / 32)
  }
  let bits = 0
  let held = 0
  let at = 14
  for (let i = 0; i < 10; i++) {
    bits = ((bits << 8) | random[i]!) & 0xfff
    for (held += 8; held >= 5; held -= 5) codes[at++] = letters[(bits >> (held - 5)) & 31]!
  }
  return String.fromCharCode.apply(undefined, codes)
>>>>>>> theirs
}

const letters = Array.from(alphabet, (letter) => letter.charCodeAt(0))

/** Of the id that is being made, which is made at once: a string that grows by letters is a tree that every reader walks. */
const codes = Array.from('_'.repeat(30), (letter) => letter.charCodeAt(0))

export function isId(prefix: IdPrefix, text: string): boolean {
  return text.length === prefix.length + 27 && text.startsWith(`${prefix}_`) && /^[0-9a-z]{26}$/.test(text.slice(prefix.length + 1))
}
