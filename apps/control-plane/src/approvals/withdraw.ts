import { SallyportError } from '@sallyport/core'
import type { Database } from '../db/index.js'
import { recordAct, systemActor } from '../trail/index.js'
import { endGrant } from './revoke.js'
import { lockApproval, moveApproval, shown } from './stored.js'

export interface Withdrawal {
  readonly approval: string
  readonly statement: string
  readonly agent: string
  readonly why: string
  readonly now: number
}

/**
 * One who asked has gone. The request goes with the last of them; so does a grant that was given at that moment, for it is
 * for somebody who has left. Saying so again changes nothing. Throws `SallyportError` of code `not_found`.
 */
export async function withdrawFiling(db: Database, { approval: id, statement, agent, why, now }: Withdrawal): Promise<void> {
  await db.$transaction(async (tx) => {
    const row = await lockApproval(tx, id)
    const key = { approvalId_statement: { approvalId: id, statement } }
    const filing = row && (await tx.approvalFiling.findUnique({ where: key }))
    if (!row || !filing || filing.agentId !== agent) throw new SallyportError('not_found', 'this agent has no such request')
    if (filing.withdrawnAt !== null) return
    const at = new Date(now)
    await tx.approvalFiling.update({ where: key, data: { withdrawnAt: at, owed: false } })
    if ((await tx.approvalFiling.count({ where: { approvalId: id, withdrawnAt: null } })) > 0) return
    const message = shown(why)
    const act = { target: { kind: 'approval', id, name: row.resource }, detail: { why: message, agent } }
    if (row.state === 'requested') {
      await moveApproval(tx, row, { event: 'withdraw', at, message })
      await recordAct(tx, systemActor, { action: 'approval.withdraw', ...act })
    } else if (row.state === 'approved') {
      await moveApproval(tx, row, { event: 'revoke', at, message })
      await endGrant(tx, id, at)
      await recordAct(tx, systemActor, { action: 'grant.revoke', ...act })
    }
  })
}
