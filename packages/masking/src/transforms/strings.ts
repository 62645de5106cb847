import type { MaskKind, PartialMask } from '@sallyport/core'
import type { Growing } from '@sallyport/wire'
import { startOfDomain } from './email.js'
import { endOfFirst, startOfLast } from './graphemes.js'
import { ascii, constant, nullify, put, putRange, type TextMask } from './text.js'
import type { Tokens } from './tokens.js'

/** What text may be, beside UTF-8. */
export interface TextShape {
  readonly family: 'text'
  /** Characters that fit. */
  readonly most?: number
  /** Spaces at the end are no part of the value. */
  readonly padded?: boolean
}

const stars = ascii('***')
const domainStars = ascii('***@')

export function createStringMask(as: MaskKind, shape: TextShape, tokens: Tokens | undefined): TextMask {
  if (as === 'nullify') return nullify
  const most = shape.most ?? Number.POSITIVE_INFINITY
  const redact = constant(stars.subarray(0, Math.min(stars.length, most)))
  if (as === 'hash') return tokens && tokens.least <= most ? trimmed(hash(tokens, most), shape) : redact
  if (as === 'redact') return redact
  return trimmed(partial(as.partial, most, redact), shape)
}

function hash(tokens: Tokens, most: number): TextMask {
  const length = Math.min(tokens.length, most)
  return {
    write(source, start, end, out) {
      tokens.text(source, start, end, out, length)
      return true
    },
  }
}

/** Writes what may be kept and answers true; false: nothing may, and nothing was written. */
type Keep = (source: Uint8Array, start: number, end: number, out: Growing) => boolean

/** What nothing can be kept of is redacted. */
function partial({ keep, count }: PartialMask, most: number, redact: TextMask): TextMask {
  const keeps = keepers[keep](count, most)
  if (!keeps) return redact
  return { write: (source, start, end, out) => keeps(source, start, end, out) || redact.write(source, start, end, out) }
}

/** By what is kept; `most` is of the result, in characters. */
const keepers: Readonly<Record<PartialMask['keep'], (count: number | undefined, most: number) => Keep | undefined>> = {
  domain: (_count, most) => (source, start, end, out) => {
    const from = startOfDomain(source, start, end)
    return from >= 0 && fits(source, from, end, most - domainStars.length) && join(out, domainStars, source, from, end)
  },
  first: (count = 1, most) => {
    if (!isCount(count)) return undefined
    return (source, start, end, out) => {
      const to = endOfFirst(source, start, end, count)
      if (to < 0 || !fits(source, start, to, most - stars.length)) return false
      putRange(out, source, start, to)
      put(out, stars, stars.length)
      return true
    }
  },
  last: (count = 4, most) => {
    if (!isCount(count)) return undefined
    return (source, start, end, out) => {
      const from = startOfLast(source, start, end, count)
      return from >= 0 && fits(source, from, end, most - stars.length) && join(out, stars, source, from, end)
    }
  },
  year: () => undefined,
  month: () => undefined,
}

/** Whatever a policy says: what is no number of characters keeps none. */
const isCount = (count: number) => Number.isSafeInteger(count) && count > 0

function join(out: Growing, before: Uint8Array, source: Uint8Array, from: number, to: number): boolean {
  put(out, before, before.length)
  putRange(out, source, from, to)
  return true
}

/** At most so many characters, as a server counts them: code points. */
function fits(source: Uint8Array, start: number, end: number, most: number): boolean {
  if (end - start <= most) return true
  let characters = 0
  for (let i = start; i < end; i++) if ((source[i]! & 0xc0) !== 0x80) characters++
  return characters <= most
}

function trimmed(mask: TextMask, { padded }: TextShape): TextMask {
  if (!padded) return mask
  return {
    write(source, start, end, out) {
      let to = end
      while (to > start && source[to - 1] === 0x20) to--
      return mask.write(source, start, to, out)
    },
  }
}
