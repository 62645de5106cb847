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

/** Makes an id from a time in milliseconds and 10 random bytes of the caller's own source. */
export function makeId(prefix: IdPrefix, now: number, random: Uint8Array): string {
  if (random.length !== 10) throw new RangeError('an id needs exactly 10 random bytes')
  let value = BigInt(now)
  for (const byte of random) value = (value << 8n) | BigInt(byte)
  let out = ''
  for (let i = 0; i < 26; i++) {
    out = alphabet[Number(value & 31n)] + out
    value >>= 5n
  }
  return `${prefix}_${out}`
}

export function isId(prefix: IdPrefix, text: string): boolean {
  return text.length === prefix.length + 27 && text.startsWith(`${prefix}_`) && /^[0-9a-z]{26}$/.test(text.slice(prefix.length + 1))
}
