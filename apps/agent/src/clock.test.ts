import { isId } from '@sallyport/core'
import { expect, it } from 'vitest'
import { newId } from './clock.js'

it('no two ids are alike, and each is whole, also where one block of randomness ends and the next begins', () => {
  const ids = Array.from({ length: 1_000 }, () => newId('evt'))
  expect(new Set(ids.map((id) => id.slice(-16))).size).toBe(1_000)
  expect(ids.filter((id) => !isId('evt', id))).toEqual([])
})
