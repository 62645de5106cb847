import { expect, test } from 'vitest'
import { isIndifferent } from './indifferent.js'

test('plain ASCII without a backslash is indifferent to encodings and string settings', () => {
  expect(isIndifferent("select 'a' -- x\n")).toBe(true)
  expect(isIndifferent(new TextEncoder().encode('select 1\0'))).toBe(true)
  expect(isIndifferent('')).toBe(true)
})

test.each(["select '\\''", 'select é', "select '\u{1f600}'", '\ufeffselect 1', 'select \u00a01'])('%j is not', (text) => {
  expect(isIndifferent(text)).toBe(false)
  expect(isIndifferent(new TextEncoder().encode(text))).toBe(false)
})

test('a single high byte is enough, valid or not', () => {
  expect(isIndifferent(Uint8Array.of(0x41, 0x80))).toBe(false)
  expect(isIndifferent(Uint8Array.of(0xff))).toBe(false)
})
