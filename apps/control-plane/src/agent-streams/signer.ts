import { createHmac, createPrivateKey, generateKeyPairSync } from 'node:crypto'
import type { KeyObject } from 'node:crypto'
import { rawPublicKey, signRotation } from '@sallyport/contract'
import type { SignedRotation } from '@sallyport/contract'
import type { Database, Reader } from '../db/index.js'
import type { SecretBox } from '../secrets/index.js'

/**
 * Who signs snapshots: one key at a time, shared by all replicas, sealed by the master key. Agents pin it when they
 * enrol and follow only keys that the pinned one signed. A caller must read it anew for each snapshot: another replica
 * may have rotated it.
 */
export interface SnapshotSigner {
  readonly id: string
  readonly privateKey: KeyObject
  readonly publicKey: Buffer
  /** Secret of this signer, for what must come out the same on every replica. */
  derive(purpose: string, input: Uint8Array): Buffer
  /** From a key that an agent pinned to this one; `undefined` when it was never ours. */
  rotationsFrom(pinned: Uint8Array): readonly SignedRotation[] | undefined
}

export async function readSigner(db: Reader, secrets: SecretBox): Promise<SnapshotSigner> {
  const rows = await db.snapshotSigner.findMany()
  const active = rows.find((row) => row.active)
  if (active === undefined) throw new Error('the database holds no active signer of snapshots')
  const pkcs8 = await secrets.open(db, sealedAt(active.id), active.sealedKey)
  const privateKey = createPrivateKey({ key: pkcs8, format: 'der', type: 'pkcs8' })
  const next = new Map<string, SignedRotation>()
  for (const { previous, publicKey, signature } of rows) {
    if (previous !== null && signature !== null) next.set(hex(previous), { previous, next: publicKey, signature })
  }
  return {
    id: active.id,
    privateKey,
    publicKey: Buffer.from(active.publicKey),
    derive: (purpose, input) => createHmac('sha512', pkcs8).update(`sallyport.${purpose}.v1\n`).update(input).digest(),
    rotationsFrom: (pinned) => follow(pinned, active.publicKey, next),
  }
}

export async function ensureSigner(db: Database, secrets: SecretBox): Promise<void> {
  if ((await db.snapshotSigner.count({ where: { active: true } })) > 0) return
  const made = await makeSigner(db, secrets)
  // Two replicas may start at once: the unique index on the active one lets the first win.
  await db.snapshotSigner.createMany({ data: [{ ...made.row, active: true }], skipDuplicates: true })
}

/** Signs a new key with the present one and signs snapshots with it from now on. */
export async function rotateSigner(db: Database, secrets: SecretBox): Promise<void> {
  const present = await readSigner(db, secrets)
  const made = await makeSigner(db, secrets)
  const { previous, signature } = signRotation(made.publicKey, present.privateKey)
  await db.$transaction([
    db.snapshotSigner.update({ where: { id: present.id, active: true }, data: { active: false } }),
    db.snapshotSigner.create({
      data: { ...made.row, active: true, previous: Uint8Array.from(previous), signature: Uint8Array.from(signature) },
    }),
  ])
}

async function makeSigner(db: Database, secrets: SecretBox) {
  const { privateKey } = generateKeyPairSync('ed25519')
  const publicKey = rawPublicKey(privateKey)
  const id = `snapshot-signer-${hex(publicKey).slice(0, 16)}`
  const sealedKey = await secrets.seal(db, sealedAt(id), privateKey.export({ format: 'der', type: 'pkcs8' }))
  return { publicKey, row: { id, publicKey: Uint8Array.from(publicKey), sealedKey: Uint8Array.from(sealedKey) } }
}

function follow(pinned: Uint8Array, active: Uint8Array, next: ReadonlyMap<string, SignedRotation>): readonly SignedRotation[] | undefined {
  const steps: SignedRotation[] = []
  let key = pinned
  while (hex(key) !== hex(active)) {
    const step = next.get(hex(key))
    // A ring cannot be signed, but a database can be edited.
    if (step === undefined || steps.length > next.size) return undefined
    steps.push(step)
    key = step.next
  }
  return steps
}

function sealedAt(id: string): { readonly record: string; readonly field: string } {
  return { record: `setting/${id}`, field: 'key' }
}

function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('hex')
}
