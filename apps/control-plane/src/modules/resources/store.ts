import type { PageWindow } from '../../http/page.js'
import { labelFilter, type Scope } from '../../auth/caller.js'
import type { Prisma, Reader, Transaction } from '../../db/index.js'
import { newId } from '../../ids.js'

const withFields = { secrets: { select: { field: true }, orderBy: { field: 'asc' } }, postures: true } as const

export type ResourceRow = Prisma.ResourceGetPayload<{ include: typeof withFields }>

/** A resource as it is written; secrets excluded. */
export interface StoredResource {
  readonly protocol: string
  readonly target: Readonly<Record<string, unknown>>
  readonly labels: Readonly<Record<string, string>>
  readonly agentSelector: Readonly<Record<string, string>>
}

export function findResource(db: Reader, name: string): Promise<ResourceRow | null> {
  return db.resource.findUnique({ where: { name }, include: withFields })
}

export function listResources(
  db: Reader,
  scope: Scope,
  window: PageWindow,
  filters: { readonly protocol?: string },
): Promise<ResourceRow[]> {
  const { before, take } = window
  const where = { AND: [before, labelFilter(scope), filters.protocol === undefined ? {} : { protocol: filters.protocol }] }
  return db.resource.findMany({ where, take, orderBy: { id: 'desc' }, include: withFields })
}

export function insertResource(tx: Transaction, name: string, resource: StoredResource): Promise<{ id: string }> {
  return tx.resource.create({ data: { id: newId('res'), name, ...asJson(resource) }, select: { id: true } })
}

/** Answers false when somebody else wrote since `version` was read. */
export async function updateResource(tx: Transaction, { id, version }: ResourceRow, resource: StoredResource): Promise<boolean> {
  const { count } = await tx.resource.updateMany({ where: { id, version }, data: { ...asJson(resource), version: { increment: 1 } } })
  return count === 1
}

export async function deleteResource(tx: Transaction, { id, version }: ResourceRow): Promise<boolean> {
  const { count } = await tx.resource.deleteMany({ where: { id, version } })
  return count === 1
}

export async function putSecret(tx: Transaction, resourceId: string, field: string, sealed: Uint8Array<ArrayBuffer>): Promise<void> {
  await tx.resourceSecret.upsert({
    where: { resourceId_field: { resourceId, field } },
    create: { resourceId, field, sealed },
    update: { sealed },
  })
}

/** What was found out with other secrets is no answer to whoever gives new ones. */
export async function dropPostures(tx: Transaction, resourceId: string): Promise<void> {
  await tx.targetPosture.deleteMany({ where: { resourceId } })
}

export async function dropSecrets(tx: Transaction, resourceId: string, fields: readonly string[]): Promise<void> {
  if (fields.length > 0) await tx.resourceSecret.deleteMany({ where: { resourceId, field: { in: [...fields] } } })
}

function asJson({ protocol, target, labels, agentSelector }: StoredResource) {
  return { protocol, target: target as Prisma.InputJsonObject, labels: { ...labels }, agentSelector: { ...agentSelector } }
}
