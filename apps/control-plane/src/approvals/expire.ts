import type { Database } from '../db/index.js'
import { recordAct, systemActor } from '../trail/index.js'
import { endGrant } from './revoke.js'
import { lockApproval, moveApproval } from './stored.js'

/** Taken at one go; what is left is the next run's. */
const most = 500

/** Ends requests that nobody decided in time, and grants that nobody used in time. Any number of replicas may do so at once. */
export async function expireDue(db: Database, now: number): Promise<void> {
  const at = new Date(now)
  const [requests, grants] = await Promise.all([
    db.approval.findMany({ where: { state: 'requested', expiresAt: { lte: at } }, select: { id: true }, take: most }),
    db.grant.findMany({ where: { endedAt: null, expiresAt: { lte: at } }, select: { approvalId: true }, take: most }),
  ])
  for (const { id } of requests) await expireOne(db, { id, from: 'requested', message: 'nobody decided in time', at })
  for (const { approvalId: id } of grants) await expireOne(db, { id, from: 'approved', message: 'its approval was not used in time', at })
}

interface Due {
  readonly id: string
  readonly from: 'requested' | 'approved'
  readonly message: string
  readonly at: Date
}

async function expireOne(db: Database, { id, from, message, at }: Due): Promise<void> {
  await db.$transaction(async (tx) => {
    const row = await lockApproval(tx, id)
    // Somebody was faster.
    if (row?.state !== from) return
    await moveApproval(tx, row, { event: 'expire', at, message })
    if (from === 'approved') await endGrant(tx, id, at)
    const target = { kind: 'approval', id, name: row.resource }
    await recordAct(tx, systemActor, { action: 'approval.expire', target, detail: { from } })
  })
}
