import { createHash, randomBytes, timingSafeEqual } from 'node:crypto'
import { SallyportError } from '@sallyport/core'
import { Prisma, type Database, type Reader, type Transaction } from '../db/index.js'

/**
 * The first administrator's claim: made by every start that finds no admin, hashed at rest, spent once. Whoever holds it
 * may name who vouches and who administers, so a caller must show it to the operator alone.
 */
export async function issueClaim(db: Database): Promise<string | undefined> {
  if (await hasAdmin(db)) return undefined
  const claim = `sjc_${randomBytes(32).toString('base64url')}`
  const data = { hash: hashOf(claim).toString('hex'), createdAt: new Date(), spentAt: null }
  await db.firstAdminClaim.upsert({ where: { id: 1 }, create: { id: 1, ...data }, update: data })
  return claim
}

/** Somebody can administer: an unscoped admin role whose provider exists. */
export async function hasAdmin(db: Reader): Promise<boolean> {
  const providers = await db.trustProvider.findMany({ select: { name: true, primary: true } })
  const names = providers.map(({ name }) => name)
  const primary = providers.some(({ primary }) => primary)
  const holder = await db.role.findFirst({
    where: {
      role: 'admin',
      labels: { equals: Prisma.DbNull },
      OR: [{ provider: { in: names } }, ...(primary ? [{ provider: null }] : [])],
    },
  })
  return holder !== null
}

/** Throws `not_found`, `forbidden` or `conflict` unless this claim could be spent now. */
export async function checkClaim(db: Reader, claim: string): Promise<void> {
  const row = await db.firstAdminClaim.findUnique({ where: { id: 1 } })
  if (row === null) throw new SallyportError('not_found', 'no claim was issued: there is an administrator already')
  if (!timingSafeEqual(hashOf(claim), Buffer.from(row.hash, 'hex'))) {
    throw new SallyportError('forbidden', 'this is not the claim that the last start printed')
  }
  if (row.spentAt !== null) throw spent()
  if (await hasAdmin(db)) throw new SallyportError('conflict', 'there is an administrator already')
}

/** Marks the claim spent, in the transaction of what it is spent for; of two at once, one throws `conflict`. */
export async function spendClaim(tx: Transaction, claim: string): Promise<void> {
  await checkClaim(tx, claim)
  const where = { id: 1, hash: hashOf(claim).toString('hex'), spentAt: null }
  const { count } = await tx.firstAdminClaim.updateMany({ where, data: { spentAt: new Date() } })
  if (count === 0) throw spent()
}

function spent(): SallyportError {
  return new SallyportError('conflict', 'the claim was spent already')
}

function hashOf(claim: string): Buffer {
  return createHash('sha256').update(claim).digest()
}
