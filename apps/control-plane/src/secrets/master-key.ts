import { createHash, randomBytes } from 'node:crypto'
import { openBytes, sealBytes } from './envelope.js'

/**
 * The key that is not in the database. It only ever wraps data keys. A caller must not log it, and cannot: it holds the
 * key in a closure and shows a fingerprint.
 */
export interface MasterKey {
  /** First 16 hexadecimal digits of the SHA-256 of the key: tells which key wrapped what, and nothing about it. */
  readonly id: string
  wrap(record: string, dataKey: Uint8Array): Buffer
  /** Throws when another key wrapped it, or for another record. */
  unwrap(record: string, wrapped: Uint8Array): Buffer
}

const context = (record: string): string => `data-key\0${record}`

/** 64 hexadecimal digits, or base64 (plain or URL) of 32 bytes; `undefined` for anything else. */
export function masterKeyFrom(text: string): MasterKey | undefined {
  const trimmed = text.trim()
  const bytes = /^[0-9a-fA-F]{64}$/.test(trimmed)
    ? Buffer.from(trimmed, 'hex')
    : /^[A-Za-z0-9+/_-]{43}=?$/.test(trimmed)
      ? Buffer.from(trimmed, 'base64url')
      : undefined
  return bytes?.length === 32 ? createMasterKey(bytes) : undefined
}

export function newMasterKeyText(): string {
  return randomBytes(32).toString('hex')
}

function createMasterKey(bytes: Uint8Array): MasterKey {
  return {
    id: createHash('sha256').update('sallyport master key\0').update(bytes).digest('hex').slice(0, 16),
    wrap: (record, dataKey) => sealBytes(bytes, context(record), dataKey),
    unwrap: (record, wrapped) => openBytes(bytes, context(record), wrapped),
  }
}
