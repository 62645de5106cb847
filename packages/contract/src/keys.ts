import { createPrivateKey, createPublicKey } from 'node:crypto'
import type { KeyObject } from 'node:crypto'

/** Keys of RFC 8410 as they travel: 32 raw bytes, which stand at the end of a DER whose beginning never changes. */
const x25519Spki = Buffer.from('302a300506032b656e032100', 'hex')
const x25519Pkcs8 = Buffer.from('302e020100300506032b656e04220420', 'hex')
const ed25519Spki = Buffer.from('302a300506032b6570032100', 'hex')

/** The 32 raw bytes of an X25519 or Ed25519 public key, or of a private key's public half. */
export function rawPublicKey(key: KeyObject): Buffer {
  if (key.asymmetricKeyType !== 'x25519' && key.asymmetricKeyType !== 'ed25519')
    throw new TypeError('only keys of RFC 8410 have a raw form')
  const half = key.type === 'private' ? createPublicKey(key) : key
  return half.export({ format: 'der', type: 'spki' }).subarray(-32)
}

export function x25519PublicKey(raw: Uint8Array): KeyObject {
  return createPublicKey({ key: framed(x25519Spki, raw), format: 'der', type: 'spki' })
}

export function x25519PrivateKey(raw: Uint8Array): KeyObject {
  return createPrivateKey({ key: framed(x25519Pkcs8, raw), format: 'der', type: 'pkcs8' })
}

export function ed25519PublicKey(raw: Uint8Array): KeyObject {
  return createPublicKey({ key: framed(ed25519Spki, raw), format: 'der', type: 'spki' })
}

function framed(prefix: Uint8Array, raw: Uint8Array): Buffer {
  if (raw.length !== 32) throw new RangeError('a raw key is 32 bytes')
  return Buffer.concat([prefix, raw])
}
