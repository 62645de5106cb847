import { sign, verify } from 'node:crypto'
import type { KeyObject } from 'node:crypto'
import { canonicalBytes } from './canonical.js'
import { ed25519PublicKey, rawPublicKey } from './keys.js'

/**
 * What the control plane vouches for: this agent, at this version, has exactly this state until then. A caller must
 * verify against the key it has pinned, never against the one that the head names, and refuse what is older.
 */
export interface SnapshotHead {
  readonly agent: string
  /** Grows when the history of versions begins anew, as after a restored backup. */
  readonly generation: bigint
  readonly version: bigint
  /** Digest of the state a delta builds upon; empty for a full one. */
  readonly previousDigest: Uint8Array
  /** Milliseconds since the epoch. */
  readonly expiresAt: number
  readonly stateDigest: Uint8Array
}

export interface SignedSnapshotHead extends SnapshotHead {
  /** Ed25519, 32 bytes. */
  readonly signer: Uint8Array
  readonly signature: Uint8Array
}

export interface SignedRotation {
  readonly previous: Uint8Array
  readonly next: Uint8Array
  /** By `previous`. */
  readonly signature: Uint8Array
}

export function signSnapshotHead(head: SnapshotHead, privateKey: KeyObject): SignedSnapshotHead {
  const signer = rawPublicKey(privateKey)
  return { ...head, signer, signature: sign(null, headBytes(head, signer), privateKey) }
}

/** Says whether the holder of the pinned key signed exactly this head. */
export function verifySnapshotHead(head: SignedSnapshotHead, pinned: Uint8Array): boolean {
  if (Buffer.compare(head.signer, pinned) !== 0) return false
  return verify(null, headBytes(head, pinned), ed25519PublicKey(pinned), head.signature)
}

export function signRotation(next: Uint8Array, privateKey: KeyObject): SignedRotation {
  const previous = rawPublicKey(privateKey)
  return { previous, next, signature: sign(null, rotationBytes(previous, next), privateKey) }
}

/** Follows rotations from the pinned key and answers where they lead; `undefined` when one of them does not hold. */
export function followRotations(pinned: Uint8Array, rotations: readonly SignedRotation[]): Uint8Array | undefined {
  let key = pinned
  for (const { previous, next, signature } of rotations) {
    if (next.length !== 32 || Buffer.compare(previous, key) !== 0) return undefined
    if (!verify(null, rotationBytes(previous, next), ed25519PublicKey(key), signature)) return undefined
    key = next
  }
  return key
}

function headBytes(head: SnapshotHead, signer: Uint8Array): Buffer {
  return tagged('sallyport.snapshot.head.v1\n', {
    agent: head.agent,
    generation: head.generation.toString(),
    version: head.version.toString(),
    previous_digest: hex(head.previousDigest),
    expires_at: head.expiresAt,
    state_digest: hex(head.stateDigest),
    signer: hex(signer),
  })
}

function rotationBytes(previous: Uint8Array, next: Uint8Array): Buffer {
  return tagged('sallyport.snapshot.signer.v1\n', { previous: hex(previous), next: hex(next) })
}

function tagged(domain: string, value: unknown): Buffer {
  return Buffer.concat([Buffer.from(domain), canonicalBytes(value)])
}

function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('hex')
}
