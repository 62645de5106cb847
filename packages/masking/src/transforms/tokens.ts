import type { HashKey } from '@sallyport/core'
import type { Growing } from '@sallyport/wire'
import { createKeyedHmac } from './hmac.js'
import { ascii, put } from './text.js'

/**
 * Keyed tokens: equal values of one family get equal tokens wherever they stand, so that joins survive; without the key
 * nobody can try values. Nothing is remembered of a value: how long a token takes must not tell one caller what another
 * has seen.
 */
export interface Tokens {
  /** Bytes of a token for text; all of them ASCII. */
  readonly length: number
  /** Fewer bytes than this hold too little of the hash to tell values apart. */
  readonly least: number
  /** Writes the first `length` bytes of the token. */
  text(source: Uint8Array, start: number, end: number, out: Growing, length: number): void
  /** A whole number from 0 to `below`, which is 2^53 at most. */
  number(domain: Uint8Array, value: Uint8Array, length: number, below: number): number
  /** Of the 16 bytes from there on. A UUID of version 8 (RFC 9562, 5.8) in the first 16 bytes, written over by the next call. */
  uuid(source: Uint8Array, start: number): Uint8Array
}

const textDomain = ascii('text')
const uuidDomain = ascii('uuid')
/** RFC 4648, 6, in small letters. */
const alphabet = ascii('abcdefghijklmnopqrstuvwxyz234567')
/** 130 bits. */
const letters = 26
/** 80 bits: among a million values a collision has the odds of one in two billion. */
const fewestLetters = 16

/** The first key makes the tokens. Undefined without one. */
export function createTokens(keys: readonly HashKey[]): Tokens | undefined {
  const [newest] = keys
  if (!newest) return undefined
  const hmac = createKeyedHmac(newest.key)
  const prefix = ascii(`tok_${newest.epoch}_`)
  const token = new Uint8Array(prefix.length + letters)
  token.set(prefix)
  return {
    length: token.length,
    least: prefix.length + fewestLetters,
    text(source, start, end, out, length) {
      writeBase32(hmac.digest(textDomain, source, start, end), token, prefix.length)
      put(out, token, length)
    },
    number(domain, value, length, below) {
      const bytes = hmac.digest(domain, value, 0, length)
      const low = ((bytes[3]! << 24) | (bytes[4]! << 16) | (bytes[5]! << 8) | bytes[6]!) >>> 0
      return ((((bytes[0]! & 0x1f) << 16) | (bytes[1]! << 8) | bytes[2]!) * 0x1_0000_0000 + low) % below
    },
    uuid(source, start) {
      const bytes = hmac.digest(uuidDomain, source, start, start + 16)
      bytes[6] = 0x80 | (bytes[6]! & 0x0f)
      bytes[8] = 0x80 | (bytes[8]! & 0x3f)
      return bytes
    },
  }
}

function writeBase32(bytes: Uint8Array, target: Uint8Array, at: number): void {
  let bits = 0
  let held = 0
  for (let i = 0, next = 0; i < letters; i++) {
    if (held < 5) {
      bits = (bits << 8) | bytes[next++]!
      held += 8
    }
    held -= 5
    target[at + i] = alphabet[(bits >>> held) & 31]!
  }
}
