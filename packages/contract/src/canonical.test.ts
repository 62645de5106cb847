import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { canonicalBytes, CanonicalError, canonicalJson, parseCanonical } from './canonical.js'

describe('canonical JSON', () => {
  it('has one spelling for objects that differ only in the order of their keys', () => {
    expect(canonicalJson({ b: [1, { d: null, c: 'ü' }], a: true })).toBe('{"a":true,"b":[1,{"c":"ü","d":null}]}')
    expect(canonicalJson({ a: true, b: [1, { c: 'ü', d: null }] })).toBe('{"a":true,"b":[1,{"c":"ü","d":null}]}')
  })

  it('leaves out fields that are undefined, and nothing else', () => {
    expect(canonicalJson({ a: undefined, b: null, c: '' })).toBe('{"b":null,"c":""}')
  })

  it('reads back what it wrote, for any JSON', () => {
    fc.assert(
      fc.property(fc.jsonValue({ maxDepth: 6 }), (value) => {
        const bytes = canonicalBytes(value)
        expect(canonicalBytes(parseCanonical(bytes))).toEqual(bytes)
      }),
    )
  })

  it.each([
    ['a blank', '{"a": 1}'],
    ['keys out of order', '{"b":1,"a":1}'],
    ['a key twice', '{"a":1,"a":1}'],
    ['a number spelled otherwise', '1.0'],
    ['an escape that is not needed', '"\\u0061"'],
    ['more than one value', '1 2'],
    ['nothing', ''],
  ])('refuses %s', (_, text) => {
    expect(() => parseCanonical(Buffer.from(text))).toThrow(CanonicalError)
  })

  it('refuses bytes that are not UTF-8', () => {
    expect(() => parseCanonical(Buffer.from([0x22, 0xff, 0x22]))).toThrow(CanonicalError)
  })

  it('refuses what is nested without end, and what JSON cannot hold', () => {
    expect(() => parseCanonical(Buffer.from('['.repeat(100) + ']'.repeat(100)))).toThrow(CanonicalError)
    for (const value of [Number.NaN, Number.POSITIVE_INFINITY, 1n, new Date(), () => 1, [undefined]]) {
      expect(() => canonicalJson(value)).toThrow(CanonicalError)
    }
  })
})
