import { SallyportError } from '@sallyport/core'
import type { Database, Transaction } from '../db/index.js'
import { recordAct, type Actor } from '../trail/index.js'
import { lockApproval, moveApproval } from './stored.js'

/** Nobody may use it any more. Throws `SallyportError`: `conflict` for one that has ended already. */
export async function revokeGrant(
  db: Database,
  id: string,
  { actor, now }: { readonly actor: Actor; readonly now: number },
): Promise<void> {
  await db.$transaction(async (tx) => {
    const grant = await tx.grant.findUnique({ where: { id }, select: { approvalId: true } })
    const row = grant && (await lockApproval(tx, grant.approvalId))
    if (!row) throw new SallyportError('not_found', 'there is no such grant')
    const at = new Date(now)
    await moveApproval(tx, row, { event: 'revoke', at, message: 'its approval was revoked' })
    await endGrant(tx, row.id, at)
    const detail = { approval: row.id, digest: row.digest }
    await recordAct(tx, actor, { action: 'grant.revoke', target: { kind: 'grant', id, name: row.resource }, detail })
  })
}

/** Its approval is locked, and moved. */
export async function endGrant(tx: Transaction, approvalId: string, at: Date): Promise<void> {
  await tx.grant.updateMany({ where: { approvalId, endedAt: null }, data: { endedAt: at } })
}
