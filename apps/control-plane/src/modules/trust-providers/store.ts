import { Prisma, type Reader, type Transaction } from '../../db/index.js'
import type { PageWindow } from '../../http/page.js'
import { newId } from '../../ids.js'
import type { TrustProviderDocument } from '../../auth/providers.js'

const withKeys = { keys: true } as const

export type ProviderRow = Prisma.TrustProviderGetPayload<{ include: typeof withKeys }>

export function findProvider(db: Reader, name: string): Promise<ProviderRow | null> {
  return db.trustProvider.findUnique({ where: { name }, include: withKeys })
}

export function listProviders(db: Reader, { before, take }: PageWindow): Promise<ProviderRow[]> {
  return db.trustProvider.findMany({ where: before, take, orderBy: { id: 'desc' }, include: withKeys })
}

export async function insertProvider(tx: Transaction, document: TrustProviderDocument): Promise<string> {
  const { id } = await tx.trustProvider.create({ data: { id: newId('tpr'), ...toColumns(document) }, select: { id: true } })
  return id
}

/** Answers false when somebody else wrote since `version` was read. */
export async function updateProvider(tx: Transaction, { id, version }: ProviderRow, document: TrustProviderDocument): Promise<boolean> {
  const { count } = await tx.trustProvider.updateMany({
    where: { id, version },
    data: { ...toColumns(document), version: { increment: 1 } },
  })
  return count === 1
}

export async function deleteProvider(tx: Transaction, { id, version }: ProviderRow): Promise<boolean> {
  const { count } = await tx.trustProvider.deleteMany({ where: { id, version } })
  return count === 1
}

export async function setSignInSecret(tx: Transaction, id: string, sealed: Uint8Array<ArrayBuffer> | null): Promise<void> {
  await tx.trustProvider.update({ where: { id }, data: { signInSecret: sealed } })
}

/** Keys of another issuer must never verify tokens of this one. */
export async function dropKeys(tx: Transaction, providerId: string): Promise<void> {
  await tx.providerKeys.deleteMany({ where: { providerId } })
}

function toColumns(document: TrustProviderDocument) {
  const { name, issuer, subject, primary } = document
  return {
    name,
    issuer,
    subject,
    primary,
    jwksUri: document.jwks_uri ?? null,
    audiences: [...document.audiences],
    apiAudiences: [...document.api_audiences],
    groups: document.groups ?? null,
    kind: document.kind ?? null,
    owner: document.owner ?? null,
    person: document.person ?? null,
    signIn: document.sign_in === undefined ? Prisma.DbNull : { ...document.sign_in, scopes: [...document.sign_in.scopes] },
  }
}
