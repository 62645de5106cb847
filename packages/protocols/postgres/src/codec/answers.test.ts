import { WireError } from '@sallyport/wire'
import { expect, test } from 'vitest'
import { fields, frame, messages } from '../../test/play/words.js'
import { readParameterStatus, readReady, readTagRows, readTargetError } from './answers.js'
import { backendKeyData, errorResponse, negotiateProtocolVersion, parameterStatus, readyForQuery } from './backend.js'

test.each([
  ['SELECT 12', 12],
  ['INSERT 0 5', 5],
  ['COPY 1234567890', 1234567890],
  ['SELECT 99999999999999999999', undefined],
  ['BEGIN', undefined],
  ['CREATE TABLE', undefined],
  ['', undefined],
])('the tag %j tells %s rows', (tag, rows) => {
  expect(readTagRows(frame('C', `${tag}\0`))).toBe(rows)
})

test('what we write reads back', () => {
  expect(readReady(readyForQuery('E'))).toBe('E')
  expect(readParameterStatus(parameterStatus('TimeZone', 'Zürich'))).toEqual({ name: 'TimeZone', value: 'Zürich' })
  expect(readTargetError(errorResponse({ severity: 'FATAL', code: '57P01', message: 'x' }))).toEqual({ fatal: true, code: '57P01' })
  expect([...backendKeyData(-2, Uint8Array.of(1, 2, 3, 4))]).toEqual([75, 0, 0, 0, 12, 255, 255, 255, 254, 1, 2, 3, 4])
  expect([...negotiateProtocolVersion(196608, ['_pq_.a'])].slice(0, 13)).toEqual([118, 0, 0, 0, 19, 0, 3, 0, 0, 0, 0, 0, 1])
})

test('a NUL in what we tell cannot end its field, nor a long text grow without end', () => {
  const report = errorResponse({ severity: 'ERROR', code: '42501', message: `a\0C00000\0${'x'.repeat(100_000)}`, hint: 'h' })
  const read = fields(messages(report)[0]?.body ?? new Uint8Array())
  expect([read['C'], read['H'], read['M']?.length]).toEqual(['42501', 'h', 8192])
})

test('a target that breaks the format is noticed', () => {
  for (const bytes of [frame('Z', ''), frame('Z', 'X'), frame('Z', 'II')]) expect(() => readReady(bytes)).toThrow(WireError)
  expect(() => readTargetError(frame('E', 'SERROR\0C42601'))).toThrow(WireError)
  expect(() => readTagRows(frame('C', 'SELECT 1'))).toThrow(WireError)
  expect(() => readParameterStatus(frame('S', 'TimeZone\0\xd4\0'))).toThrow(WireError)
  expect(readTargetError(frame('E', 'SERROR\0Cweird!\0\0'))).toEqual({ fatal: false, code: 'XX000' })
})
