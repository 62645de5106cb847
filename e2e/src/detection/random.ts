/** Chance that is the same for the same seed (mulberry32). */
export interface Chance {
  /** A whole number from 0 to below `below`. */
  int(below: number): number
  pick<T>(list: readonly T[]): T
  /** So many characters of an alphabet. */
  text(alphabet: string, length: number): string
  maybe(share: number): boolean
}

export const digits = '0123456789'
export const small = 'abcdefghijklmnopqrstuvwxyz'
export const large = small.toUpperCase()
export const hex = '0123456789abcdef'
export const letters = small + large
export const alnum = letters + digits
export const url = `${alnum}_-`

export function chance(seed: number): Chance {
  let state = seed >>> 0
  const next = () => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
  const int = (below: number) => Math.floor(next() * below)
  const pick = <T>(list: readonly T[]): T => list[int(list.length)]!
  return {
    int,
    pick,
    text: (alphabet, length) => Array.from({ length }, () => alphabet[int(alphabet.length)]!).join(''),
    maybe: (share) => next() < share,
  }
}
