import { join } from 'node:path'
import { rm } from 'node:fs/promises'
import { canonicalBytes, stateDigest } from '@sallyport/contract'
import type { SignedRotation } from '@sallyport/contract'
import { readText, writePrivate } from '@sallyport/host'
import { vouchedFor } from './accept.js'
import type { HeldSnapshot } from './accept.js'

/**
 * The snapshot on disk, so that the agent goes on where no control plane answers. Secrets are in it as they came, sealed.
 * What is read is believed only as far as its signature goes; a caller must still look at when it expires.
 */
export interface SnapshotFile {
  /** `undefined` where there is none, or none that the pinned signer vouches for. */
  load(pinned: Uint8Array): Promise<HeldSnapshot | undefined>
  store(snapshot: HeldSnapshot): Promise<void>
  remove(): Promise<void>
}

interface Stored {
  readonly agent: string
  readonly generation: string
  readonly version: string
  readonly expires_at: number
  readonly previous_digest: string
  readonly state_digest: string
  readonly signer: string
  readonly signature: string
  readonly rotations: readonly { readonly previous: string; readonly next: string; readonly signature: string }[]
  /** Canonical JSON as text, by key. */
  readonly entries: Readonly<Record<string, string>>
}

export function snapshotFile(dataDir: string, agent: string): SnapshotFile {
  const path = join(dataDir, 'snapshot.json')
  return {
    load: async (pinned) => {
      const text = await readText(path)
      const snapshot = text === undefined ? undefined : parse(text)
      if (snapshot === undefined || vouchedFor(snapshot, { agent, pinned }) !== undefined) return undefined
      return Buffer.compare(stateDigest(snapshot.state), snapshot.head.stateDigest) === 0 ? snapshot : undefined
    },
    store: (snapshot) => writePrivate(path, canonicalBytes(stored(snapshot))),
    remove: () => rm(path, { force: true }),
  }
}

function stored({ head, state, rotations }: HeldSnapshot): Stored {
  return {
    agent: head.agent,
    generation: head.generation.toString(),
    version: head.version.toString(),
    expires_at: head.expiresAt,
    previous_digest: base64(head.previousDigest),
    state_digest: base64(head.stateDigest),
    signer: base64(head.signer),
    signature: base64(head.signature),
    rotations: rotations.map(({ previous, next, signature }) => ({
      previous: base64(previous),
      next: base64(next),
      signature: base64(signature),
    })),
    entries: Object.fromEntries([...state].map(([key, value]) => [key, Buffer.from(value).toString('utf8')])),
  }
}

function parse(text: string): HeldSnapshot | undefined {
  try {
    const file = JSON.parse(text) as Stored
    return {
      head: {
        agent: file.agent,
        generation: BigInt(file.generation),
        version: BigInt(file.version),
        expiresAt: file.expires_at,
        previousDigest: bytes(file.previous_digest),
        stateDigest: bytes(file.state_digest),
        signer: bytes(file.signer),
        signature: bytes(file.signature),
      },
      rotations: file.rotations.map(({ previous, next, signature }): SignedRotation => ({
        previous: bytes(previous),
        next: bytes(next),
        signature: bytes(signature),
      })),
      state: new Map(Object.entries(file.entries).map(([key, value]) => [key, Buffer.from(value)])),
    }
  } catch {
    // Anything a disk can do to a file ends the same way: there is no snapshot.
    return undefined
  }
}

function base64(raw: Uint8Array): string {
  return Buffer.from(raw).toString('base64url')
}

function bytes(text: string): Buffer {
  return Buffer.from(text, 'base64url')
}
