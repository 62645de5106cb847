import type { Prisma, Reader, Transaction } from '../../db/index.js'
import type { PageWindow } from '../../http/page.js'
import { newId } from '../../ids.js'

export type LockRow = Prisma.LockGetPayload<object>

export type NewLock = Pick<LockRow, 'kind' | 'name' | 'provider' | 'message' | 'expiresAt' | 'createdBy'>

export function findLock(db: Reader, id: string): Promise<LockRow | null> {
  return db.lock.findUnique({ where: { id } })
}

export function listLocks(db: Reader, { before, take }: PageWindow): Promise<LockRow[]> {
  return db.lock.findMany({ where: before, take, orderBy: { id: 'desc' } })
}

export function insertLock(tx: Transaction, lock: NewLock): Promise<LockRow> {
  return tx.lock.create({ data: { id: newId('lck'), ...lock } })
}

export async function deleteLock(tx: Transaction, id: string): Promise<boolean> {
  const { count } = await tx.lock.deleteMany({ where: { id } })
  return count === 1
}
