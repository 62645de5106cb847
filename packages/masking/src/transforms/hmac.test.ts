import { createHmac, randomBytes } from 'node:crypto'
import fc from 'fast-check'
import { expect, it } from 'vitest'
import { createKeyedHmac } from './hmac.js'

const node = (key: Uint8Array, domain: Uint8Array, value: Uint8Array) =>
  createHmac('sha256', key).update(domain).update(Uint8Array.of(0)).update(value).digest('hex')
const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString('hex')

it('is the HMAC-SHA256 of Node for every length around its blocks, and beyond where it asks Node', () => {
  const key = randomBytes(32)
  const hmac = createKeyedHmac(key)
  const bytes = randomBytes(600)
  for (let length = 0; length < 600; length++) {
    for (const domain of [new Uint8Array(0), Buffer.from('text'), Buffer.alloc(31, 'x'), Buffer.alloc(40, 'y')]) {
      expect(hex(hmac.digest(domain, bytes, 0, length)), `${domain.length} ${length}`).toBe(node(key, domain, bytes.subarray(0, length)))
    }
  }
})

it('is the same for any key up to a block, any range and any order of messages', () => {
  fc.assert(
    fc.property(
      fc.uint8Array({ maxLength: 64 }),
      fc.array(fc.tuple(fc.uint8Array({ maxLength: 20 }), fc.uint8Array({ maxLength: 700 }), fc.nat(5)), { maxLength: 5 }),
      (key, messages) => {
        const hmac = createKeyedHmac(key)
        for (const [domain, value, skip] of messages) {
          const start = Math.min(skip, value.length)
          expect(hex(hmac.digest(domain, value, start, value.length))).toBe(node(key, domain, value.subarray(start)))
        }
      },
    ),
  )
  expect(() => createKeyedHmac(new Uint8Array(65))).toThrow(RangeError)
})
