import { randomBytes } from 'node:crypto'
import { SallyportError } from '@sallyport/core'
import type { Database, Prisma, Reader, Transaction } from '../db/index.js'
import { newId } from '../ids.js'
import { recordAct, systemActor, type Actor } from '../trail/index.js'
import type { SecretBox } from './box.js'

/**
 * The keys of the tokens that `hash` makes of values: one ring, for there is one tenant, and in it one key per epoch. A
 * caller must not let an opened key leave but sealed to an agent; nothing of it is ever a view, an event or a log line.
 */
export type HashKeyRow = Prisma.HashKeyGetPayload<object>

/** The one ring; what a second tenant would get a second one of. */
export const hashKeyRing = 'default'

/** As the database holds it, and the digits of every token allow. */
const lastEpoch = 999_999

/** Makes the first key where there is none; any number of replicas may call it at once. */
export async function ensureHashKey(db: Database, secrets: SecretBox): Promise<void> {
  if ((await db.hashKey.count({ where: { ring: hashKeyRing } })) > 0) return
  await db.$transaction(async (tx) => {
    await lockRing(tx)
    if ((await newestHashKey(tx)) === null) await addHashKey(tx, secrets, systemActor)
  })
}

/** Begins the next epoch: tokens are made by the new key as soon as agents have it. */
export function rotateHashKey(db: Database, secrets: SecretBox, actor: Actor): Promise<HashKeyRow> {
  return db.$transaction(async (tx) => {
    await lockRing(tx)
    return addHashKey(tx, secrets, actor)
  })
}

export function newestHashKey(db: Reader): Promise<HashKeyRow | null> {
  return db.hashKey.findFirst({ where: { ring: hashKeyRing }, orderBy: { epoch: 'desc' } })
}

/** 32 bytes; the caller wipes them. */
export function openHashKey(db: Reader, secrets: SecretBox, { id, sealed }: Pick<HashKeyRow, 'id' | 'sealed'>): Promise<Buffer> {
  return secrets.open(db, sealedAt(id), sealed)
}

/** Two rotations at once are two epochs, one after the other. */
async function lockRing(tx: Transaction): Promise<void> {
  await tx.$executeRaw`LOCK TABLE hash_key IN SHARE ROW EXCLUSIVE MODE`
}

async function addHashKey(tx: Transaction, secrets: SecretBox, actor: Actor): Promise<HashKeyRow> {
  const epoch = ((await newestHashKey(tx))?.epoch ?? 0) + 1
  if (epoch > lastEpoch) throw new SallyportError('unprocessable', `there are no more than ${lastEpoch} epochs`)
  const id = newId('hky')
  const key = randomBytes(32)
  const sealed = await secrets.seal(tx, sealedAt(id), key)
  key.fill(0)
  const row = await tx.hashKey.create({ data: { id, epoch, sealed, createdBy: actor.key } })
  await recordAct(tx, actor, {
    action: 'masking_key.create',
    target: { kind: 'masking_key', id, name: `epoch ${epoch}` },
    detail: { epoch },
  })
  return row
}

function sealedAt(id: string): { readonly record: string; readonly field: string } {
  return { record: id, field: 'key' }
}
