import type { Finding } from '@sallyport/core'
import { expect, test } from 'vitest'
import { limits } from './limits.js'
import { readFindings, targetDigest, writeFindings } from './posture.js'

const finding: Finding = {
  id: 'superuser',
  severity: 'critical',
  what: 'the role app is a superuser',
  remedy: 'ALTER ROLE app NOSUPERUSER;',
}

test('findings arrive as they were found', () => {
  expect(readFindings(writeFindings([finding]))).toEqual([finding])
})

test('what is too long or too much is cut by who sends, and refused by who is sent it', () => {
  const long = Array.from({ length: 100 }, (_, i) => ({ ...finding, id: `f_${i}`, what: 'x'.repeat(5_000) }))
  const written = writeFindings(long)
  expect(written).toHaveLength(limits.findings)
  expect(readFindings(written)[0]?.what).toMatch(/^x{1999}…$/)
  expect(() => readFindings(long)).toThrow('more findings')
  expect(() => readFindings(long.slice(0, 1))).toThrow('too long')
})

test.each([
  [{ ...finding, severity: 'fatal' }],
  [{ ...finding, id: 'Not An Id' }],
  [{ ...finding, id: '' }],
  [{ ...finding, what: 'a\0b' }],
])('a finding of another spelling is refused: %o', (wrong) => {
  expect(() => readFindings([wrong])).toThrow('a finding')
})

test('one id stands for one finding', () => {
  expect(() => readFindings([finding, finding])).toThrow('an id of its own')
})

test('a target is the same however its fields are ordered, and another with one field more', () => {
  const digest = (target: Readonly<Record<string, unknown>>) => targetDigest(target).toString('hex')
  expect(digest({ host: 'a', port: 1 })).toBe(digest({ port: 1, host: 'a' }))
  expect(digest({ host: 'a', port: 1, user: 'b' })).not.toBe(digest({ host: 'a', port: 1 }))
})
