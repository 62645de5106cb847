import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { frame, joined, say } from '../../test/play/words.js'
import { createGoodbye } from './goodbye.js'

test('Terminate is found between messages only, however they are cut', () => {
  const without = joined(say.query('XXXXXXXX'), say.sync(), say.parse('X', 'select X'), frame('d', 'X\0\0\0\x04'.repeat(9)))
  fc.assert(
    fc.property(fc.boolean(), fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 1 }), (ends, cuts) => {
      const stream = ends ? joined(without, say.end(), say.query('select 1')) : without
      const goodbye = createGoodbye()
      let said = false
      for (let at = 0, i = 0; at < stream.length; i++) {
        const size = cuts[i % cuts.length]!
        said = goodbye(stream.subarray(at, at + size))
        at += size
      }
      expect(said).toBe(ends)
    }),
  )
})

test('behind a length that cannot be nothing is believed', () => {
  const goodbye = createGoodbye()
  expect(goodbye(joined(frame('Q', '', 3), say.end()))).toBe(false)
})
