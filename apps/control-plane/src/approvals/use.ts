import { SallyportError } from '@sallyport/core'
import type { Database } from '../db/index.js'
import { recordAct, systemActor } from '../trail/index.js'
import { lockApproval, moveApproval } from './stored.js'

export interface Use {
  readonly grant: string
  /** `stm_` id: the same one is the same use. */
  readonly statement: string
  readonly agent: string
  readonly now: number
}

/** Takes one use. Throws `SallyportError`: `conflict` when it is used up, revoked or has run out. */
export async function useGrant(db: Database, { grant: id, statement, agent, now }: Use): Promise<void> {
  await db.$transaction(async (tx) => {
    const known = await tx.grant.findUnique({ where: { id }, select: { approvalId: true } })
    const approval = known && (await lockApproval(tx, known.approvalId))
    const grant = await tx.grant.findUnique({ where: { id } })
    if (!approval || !grant) throw new SallyportError('not_found', 'there is no such grant')
    const taken = await tx.grantUse.findUnique({ where: { grantId_statement: { grantId: id, statement } } })
    if (taken) {
      if (taken.agentId !== agent) throw new SallyportError('conflict', 'another agent has taken it')
      return
    }
    const at = new Date(now)
    if (approval.state !== 'approved' || grant.endedAt !== null) throw new SallyportError('conflict', `its approval is ${approval.state}`)
    if (grant.expiresAt <= at) throw new SallyportError('conflict', 'its approval has run out')
    const last = grant.used + 1 === grant.uses
    const { count } = await tx.grant.updateMany({
      where: { id, used: grant.used, endedAt: null },
      data: { used: grant.used + 1, ...(last && { endedAt: at }) },
    })
    if (count !== 1) throw new SallyportError('conflict', 'somebody else has taken it')
    await tx.grantUse.create({ data: { grantId: id, statement, agentId: agent, at } })
    if (last) await moveApproval(tx, approval, { event: 'use', at })
    const target = { kind: 'approval', id: approval.id, name: approval.resource }
    await recordAct(tx, systemActor, { action: 'approval.use', target, detail: { grant: id, statement, agent } })
  })
}
