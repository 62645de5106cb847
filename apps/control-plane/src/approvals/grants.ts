import type { Grant } from '@sallyport/core'
import type { Reader } from '../db/index.js'

export interface LoadedGrant {
  readonly resourceId: string
  readonly grant: Grant
}

/** Everything that was approved and may still be used; the same whoever asks. */
export async function loadGrants(db: Reader): Promise<readonly LoadedGrant[]> {
  const rows = await db.grant.findMany({ where: { endedAt: null }, orderBy: { id: 'asc' } })
  return rows.map(({ id, approvalId, resourceId, digest, policies, uses, used, expiresAt }) => ({
    resourceId,
    grant: { id, approval: approvalId, digest, policies, uses: uses - used, expiresAt: expiresAt.getTime() },
  }))
}
