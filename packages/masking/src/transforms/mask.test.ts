import { createGrowing, take } from '@sallyport/wire'
import type { MaskKind } from '@sallyport/core'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { floorDay } from './calendar.js'
import { createTextMask, type Shape } from './mask.js'
import { tokenOfDecimal, tokenOfDecimalText, tokenOfInteger, tokenOfIntegerText } from './numbers.js'
import { createTokens } from './tokens.js'

const tokens = createTokens([{ epoch: 1, key: new Uint8Array(32).fill(9) }])!

function masked(value: string, as: MaskKind, shape: Shape): string | null {
  const bytes = Buffer.from(value)
  const out = createGrowing()
  return createTextMask(as, shape, tokens).write(bytes, 0, bytes.length, out) ? Buffer.from(take(out)).toString() : null
}

const integer: Shape = { family: 'integer', below: 2 ** 31 }
const decimal: Shape = { family: 'decimal', below: 10 ** 6 }
const year: MaskKind = { partial: { keep: 'year' } }
const month: MaskKind = { partial: { keep: 'month' } }

describe('redact', () => {
  it.each([
    ['42', integer, '0'],
    ['4.2', decimal, '0'],
    ['4.2', { family: 'float' }, '0'],
    ['t', { family: 'boolean' }, 'f'],
    ['1984-05-06', { family: 'date' }, '2000-01-01'],
    ['1984-05-06 07:08:09', { family: 'timestamp' }, '2000-01-01 00:00:00'],
    ['1984-05-06 07:08:09+02', { family: 'timestamptz' }, '2000-01-01 00:00:00+00'],
    ['{"a":1}', { family: 'json' }, '{}'],
    ['6ba7b810-9dad-11d1-80b4-00c04fd430c8', { family: 'uuid' }, '00000000-0000-0000-0000-000000000000'],
    ['(1,2)', { family: 'other' }, null],
  ] as const)('of %s is a constant', (value, shape, expected) => {
    expect(masked(value, 'redact', shape)).toBe(expected)
  })
})

describe('hash', () => {
  it('makes of a number a number of its range, of equal ones equal ones', () => {
    expect(masked('42', 'hash', integer)).toMatch(/^\d{1,10}$/)
    expect(Number(masked('42', 'hash', integer))).toBeLessThan(2 ** 31)
    expect(masked('42', 'hash', integer)).toBe(masked('42', 'hash', integer))
    expect(masked('-42', 'hash', integer)).not.toBe(masked('42', 'hash', integer))
    expect(masked('1.50', 'hash', decimal)).toBe(masked('1.5', 'hash', decimal))
    expect(masked('100', 'hash', decimal)).not.toBe(masked('1', 'hash', decimal))
    expect(masked('0.01', 'hash', decimal)).not.toBe(masked('0.0001', 'hash', decimal))
    expect(masked('-0.0', 'hash', decimal)).toBe(masked('0', 'hash', decimal))
  })

  it('makes of a UUID one of version 8', () => {
    expect(masked('6ba7b810-9dad-11d1-80b4-00c04fd430c8', 'hash', { family: 'uuid' })).toMatch(
      /^[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/,
    )
  })

  it('is NULL of what is no value of its type', () => {
    for (const value of ['', '-', '4x', '1e5', 'NaN', 'Infinity', '99999999999999999999', '9223372036854775808'])
      expect(masked(value, 'hash', integer), value).toBeNull()
    for (const value of ['', '-', '.5', '5.', '1e5', 'NaN', '-Infinity', '1'.repeat(1001)])
      expect(masked(value, 'hash', decimal), value).toBeNull()
    for (const value of [
      '',
      '6ba7b810-9dad-11d1-80b4-00c04fd430c',
      '6ba7b810x9dad-11d1-80b4-00c04fd430c8',
      '{6ba7b810-9dad-11d1-80b4-00c04fd430}',
    ])
      expect(masked(value, 'hash', { family: 'uuid' }), value).toBeNull()
  })

  it('is what redact makes of types that no token fits', () => {
    expect(masked('1984-05-06', 'hash', { family: 'date' })).toBe('2000-01-01')
    expect(masked('{"a":1}', 'hash', { family: 'json' })).toBe('{}')
  })

  it('is the same for a whole number as text and as bits', () => {
    fc.assert(
      fc.property(fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }), (value) => {
        const text = Buffer.from(String(value))
        const bits = tokenOfInteger(tokens, Number(value >> 32n), Number(BigInt.asIntN(32, value)), 2 ** 53)
        expect(tokenOfIntegerText(tokens, text, 0, text.length, 2 ** 53)).toBe(bits)
      }),
    )
  })

  it('is the same for a decimal as text and as groups of digits', () => {
    const digits = fc.string({ unit: fc.constantFrom(...Array.from('0123456789')), minLength: 1, maxLength: 40 })
    fc.assert(
      fc.property(digits, digits, fc.boolean(), (whole, fraction, negative) => {
        const text = Buffer.from(`${negative ? '-' : ''}${whole}.${fraction}`)
        const padded = whole.padStart(Math.ceil(whole.length / 4) * 4, '0') + fraction.padEnd(Math.ceil(fraction.length / 4) * 4, '0')
        const groups = (padded.match(/\d{4}/g) ?? []).flatMap((four) => [Number(four) >> 8, Number(four) & 255])
        const weight = Math.ceil(whole.length / 4) - 1
        expect(tokenOfDecimalText(tokens, text, 0, text.length, 10 ** 15)).toBe(
          tokenOfDecimal(tokens, { negative, weight }, Uint8Array.from(groups), 10 ** 15),
        )
      }),
    )
  })
})

describe('partial', () => {
  it.each([
    ['1984-05-06', { family: 'date' }, '1984-01-01', '1984-05-01'],
    ['2024-02-29', { family: 'date' }, '2024-01-01', '2024-02-01'],
    ['0044-03-15 BC', { family: 'date' }, '0044-01-01 BC', '0044-03-01 BC'],
    ['0001-12-31 BC', { family: 'date' }, '0001-01-01 BC', '0001-12-01 BC'],
    ['12345-06-07', { family: 'date' }, '12345-01-01', '12345-06-01'],
    ['4714-12-01 BC', { family: 'date' }, null, '4714-12-01 BC'],
    ['1984-05-06 07:08:09.123456', { family: 'timestamp' }, '1984-01-01 00:00:00', '1984-05-01 00:00:00'],
    ['1984-05-06T07:08:09Z', { family: 'timestamptz' }, '1984-01-01 00:00:00+00', '1984-05-01 00:00:00+00'],
    ['2024-01-01 00:30:00+02', { family: 'timestamptz' }, '2023-01-01 00:00:00+00', '2023-12-01 00:00:00+00'],
    ['2023-12-31 23:30:00-02:30:15', { family: 'timestamptz' }, '2024-01-01 00:00:00+00', '2024-01-01 00:00:00+00'],
    ['infinity', { family: 'date' }, null, null],
    ['06/05/1984', { family: 'date' }, null, null],
    ['1984-13-06', { family: 'date' }, null, null],
    ['1984-05-06 x', { family: 'timestamp' }, null, null],
    ['1984-05-06 07:08:09+02:', { family: 'timestamptz' }, null, null],
    ['', { family: 'date' }, null, null],
    ['07:08:09', { family: 'time' }, null, null],
    ['42', integer, null, null],
  ] as const)('of %s is the first of its year and of its month', (value, shape, ofYear, ofMonth) => {
    expect(masked(value, year, shape)).toBe(ofYear)
    expect(masked(value, month, shape)).toBe(ofMonth)
  })

  it('keeps nothing of a date but year or month, and of a number nothing', () => {
    for (const keep of ['first', 'last', 'domain'] as const) {
      expect(masked('1984-05-06', { partial: { keep } }, { family: 'date' })).toBeNull()
      expect(masked('42', { partial: { keep } }, integer)).toBeNull()
    }
  })

  it('tells the day of every date as Date does', () => {
    const day = (date: Date) => (date.getTime() - Date.UTC(2000, 0, 1)) / 86_400_000
    fc.assert(
      fc.property(fc.integer({ min: -100_000_000, max: 99_980_000 }), (n) => {
        const date = new Date(Date.UTC(2000, 0, 1 + n))
        const first = new Date(0)
        first.setUTCFullYear(date.getUTCFullYear(), 0, 1)
        expect(floorDay(n, 'year')).toBe(day(first))
        first.setUTCFullYear(date.getUTCFullYear(), date.getUTCMonth(), 1)
        expect(floorDay(n, 'month')).toBe(day(first))
      }),
      { numRuns: 1000 },
    )
  })
})

it('never throws, and takes back what it does not finish', () => {
  const shapes: readonly Shape[] = [
    integer,
    decimal,
    ...(['date', 'timestamp', 'timestamptz', 'uuid', 'json', 'float', 'other'] as const).map((family) => ({ family })),
  ]
  const letters = fc.string({ unit: fc.constantFrom(...Array.from('0123456789-+:. TZBC{}"aé')), maxLength: 40 })
  fc.assert(
    fc.property(letters, fc.constantFrom(...shapes), fc.constantFrom<MaskKind>('hash', year, month), (value, shape, as) => {
      const bytes = Buffer.from(value)
      const out = createGrowing()
      expect(createTextMask(as, shape, tokens).write(bytes, 0, bytes.length, out) || out.at === 0).toBe(true)
    }),
    { numRuns: 3000 },
  )
})
