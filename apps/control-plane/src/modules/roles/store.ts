import { Prisma, type Reader, type Transaction } from '../../db/index.js'
import type { PageWindow } from '../../http/page.js'
import { newId } from '../../ids.js'
import type { RoleBody } from './schema.js'

export type RoleRow = Prisma.RoleGetPayload<object>

export function findRole(db: Reader, name: string): Promise<RoleRow | null> {
  return db.role.findUnique({ where: { name } })
}

export function listRoles(db: Reader, { before, take }: PageWindow): Promise<RoleRow[]> {
  return db.role.findMany({ where: before, take, orderBy: { id: 'desc' } })
}

export async function saveRole(tx: Transaction, name: string, body: RoleBody, present: RoleRow | null): Promise<RoleRow | null> {
  const data = toColumns(body)
  if (present === null) return tx.role.create({ data: { id: newId('rol'), name, ...data } })
  const { id, version } = present
  const { count } = await tx.role.updateMany({ where: { id, version }, data: { ...data, version: { increment: 1 } } })
  return count === 1 ? tx.role.findUnique({ where: { id } }) : null
}

export async function deleteRole(tx: Transaction, { id, version }: RoleRow): Promise<boolean> {
  const { count } = await tx.role.deleteMany({ where: { id, version } })
  return count === 1
}

function toColumns({ provider, group, subject, role, labels }: RoleBody) {
  return { provider: provider ?? null, group: group ?? null, subject: subject ?? null, role, labels: labels ?? Prisma.DbNull }
}
