import { createHmac } from 'node:crypto'
import { createGrowing, take } from '@sallyport/wire'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { MaskKind, PartialMask } from '@sallyport/core'
import { createStringMask, type TextShape } from './strings.js'
import { createTokens } from './tokens.js'

const tokens = createTokens([{ epoch: 7, key: new Uint8Array(32).fill(1) }])
const segmenter = new Intl.Segmenter('und', { granularity: 'grapheme' })
const graphemes = (text: string) => Array.from(segmenter.segment(text), ({ segment }) => segment)

function masked(value: string | Uint8Array, as: MaskKind, shape: Omit<TextShape, 'family'> = {}): string | null {
  const bytes = typeof value === 'string' ? Buffer.from(value) : value
  const out = createGrowing()
  const shown = createStringMask(as, { family: 'text', ...shape }, tokens).write(bytes, 0, bytes.length, out)
  const written = take(out)
  expect(shown || written.length === 0).toBe(true)
  // Throws for what is no UTF-8.
  return shown ? new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(written) : null
}

const keeping = (keep: PartialMask['keep'], count?: number): MaskKind => ({ partial: { keep, ...(count !== undefined && { count }) } })

/** Letters, emoji of several code points, flags, combining marks, Hangul in parts, Indic conjuncts, line ends, anything. */
const text = fc
  .oneof(
    fc.string(),
    fc.string({ unit: 'grapheme', maxLength: 40 }),
    fc.string({ unit: 'binary', maxLength: 40 }),
    fc
      .array(
        fc.constantFrom('a', 'é', 'e\u0301', '👨‍👩‍👧‍👦', '🇩🇪', '🇫', '각', 'ᄀ', 'ᅡ', 'क्ष', '\u200d', '\ufe0f', '\r\n', '\r', ' ', '\u0600', '𝒳'),
        {
          maxLength: 30,
        },
      )
      .map((parts) => parts.join('')),
  )
  // What UTF-8 can hold.
  .map((value) => Buffer.from(value).toString())

it('redacts to three stars whatever the length, and to what fits', () => {
  for (const value of ['', 'a', 'x'.repeat(100_000)]) expect(masked(value, 'redact')).toBe('***')
  expect(masked('ab', 'redact', { most: 2 })).toBe('**')
  expect(masked('ab', 'nullify')).toBeNull()
})

describe('a token', () => {
  it('names its epoch, is the same for the same value and another for another', () => {
    expect(masked('alice', 'hash')).toMatch(/^tok_7_[a-z2-7]{26}$/)
    expect(masked('alice', 'hash')).toBe(masked('alice', 'hash'))
    expect(masked('alice', 'hash')).not.toBe(masked('Alice', 'hash'))
  })

  it('is the start of the HMAC of the family, a zero byte and the value, in base32', () => {
    const hmac = 'tok_7_' + base32(nodeHmac(new Uint8Array(32).fill(1), 'text\0alice'))
    expect(masked('alice', 'hash')).toBe(hmac.slice(0, 6 + 26))
  })

  it('is of the value without the padding of its column', () => {
    expect(masked('alice   ', 'hash', { padded: true })).toBe(masked('alice', 'hash'))
    expect(masked('alice   ', 'hash')).not.toBe(masked('alice', 'hash'))
  })

  it('is cut to the column while it still tells values apart; a narrower column gets stars', () => {
    expect(masked('alice', 'hash', { most: 22 })).toHaveLength(22)
    expect(masked('alice', 'hash', { most: 21 })).toBe('***')
  })

  it('takes a key: without one, stars', () => {
    const out = createGrowing()
    createStringMask('hash', { family: 'text' }, createTokens([])).write(Buffer.from('alice'), 0, 5, out)
    expect(Buffer.from(take(out)).toString()).toBe('***')
  })
})

describe('a domain', () => {
  it.each([
    ['alice@example.com', '***@example.com'],
    ['a@b.co', '***@b.co'],
    ["o'neil+tag@mail.example.co.uk", '***@mail.example.co.uk'],
    ['jörg@bücher.example', '***@bücher.example'],
    ['alice', '***'],
    ['', '***'],
    ['@example.com', '***'],
    ['alice@', '***'],
    ['alice@localhost', '***'],
    ['alice@example.com.', '***'],
    ['alice@-example.com', '***'],
    ['alice@example..com', '***'],
    ['alice@bob@example.com', '***'],
    ['Alice <alice@example.com>', '***'],
    ['call me @ noon.tomorrow', '***'],
    ['"alice smith"@example.com', '***'],
    ['alice@[192.0.2.1]', '***'],
    ['secret@exa mple.com', '***'],
    [`${'a'.repeat(65)}@example.com`, '***'],
    [`a@${'b'.repeat(64)}.com`, '***'],
  ])('of %s is shown as %s', (value, expected) => {
    expect(masked(value, keeping('domain'))).toBe(expected)
  })

  it('is not shown of bytes that are no UTF-8, or to a column it does not fit', () => {
    expect(masked(Uint8Array.of(0x61, 0x40, 0xff, 0x2e, 0x63), keeping('domain'))).toBe('***')
    expect(masked('a@b.co', keeping('domain'), { most: 6 })).toBe('***')
    expect(masked('a@b.co', keeping('domain'), { most: 8 })).toBe('***@b.co')
  })
})

describe('first and last', () => {
  it.each([
    ['4111111111111111', 'last', undefined, '***1111'],
    ['Alice', 'first', undefined, 'A***'],
    ['Al', 'first', undefined, '***'],
    ['12345678901', 'last', undefined, '***'],
    ['123456789012', 'last', undefined, '***9012'],
    ['🇩🇪🇫🇷🇮🇹', 'first', 1, '🇩🇪***'],
    ['👨‍👩‍👧‍👦xy', 'first', 1, '👨‍👩‍👧‍👦***'],
    ['e\u0301', 'first', 1, '***'],
    ['\r\n\r\n', 'first', 1, '***'],
    ['Alice', 'first', 0, '***'],
    ['Alice', 'last', -1, '***'],
    ['Alice', 'last', 1.5, '***'],
    ['2024-01-01', 'year', undefined, '***'],
  ] as const)('of %j, %s %s, is %j', (value, keep, count, expected) => {
    expect(masked(value, keeping(keep, count))).toBe(expected)
  })

  it('keeps the padding of a column out of the count', () => {
    expect(masked('Alice     ', keeping('last', 1), { padded: true })).toBe('***e')
  })

  it('never shows more than a third of the characters, nor half of one', () => {
    fc.assert(
      fc.property(text, fc.integer({ min: 1, max: 8 }), fc.constantFrom('first' as const, 'last' as const), (value, count, keep) => {
        const all = graphemes(value)
        const shown = masked(value, keeping(keep, count))!
        const kept = (keep === 'first' ? all.slice(0, count) : all.slice(-count)).join('')
        const parts = keep === 'first' ? [kept, '***'] : ['***', kept]
        expect(shown).toBe(all.length < 3 * count ? '***' : parts.join(''))
      }),
      { numRuns: 2000 },
    )
  })

  it('shows nothing of text that is longer than it looks at', () => {
    expect(masked('é'.repeat(3000), keeping('first'))).toBe('***')
    expect(masked('a'.repeat(5000), keeping('last'))).toBe('***')
  })
})

it('is text that fits its column, for any bytes and any kind', () => {
  const kinds: readonly MaskKind[] = ['redact', 'hash', keeping('domain'), keeping('first', 2), keeping('last', 2), keeping('year')]
  const bytes = fc.oneof(
    fc.uint8Array(),
    fc.array(fc.constantFrom(0x40, 0x2e, 0x61, 0xc3, 0xa9, 0xff, 0x20)).map((all) => Uint8Array.from(all)),
  )
  fc.assert(
    fc.property(bytes, fc.constantFrom(...kinds), fc.option(fc.nat(40), { nil: undefined }), (value, as, most) => {
      const shown = masked(value, as, most === undefined ? {} : { most })!
      expect(Array.from(shown).length).toBeLessThanOrEqual(most ?? 4096)
    }),
    { numRuns: 2000 },
  )
})

function base32(bytes: Uint8Array): string {
  const bits = Array.from(bytes, (byte) => byte.toString(2).padStart(8, '0')).join('')
  return (bits.match(/.{5}/g) ?? []).map((five) => 'abcdefghijklmnopqrstuvwxyz234567'[Number.parseInt(five, 2)]).join('')
}

function nodeHmac(key: Uint8Array, message: string): Uint8Array {
  return createHmac('sha256', key).update(message).digest()
}
