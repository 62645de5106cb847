import { expect, test, vi } from 'vitest'
import { createCancelKeys } from './cancel.js'

test.each([
  [0, 4],
  [1, 4],
  [2, 32],
])('a key of protocol 3.%i has %i bytes, cancels its own connection and nobody else’s', (minor, length) => {
  const keys = createCancelKeys(7, () => 0)
  const [mine, other] = [vi.fn<() => void>(), vi.fn<() => void>()]
  const key = keys.issue(minor, mine)
  expect(key.secret).toHaveLength(length)
  keys.issue(minor, other)
  keys.request(key.pid, key.secret, 'a')
  expect(mine).toHaveBeenCalledOnce()
  expect(other).not.toHaveBeenCalled()
})

test.each([0, 2])('wrong, short, long and released keys of protocol 3.%i are ignored', (minor) => {
  const keys = createCancelKeys(7, () => 0)
  const cancel = vi.fn<() => void>()
  const key = keys.issue(minor, cancel)
  const { pid, secret } = key
  const wrong = Uint8Array.from(secret, (byte) => byte ^ 1)
  const others = [wrong, secret.subarray(0, -1), secret.subarray(0, 4 - 1), Uint8Array.of(...secret, 0), new Uint8Array()]
  for (const attempt of others) keys.request(pid, attempt, 'a')
  keys.request(pid + 1, secret, 'a')
  key.release()
  keys.request(pid, secret, 'a')
  expect(cancel).not.toHaveBeenCalled()
})

test('the pid carries the instance, also the highest one, and no number is given twice', () => {
  const keys = createCancelKeys(0xffff, () => 0)
  const pids = new Set(Array.from({ length: 0x10000 }, () => keys.issue(0, () => undefined).pid))
  expect(pids.size).toBe(0x10000)
  for (const pid of pids) expect(pid >>> 16).toBe(0xffff)
  expect(() => keys.issue(0, () => undefined)).toThrow(RangeError)
})

test('an address that guesses is not heard for the rest of the window, and others are', () => {
  let now = 0
  const keys = createCancelKeys(1, () => now, { wrong: 3, window: 1000 })
  const cancel = vi.fn<() => void>()
  const { pid, secret } = keys.issue(2, cancel)
  for (let i = 0; i < 3; i++) keys.request(pid, new Uint8Array(32), 'guesser')
  keys.request(pid, secret, 'guesser')
  expect(cancel).not.toHaveBeenCalled()
  keys.request(pid, secret, 'honest')
  expect(cancel).toHaveBeenCalledOnce()
  now = 1000
  keys.request(pid, secret, 'guesser')
  expect(cancel).toHaveBeenCalledTimes(2)
})
