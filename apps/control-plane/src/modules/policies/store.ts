import { compilePolicy, type Compiled, type Policy } from '@sallyport/policy'
import type { Prisma, Reader, Transaction } from '../../db/index.js'
import type { PageWindow } from '../../http/page.js'
import { newId } from '../../ids.js'

export type PolicyRow = Prisma.PolicyGetPayload<object>

export function findPolicy(db: Reader, name: string): Promise<PolicyRow | null> {
  return db.policy.findUnique({ where: { name } })
}

export function listPolicies(db: Reader, { before, take }: PageWindow): Promise<PolicyRow[]> {
  return db.policy.findMany({ where: before, take, orderBy: { id: 'desc' } })
}

export async function savePolicy(
  tx: Transaction,
  { document, hash }: Pick<Policy, 'document' | 'hash'>,
  present: PolicyRow | null,
): Promise<PolicyRow | null> {
  const data = { name: document.name, document: document as Prisma.InputJsonObject, hash }
  if (present === null) return tx.policy.create({ data: { id: newId('pol'), ...data } })
  const { id, version } = present
  const { count } = await tx.policy.updateMany({ where: { id, version }, data: { ...data, version: { increment: 1 } } })
  return count === 1 ? tx.policy.findUnique({ where: { id } }) : null
}

export async function deletePolicy(tx: Transaction, { id, version }: PolicyRow): Promise<boolean> {
  const { count } = await tx.policy.deleteMany({ where: { id, version } })
  return count === 1
}

/** Compiles stored policies. Compiling is pure, so what was compiled once is kept by its hash. */
export interface PolicyCache {
  /** Throws where this build cannot read what is stored. */
  all(): Promise<readonly Policy[]>
  compiled(row: PolicyRow): Compiled
}

export function createPolicyCache(db: Reader): PolicyCache {
  const known = new Map<string, Compiled>()
  const compiled = (row: PolicyRow): Compiled => {
    const result = known.get(row.hash) ?? compilePolicy(row.document)
    if (known.size >= maxKept) known.clear()
    known.set(row.hash, result)
    return result
  }
  return {
    compiled,
    all: async () => {
      const rows = await db.policy.findMany({ orderBy: { name: 'asc' } })
      return rows.map((row) => {
        const result = compiled(row)
        if (!result.ok) throw new Error(`the stored policy ${row.name} is not valid in this build`)
        return result.policy
      })
    },
  }
}

const maxKept = 5_000
