import type { MaskKind, PartialMask } from '@sallyport/core'
import { firstDay, floorDay, readDay, writeDay } from './calendar.js'
import { tokenOfDecimalText, tokenOfIntegerText } from './numbers.js'
import { createStringMask, type TextShape } from './strings.js'
import { ascii, constant, nullify, putDecimal, type TextMask } from './text.js'
import type { Tokens } from './tokens.js'
import { readUuid, writeUuid } from './uuid.js'

/**
 * What a value is, so that its mask is one too. `below`: a token is a number from 0 to this. `other` is what nothing but
 * NULL can stand for.
 */
export type Shape =
  | TextShape
  | { readonly family: 'integer' | 'decimal'; readonly below: number }
  | { readonly family: 'date' | 'timestamp' | 'timestamptz' | 'time' | 'timetz' | 'interval' }
  | { readonly family: 'uuid' | 'json' | 'boolean' | 'float' | 'other' }

/** What stands for every value. */
const redacted: Readonly<Record<Exclude<Shape['family'], 'text' | 'other'>, string>> = {
  integer: '0',
  decimal: '0',
  float: '0',
  boolean: 'f',
  date: '2000-01-01',
  timestamp: '2000-01-01 00:00:00',
  timestamptz: '2000-01-01 00:00:00+00',
  time: '00:00:00',
  timetz: '00:00:00+00',
  interval: '00:00:00',
  uuid: '00000000-0000-0000-0000-000000000000',
  json: '{}',
}

/**
 * A mask for values of one shape written as text. A kind that the shape cannot keep anything for hides more: a partial mask
 * becomes NULL, and a hash, like every hash without a key, becomes what redact makes of it.
 */
export function createTextMask(as: MaskKind, shape: Shape, tokens: Tokens | undefined): TextMask {
  if (shape.family === 'text') return createStringMask(as, shape, tokens)
  if (as === 'nullify' || shape.family === 'other') return nullify
  if (as === 'hash' && tokens) return hashed(shape, tokens) ?? constant(redacted[shape.family])
  return typeof as === 'object' ? dated(as.partial, shape.family) : constant(redacted[shape.family])
}

function hashed(shape: Exclude<Shape, TextShape>, tokens: Tokens): TextMask | undefined {
  if (shape.family === 'integer') return hashedNumber(tokenOfIntegerText, shape.below, tokens)
  if (shape.family === 'decimal') return hashedNumber(tokenOfDecimalText, shape.below, tokens)
  if (shape.family !== 'uuid') return undefined
  return {
    write(source, start, end, out) {
      const uuid = readUuid(source, start, end)
      if (uuid === undefined) return false
      writeUuid(tokens.uuid(uuid, 0), out)
      return true
    },
  }
}

function hashedNumber(tokenOf: typeof tokenOfIntegerText, below: number, tokens: Tokens): TextMask {
  return {
    write(source, start, end, out) {
      const token = tokenOf(tokens, source, start, end, below)
      if (token < 0) return false
      putDecimal(out, token)
      return true
    },
  }
}

/** After the first day of a month or year. */
const midnight: Readonly<Record<string, Uint8Array>> = {
  date: ascii(''),
  timestamp: ascii(' 00:00:00'),
  timestamptz: ascii(' 00:00:00+00'),
}

function dated({ keep }: PartialMask, family: Shape['family']): TextMask {
  const time = midnight[family]
  if (time === undefined || (keep !== 'year' && keep !== 'month')) return nullify
  return {
    write(source, start, end, out) {
      const day = floorDay(readDay(source, start, end), keep)
      if (!(day >= firstDay)) return false
      writeDay(day, time, out)
      return true
    },
  }
}
