import type { Identity, Lock, LockTarget } from '@sallyport/core'
import { lockFor } from '@sallyport/policy'
import type { Reader } from '../db/index.js'

interface LockRow {
  readonly id: string
  readonly kind: string
  readonly name: string
  readonly provider: string | null
  readonly message: string
  readonly expiresAt: Date | null
}

/** The lock that hits this caller, by principal, group or token: who is locked out of the data path is locked out of REST. */
export async function lockOn(db: Reader, identity: Identity, now: number): Promise<Lock | undefined> {
  const rows = await db.lock.findMany({
    where: { kind: { in: ['principal', 'group', 'token'] }, OR: [{ expiresAt: null }, { expiresAt: { gt: new Date(now) } }] },
  })
  return lockFor(identity, undefined, '', rows.map(toLock), now)
}

export function toLock(row: LockRow): Lock {
  return { id: row.id, target: toTarget(row), message: row.message, ...(row.expiresAt !== null && { expiresAt: row.expiresAt.getTime() }) }
}

function toTarget({ kind, name, provider }: LockRow): LockTarget {
  switch (kind) {
    case 'principal':
    case 'group':
      return { kind, name, ...(provider !== null && { provider }) }
    case 'token':
    case 'agent':
      return { kind, id: name }
    case 'resource':
      return { kind, name }
    default:
      // The constraint of the table names the same five.
      throw new Error('a lock of an unknown kind')
  }
}
