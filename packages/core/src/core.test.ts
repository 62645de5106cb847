import { describe, expect, it } from 'vitest'
import {
  agentTransitions,
  approvalTransitions,
  errorCatalogue,
  isId,
  makeId,
  next,
  pairs,
  SallyportError,
  sessionTransitions,
} from './index.js'

describe('ids', () => {
  it('are a prefix and 26 characters, and sort by their time', () => {
    const random = new Uint8Array(10).fill(255)
    const older = makeId('ses', 1_700_000_000_000, random)
    const newer = makeId('ses', 1_700_000_000_001, new Uint8Array(10))
    expect(older).toMatch(/^ses_[0-9a-z]{26}$/)
    expect(newer > older).toBe(true)
    expect(isId('ses', older)).toBe(true)
    expect(isId('res', older)).toBe(false)
    expect(isId('ses', `${older}x`)).toBe(false)
  })

  it('hold every bit of time and randomness, five to a character', () => {
    const random = Uint8Array.from({ length: 10 }, (_, i) => (i * 67 + 41) & 255)
    let value = random.reduce((sum, byte) => (sum << 8n) | BigInt(byte), 1_763_938_123_457n)
    let text = ''
    for (let i = 0; i < 26; i++, value >>= 5n) text = '0123456789abcdefghjkmnpqrstvwxyz'[Number(value & 31n)]! + text
    expect(makeId('evt', 1_763_938_123_457, random)).toBe(`evt_${text}`)
  })

  it('refuse another amount of randomness', () => {
    expect(() => makeId('ses', 0, new Uint8Array(9))).toThrow(RangeError)
  })
})

describe('transition tables', () => {
  it('have one door that answers nothing for what is not in the table', () => {
    expect(next(sessionTransitions, 'opening', 'dialled')).toBe('active')
    expect(next(sessionTransitions, 'ended', 'close')).toBeUndefined()
    expect(next(approvalTransitions, 'used', 'approve')).toBeUndefined()
    expect(next(agentTransitions, 'revoked', 'connect')).toBeUndefined()
  })

  it('list every legal pair once', () => {
    expect(pairs(approvalTransitions)).toContainEqual(['approved', 'used'])
    expect(pairs(approvalTransitions)).not.toContainEqual(['denied', 'approved'])
    const spelled = pairs(agentTransitions).map((p) => p.join('>'))
    expect(new Set(spelled).size).toBe(spelled.length)
  })

  it('never leave a final state', () => {
    for (const state of ['denied', 'expired', 'withdrawn', 'used', 'revoked'] as const) expect(approvalTransitions[state]).toEqual({})
  })
})

describe('errors', () => {
  it('map every code to a status of its fault', () => {
    for (const [code, kind] of Object.entries(errorCatalogue)) {
      expect(kind.title, code).not.toMatch(/\.$/)
      expect(kind.status >= 500, code).toBe(kind.fault === 'gateway' || kind.fault === 'target')
    }
    expect(new SallyportError('conflict', 'x').kind.status).toBe(409)
  })
})
