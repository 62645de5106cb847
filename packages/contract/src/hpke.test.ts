import { generateKeyPairSync, randomBytes } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { hpkeOpen, hpkeSeal } from './hpke.js'
import { rawPublicKey, x25519PrivateKey } from './keys.js'

const hex = (text: string): Buffer => Buffer.from(text, 'hex')

/** RFC 9180, A.1.1: DHKEM(X25519, HKDF-SHA256), HKDF-SHA256, AES-128-GCM, base mode, sequence number 0. */
const vector = {
  info: hex('4f6465206f6e2061204772656369616e2055726e'),
  ephemeralSeed: hex('7268600d403fce431561aef583ee1613527cff655c1343f29812e66706df3234'),
  enc: hex('37fda3567bdbd628e88668c3c8d7e97d1d1253b6d4ea6d44c150f741f1bf4431'),
  recipientKey: hex('4612c550263fc8ad58375df3f557aac531d26850903e55a9f23f21d8534e8ac8'),
  plaintext: hex('4265617574792069732074727574682c20747275746820626561757479'),
  aad: hex('436f756e742d30'),
  ciphertext: hex('f938558b5d72f1a23810b4be2ab4f84331acc02fc97babc53a52ae8218a355a96d8770ac83d07bea87e13c512a'),
}

describe('sealing to a key', () => {
  it('opens the test vector of RFC 9180', () => {
    const { info, aad, enc, ciphertext } = vector
    const privateKey = x25519PrivateKey(vector.recipientKey)
    const aead = { id: 0x0001, cipher: 'aes-128-gcm', keyLength: 16 } as const
    expect(hpkeOpen({ privateKey, info, aad, enc, ciphertext, aead })).toEqual(vector.plaintext)
  })

  it('derives the ephemeral key as RFC 9180 does', () => {
    const recipient = rawPublicKey(x25519PrivateKey(vector.recipientKey))
    const { info, aad, plaintext } = vector
    expect(hpkeSeal({ recipient, info, aad, plaintext, seed: vector.ephemeralSeed }).enc).toEqual(vector.enc)
  })

  const { privateKey } = generateKeyPairSync('x25519')
  const recipient = rawPublicKey(privateKey)
  const [info, aad, plaintext] = ['purpose', 'which field', 'a secret'].map((text) => Buffer.from(text))
  const message = { recipient, info: info!, aad: aad!, plaintext: plaintext!, seed: randomBytes(64) }
  const sealed = hpkeSeal(message)

  it('opens for the one it was sealed to, and comes out the same for the same seed', () => {
    expect(hpkeOpen({ privateKey, info: message.info, aad: message.aad, ...sealed })).toEqual(message.plaintext)
    expect(hpkeSeal(message)).toEqual(sealed)
    expect(hpkeSeal({ ...message, seed: randomBytes(64) }).enc).not.toEqual(sealed.enc)
  })

  it.each([
    ['another key', { privateKey: generateKeyPairSync('x25519').privateKey }],
    ['another purpose', { info: Buffer.from('another') }],
    ['another field', { aad: Buffer.from('another') }],
    ['another ephemeral key', { enc: rawPublicKey(generateKeyPairSync('x25519').publicKey) }],
    ['a changed ciphertext', { ciphertext: Buffer.from(sealed.ciphertext).fill(0, 0, 1) }],
    ['a cut ciphertext', { ciphertext: sealed.ciphertext.subarray(0, -1) }],
    ['no ciphertext', { ciphertext: Buffer.alloc(0) }],
    ['an ephemeral key of low order', { enc: Buffer.alloc(32) }],
  ])('does not open with %s', (_, change) => {
    expect(() => hpkeOpen({ privateKey, info: message.info, aad: message.aad, ...sealed, ...change })).toThrow(Error)
  })

  it('refuses a seed that is too short to be secret', () => {
    expect(() => hpkeSeal({ ...message, seed: randomBytes(31) })).toThrow('at least 32 bytes')
  })
})
