import type { Shape } from '@sallyport/masking'
import type { Family, WireType } from './types.js'

/** What a value of a type is to the masks for text. */
export function shapeOf({ family, padded, most }: WireType, typmod: number): Shape {
  if (family === 'numeric') return { family: 'decimal', below: 10 ** wholeDigits(typmod) }
  if (family !== 'text') return shapes[family]
  // varchar and bpchar: the number of characters and 4.
  const characters = most ?? (typmod >= 4 ? typmod - 4 : undefined)
  return { family, ...(characters !== undefined && { most: characters }), ...(padded && { padded }) }
}

const shapes: Readonly<Record<Exclude<Family, 'text' | 'numeric'>, Shape>> = {
  int2: { family: 'integer', below: 2 ** 15 },
  int4: { family: 'integer', below: 2 ** 31 },
  oid: { family: 'integer', below: 2 ** 31 },
  // Whole numbers that clients whose numbers are doubles can tell apart.
  int8: { family: 'integer', below: 2 ** 53 },
  float4: { family: 'float' },
  float8: { family: 'float' },
  boolean: { family: 'boolean' },
  date: { family: 'date' },
  time: { family: 'time' },
  timetz: { family: 'timetz' },
  timestamp: { family: 'timestamp' },
  timestamptz: { family: 'timestamptz' },
  interval: { family: 'interval' },
  uuid: { family: 'uuid' },
  json: { family: 'json' },
  jsonb: { family: 'json' },
  other: { family: 'other' },
}

const mostDigits = 15

/** Digits before the point of numeric(precision, scale): (precision << 16 | scale in 11 bits, signed) + 4. */
function wholeDigits(typmod: number): number {
  if (typmod < 4) return mostDigits
  const precision = ((typmod - 4) >> 16) & 0xffff
  const scale = (((typmod - 4) & 0x7ff) ^ 0x400) - 0x400
  return Math.max(0, Math.min(mostDigits, precision - scale))
}
