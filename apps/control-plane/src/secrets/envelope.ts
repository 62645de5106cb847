import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto'

/**
 * AES-256-GCM (NIST SP 800-38D), one layout for wrapped keys and sealed fields:
 *
 *   1 byte version (1) | 12 bytes nonce | 16 bytes tag | ciphertext
 *
 * `binding` is authenticated, not stored: bytes moved to another record or field do not open.
 */
const version = 1
const nonceLength = 12
const tagLength = 16
const headLength = 1 + nonceLength + tagLength

export function sealBytes(key: Uint8Array, binding: string, plaintext: Uint8Array): Buffer {
  const nonce = randomBytes(nonceLength)
  const cipher = createCipheriv('aes-256-gcm', key, nonce).setAAD(Buffer.from(binding))
  const body = Buffer.concat([cipher.update(plaintext), cipher.final()])
  return Buffer.concat([Buffer.of(version), nonce, cipher.getAuthTag(), body])
}

/** Throws when key, binding or bytes are not those that were sealed. */
export function openBytes(key: Uint8Array, binding: string, sealed: Uint8Array): Buffer {
  if (sealed.length < headLength || sealed[0] !== version) throw new Error('not a sealed value')
  const nonce = sealed.subarray(1, 1 + nonceLength)
  const tag = sealed.subarray(1 + nonceLength, headLength)
  const decipher = createDecipheriv('aes-256-gcm', key, nonce, { authTagLength: tagLength }).setAAD(Buffer.from(binding)).setAuthTag(tag)
  return Buffer.concat([decipher.update(sealed.subarray(headLength)), decipher.final()])
}
