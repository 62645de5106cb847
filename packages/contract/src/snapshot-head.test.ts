import { generateKeyPairSync } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { rawPublicKey } from './keys.js'
import { followRotations, signRotation, signSnapshotHead, verifySnapshotHead } from './snapshot-head.js'

const key = () => generateKeyPairSync('ed25519').privateKey
const [one, two, three] = [key(), key(), key()]
const pinned = rawPublicKey(one)

const head = {
  agent: 'agt_1',
  generation: 1n,
  version: 7n,
  previousDigest: Buffer.alloc(32, 1),
  expiresAt: 1_000,
  stateDigest: Buffer.alloc(32, 2),
}

describe('the head of a snapshot', () => {
  const signed = signSnapshotHead(head, one)

  it('is believed from the pinned signer', () => {
    expect(verifySnapshotHead(signed, pinned)).toBe(true)
  })

  it.each([
    ['agent', { agent: 'agt_2' }],
    ['generation', { generation: 2n }],
    ['version', { version: 8n }],
    ['state before', { previousDigest: Buffer.alloc(32, 9) }],
    ['state before, left out', { previousDigest: Buffer.alloc(0) }],
    ['expiry', { expiresAt: 1_001 }],
    ['state', { stateDigest: Buffer.alloc(32, 9) }],
    ['signature', { signature: Buffer.alloc(64) }],
  ])('is not believed with another %s', (_, change) => {
    expect(verifySnapshotHead({ ...signed, ...change }, pinned)).toBe(false)
  })

  it('is not believed from a signer that only says it is pinned', () => {
    const forged = signSnapshotHead(head, two)
    expect(verifySnapshotHead(forged, pinned)).toBe(false)
    expect(verifySnapshotHead({ ...forged, signer: pinned }, pinned)).toBe(false)
  })
})

describe('a rotation of the signer', () => {
  const toTwo = signRotation(rawPublicKey(two), one)
  const toThree = signRotation(rawPublicKey(three), two)

  it('leads from the pinned key to the newest', () => {
    expect(followRotations(pinned, [])).toEqual(pinned)
    expect(followRotations(pinned, [toTwo, toThree])).toEqual(rawPublicKey(three))
  })

  it('leads nowhere from another key, out of order, or by another signature', () => {
    expect(followRotations(pinned, [toThree])).toBeUndefined()
    expect(followRotations(pinned, [toThree, toTwo])).toBeUndefined()
    expect(followRotations(pinned, [{ ...toTwo, next: rawPublicKey(three) }])).toBeUndefined()
    expect(followRotations(pinned, [{ ...toTwo, signature: toThree.signature }])).toBeUndefined()
  })
})
