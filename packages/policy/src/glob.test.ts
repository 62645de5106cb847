import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { anyGlob, glob } from './glob.js'

describe('a glob', () => {
  it.each([
    ['public.orders', 'public.orders', true],
    ['public.orders', 'public.order', false],
    ['public.orders', 'Public.orders', false],
    ['public.*', 'public.orders', true],
    ['public.*', 'public.orders.id', true],
    ['public.*', 'publicXorders', false],
    ['*', '', true],
    ['*', 'a/b', false],
    ['**', 'a/b', true],
    ['/v1/*', '/v1/orders', true],
    ['/v1/*', '/v1/orders/7', false],
    ['/v1/**', '/v1/orders/7', true],
    ['/v1/**/refund', '/v1/orders/7/refund', true],
    ['/v?/x', '/v1/x', true],
    ['/v?x', '/v/x', false],
    ['*.*', 'a.b.c', true],
    ['a*b*c', 'aXbYbZc', true],
    ['a*b*c', 'aXbYbZ', false],
    ['a.c', 'abc', false],
    ['(x)[y]', '(x)[y]', true],
    ['*\n', 'a\n', true],
  ])('%j on %j is %s', (pattern, name, expected) => {
    expect(glob(pattern)(name)).toBe(expected)
  })

  it('agrees with the regular expression it stands for', () => {
    const text = (alphabet: string) => fc.array(fc.constantFrom(...alphabet.split('')), { maxLength: 12 }).map((chars) => chars.join(''))
    fc.assert(
      fc.property(text('ab/.*?'), text('ab/.'), (pattern, name) => {
        const source = pattern
          .match(/\*+|[^*]/g)
          ?.map((part) => (part === '*' ? '[^/]*' : part.startsWith('*') ? '.*' : part === '?' ? '[^/]' : part.replace(/[./]/, '\\$&')))
          .join('')
        expect(glob(pattern)(name)).toBe(new RegExp(`^${source ?? ''}$`).test(name))
      }),
      { numRuns: 5000 },
    )
  })

  it('does not take for ever on a name made to defeat it', () => {
    expect(glob(`${'*a'.repeat(50)}b`)('a'.repeat(5000))).toBe(false)
  })

  it('in a list is one of several', () => {
    const matches = anyGlob(['shop', 'test-*'])
    expect([matches('shop'), matches('test-1'), matches('shop-1')]).toEqual([true, true, false])
  })
})
