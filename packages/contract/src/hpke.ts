import { createCipheriv, createDecipheriv, createHmac, diffieHellman } from 'node:crypto'
import type { KeyObject } from 'node:crypto'
import { rawPublicKey, x25519PrivateKey, x25519PublicKey } from './keys.js'

/**
 * Seals a secret to one agent's key: RFC 9180 (HPKE), base mode, single shot, with DHKEM(X25519, HKDF-SHA256),
 * HKDF-SHA256 and AES-256-GCM. Base mode does not say who sealed; the signature of the snapshot does. A caller must bind
 * what the secret is for in `aad`, and must never use one `seed` for two different messages.
 */

const kemId = 0x0020
const kdfId = 0x0001

interface Aead {
  readonly id: number
  readonly cipher: 'aes-128-gcm' | 'aes-256-gcm'
  readonly keyLength: number
}

export const aes256gcm: Aead = { id: 0x0002, cipher: 'aes-256-gcm', keyLength: 32 }
const tagLength = 16
const nonceLength = 12

export interface Sealing {
  /** X25519, 32 bytes. */
  readonly recipient: Uint8Array
  readonly info: Uint8Array
  readonly aad: Uint8Array
  readonly plaintext: Uint8Array
  /** At least 32 secret bytes, unique to this message: the ephemeral key is derived from them (section 7.1.3). */
  readonly seed: Uint8Array
}

export interface Sealed {
  readonly enc: Uint8Array
  /** Ciphertext and tag. */
  readonly ciphertext: Uint8Array
}

export function hpkeSeal(sealing: Sealing): Sealed {
  const ephemeral = deriveKeyPair(sealing.seed)
  const enc = rawPublicKey(ephemeral)
  const dh = diffieHellman({ privateKey: ephemeral, publicKey: x25519PublicKey(sealing.recipient) })
  const { key, nonce } = schedule(sharedSecret(dh, enc, sealing.recipient), sealing.info, aes256gcm)
  const cipher = createCipheriv(aes256gcm.cipher, key, nonce, { authTagLength: tagLength })
  cipher.setAAD(sealing.aad)
  return { enc, ciphertext: Buffer.concat([cipher.update(sealing.plaintext), cipher.final(), cipher.getAuthTag()]) }
}

export interface Opening extends Sealed {
  readonly privateKey: KeyObject
  readonly info: Uint8Array
  readonly aad: Uint8Array
  readonly aead?: Aead
}

/** Throws when it was sealed to another key, for another purpose, or changed. */
export function hpkeOpen({ privateKey, info, aad, enc, ciphertext, aead = aes256gcm }: Opening): Buffer {
  if (ciphertext.length < tagLength) throw new RangeError('a sealed message is longer than its tag')
  const dh = diffieHellman({ privateKey, publicKey: x25519PublicKey(enc) })
  const { key, nonce } = schedule(sharedSecret(dh, enc, rawPublicKey(privateKey)), info, aead)
  const decipher = createDecipheriv(aead.cipher, key, nonce, { authTagLength: tagLength })
  decipher.setAAD(aad)
  decipher.setAuthTag(ciphertext.subarray(ciphertext.length - tagLength))
  return Buffer.concat([decipher.update(ciphertext.subarray(0, ciphertext.length - tagLength)), decipher.final()])
}

const kemSuite = Buffer.concat([Buffer.from('KEM'), uint16(kemId)])

function deriveKeyPair(seed: Uint8Array): KeyObject {
  if (seed.length < 32) throw new RangeError('a seed is at least 32 bytes')
  return x25519PrivateKey(
    expand(extract(empty, 'dkp_prk', { ikm: seed, suite: kemSuite }), 'sk', { info: empty, length: 32, suite: kemSuite }),
  )
}

function sharedSecret(dh: Uint8Array, enc: Uint8Array, recipient: Uint8Array): Buffer {
  const prk = extract(empty, 'eae_prk', { ikm: dh, suite: kemSuite })
  return expand(prk, 'shared_secret', { info: Buffer.concat([enc, recipient]), length: 32, suite: kemSuite })
}

function schedule(shared: Uint8Array, info: Uint8Array, aead: Aead): { readonly key: Buffer; readonly nonce: Buffer } {
  const suite = Buffer.concat([Buffer.from('HPKE'), uint16(kemId), uint16(kdfId), uint16(aead.id)])
  const context = Buffer.concat([
    Buffer.of(0),
    extract(empty, 'psk_id_hash', { ikm: empty, suite }),
    extract(empty, 'info_hash', { ikm: info, suite }),
  ])
  const secret = extract(shared, 'secret', { ikm: empty, suite })
  return {
    key: expand(secret, 'key', { info: context, length: aead.keyLength, suite }),
    nonce: expand(secret, 'base_nonce', { info: context, length: nonceLength, suite }),
  }
}

const empty = Buffer.alloc(0)
const version = Buffer.from('HPKE-v1')

/** LabeledExtract of section 4. */
function extract(salt: Uint8Array, label: string, from: { readonly ikm: Uint8Array; readonly suite: Uint8Array }): Buffer {
  const key = salt.length === 0 ? Buffer.alloc(32) : salt
  return createHmac('sha256', key)
    .update(Buffer.concat([version, from.suite, Buffer.from(label), from.ikm]))
    .digest()
}

/** LabeledExpand of section 4; one block of HKDF is all that is ever asked for. */
function expand(
  prk: Uint8Array,
  label: string,
  to: { readonly info: Uint8Array; readonly length: number; readonly suite: Uint8Array },
): Buffer {
  if (to.length > 32) throw new RangeError('longer than one block')
  const labelled = Buffer.concat([uint16(to.length), version, to.suite, Buffer.from(label), to.info, Buffer.of(1)])
  return createHmac('sha256', prk).update(labelled).digest().subarray(0, to.length)
}

function uint16(value: number): Buffer {
  return Buffer.of(value >> 8, value & 0xff)
}
