import { randomBytes } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { formatJoinToken, parseJoinToken, pinFits, pinOf } from './join-token.js'

describe('a join token', () => {
  const key = randomBytes(91)
  const token = { secret: randomBytes(32).toString('base64url'), pin: pinOf(key) }

  it('reads back as it was written, also with a line feed after it', () => {
    expect(parseJoinToken(`${formatJoinToken(token)}\n`)).toEqual(token)
  })

  it('pins one public key', () => {
    expect(pinFits(token.pin, key)).toBe(true)
    expect(pinFits(token.pin, randomBytes(91))).toBe(false)
    expect(pinFits('', key)).toBe(false)
  })

  it.each([
    '',
    'sjt_',
    formatJoinToken({ ...token, pin: '' }),
    formatJoinToken({ ...token, secret: 'short' }),
    `x${formatJoinToken(token)}`,
  ])('is not %j', (text) => {
    expect(parseJoinToken(text)).toBeUndefined()
  })
})
