import { describe, expect, it } from 'vitest'
import { compileCustom } from './custom.js'
import { createDetectors } from './scan.js'

const found = (pattern: string, text: string) =>
  createDetectors(['staff_id'], { custom: [compileCustom({ name: 'staff_id', pattern })] }).scan(text)

describe("a pattern of a customer's own", () => {
  it('finds what it describes, in strings and in bytes', () => {
    const custom = [compileCustom({ name: 'staff_id', pattern: 'Ä-[0-9]{4}' })]
    const scanner = createDetectors(['staff_id', 'email'], { custom })
    expect(scanner.scan('é Ä-1234.')).toMatchObject([{ detector: 'staff_id', start: 2, end: 8 }])
    const bytes = Buffer.from('é Ä-1234.')
    expect(scanner.scanBytes(bytes, 0, bytes.length)).toMatchObject([{ detector: 'staff_id', start: 3, end: 10 }])
  })

  it('takes no longer where others take for ever', () => {
    const before = performance.now()
    expect(found('^(a+)+$', `${'a'.repeat(5000)}!`)).toEqual([])
    expect(performance.now() - before).toBeLessThan(2000)
  })

  it.each([
    ['(?=a)b', 'is not one of RE2'],
    [String.raw`(a)\1`, 'is not one of RE2'],
    ['(', 'is not one of RE2'],
    ['a*', 'matches nothing at all'],
    ['a{900}b{900}c{900}', 'repeats too much'],
    ['a'.repeat(501), 'must have 1 to 500 characters'],
    ['', 'must have 1 to 500 characters'],
  ])('%s is refused', (pattern, reason) => {
    expect(() => compileCustom({ name: 'staff_id', pattern })).toThrow(reason)
  })

  it('has a name of its own', () => {
    expect(() => compileCustom({ name: 'email', pattern: 'x' })).toThrow('already')
    expect(() => compileCustom({ name: 'Staff', pattern: 'x' })).toThrow('name')
    expect(() => createDetectors(['no_such'])).toThrow(RangeError)
  })
})
