import { describe, expect, it } from 'vitest'
import { assert, jsonValue, property } from 'fast-check'
import { EncodingError, json, list, map, number, object, oneOf, optional, text } from './canonical.js'

describe('canonical JSON', () => {
  it('writes the fields of a table in its order, whatever the order of the object', () => {
    const encode = object<{ a: string; b?: number }>({ a: text, b: optional(number) })
    expect(encode({ b: 1, a: 'x' })).toBe('{"a":"x","b":1}')
    expect(encode({ a: 'x' })).toBe('{"a":"x"}')
  })

  it('does not write what the table does not name', () => {
    const carrying = { name: 'shop', secrets: { password: 'hunter2' } }
    expect(object<{ name: string }>({ name: text })(carrying)).toBe('{"name":"shop"}')
  })

  it('writes the keys of an open map in code-unit order, also numeric ones', () => {
    expect(map(number)({ b: 1, a: 2, 9: 3, 10: 4 })).toBe('{"10":4,"9":3,"a":2,"b":1}')
  })

  it('is the same for the same value and reads back as that value', () => {
    assert(
      property(jsonValue({ maxDepth: 6 }), (value) => {
        const once = json(value)
        expect(json(JSON.parse(once))).toBe(once)
        expect(JSON.parse(once)).toEqual(JSON.parse(JSON.stringify(value)))
      }),
    )
  })

  it.each([
    ['a date', new Date(0)],
    ['a bigint', 1n],
    ['a function', () => 1],
    ['a symbol', Symbol('x')],
    ['a buffer', Buffer.from('x')],
    ['not a number', Number.NaN],
    ['infinity', Number.POSITIVE_INFINITY],
    ['undefined in a list', [undefined]],
  ])('refuses %s instead of guessing', (_name, value) => {
    expect(() => json(value)).toThrow(EncodingError)
    expect(() => json({ inside: [value] })).toThrow(EncodingError)
  })

  it('refuses what is nested too deeply', () => {
    let deep: unknown = 1
    for (let i = 0; i < 40; i++) deep = [deep]
    expect(() => json(deep)).toThrow('nested too deeply')
  })

  it('refuses a missing field, a member outside its set and a scalar of another kind', () => {
    expect(() => object<{ a: string }>({ a: text })(JSON.parse('{}') as { a: string })).toThrow('the field a is missing')
    expect(() => oneOf({ yes: true })('constructor' as 'yes')).toThrow(EncodingError)
    expect(() => list(text)(JSON.parse('[1]') as string[])).toThrow(EncodingError)
    expect(() => text(JSON.parse('["a"]') as string)).toThrow(EncodingError)
  })
})
