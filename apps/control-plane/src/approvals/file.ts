import type { FiledHold } from '@sallyport/contract'
import { SallyportError } from '@sallyport/core'
import type { Database, Transaction } from '../db/index.js'
import { newId } from '../ids.js'
import { recordAct, systemActor } from '../trail/index.js'
import { encodeFiled, type Encoded } from './encoded.js'
import { lockApproval, moveApproval, shown, type ApprovalRow } from './stored.js'

/** Who files: an agent that serves the resource, over a link of this instance. */
interface Filer {
  readonly agent: string
  readonly instance: string
}

/** So many requests of one agent are open at once, and no request for longer (milliseconds). */
const mostOpen = 5_000
const longestTtl = 30 * 86_400_000

/**
 * Puts a request before people, or joins the one that is open, or approved and not used, for the same thing. Answers its
 * id. Throws `SallyportError`.
 */
export async function fileRequest(db: Database, filed: FiledHold, { from, now }: { readonly from: Filer; readonly now: number }) {
  const encoded = encodeFiled(filed)
  // Another agent may open, or somebody decide, between two looks: then the next look finds it.
  for (let look = 0; look < 5; look++) {
    const id = await db.$transaction(async (tx) => {
      const found = (await joinable(tx, filed, now)) ?? (await open(tx, encoded, { from, now }))
      if (found !== undefined) await join(tx, found, { filed, from, now })
      return found
    })
    if (id !== undefined) return id
  }
  throw new SallyportError('unavailable', 'the request could not be put on file; try again')
}

async function joinable(tx: Transaction, { resource, digest, hold }: FiledHold, now: number): Promise<string | undefined> {
  const rows = await tx.approval.findMany({
    where: { resourceId: resource.id, digest, state: { in: ['requested', 'approved'] } },
    select: { id: true },
  })
  let found: string | undefined
  for (const { id } of rows) {
    const row = await lockApproval(tx, id)
    if (row === undefined) continue
    const same = row.policies === hold.policies
    if (row.state === 'approved' && same && (await inForce(tx, row, now))) found ??= id
    if (row.state !== 'requested') continue
    if (row.expiresAt.getTime() <= now) await end(tx, row, { event: 'expire', message: 'nobody decided in time', now })
    else if (!same) await end(tx, row, { event: 'withdraw', message: 'the policies that hold it have changed', now })
    else found = id
  }
  return found
}

async function inForce(tx: Transaction, { id }: ApprovalRow, now: number): Promise<boolean> {
  return (await tx.grant.count({ where: { approvalId: id, endedAt: null, expiresAt: { gt: new Date(now) } } })) > 0
}

interface Ending {
  readonly event: 'expire' | 'withdraw'
  readonly message: string
  readonly now: number
}

async function end(tx: Transaction, row: ApprovalRow, { event, message, now }: Ending): Promise<void> {
  await moveApproval(tx, row, { event, at: new Date(now), message })
  const target = { kind: 'approval', id: row.id, name: row.resource }
  await recordAct(tx, systemActor, { action: `approval.${event}`, target, detail: { why: message } })
}

/** Undefined: somebody else opened the same. */
async function open(
  tx: Transaction,
  { filed, bytes }: Encoded,
  { from, now }: { readonly from: Filer; readonly now: number },
): Promise<string | undefined> {
  const { hold, identity, resource, digest } = filed
  if ((await tx.approval.count({ where: { agentId: from.agent, state: 'requested' } })) >= mostOpen)
    throw new SallyportError('too_many', 'too many requests of this agent wait for people')
  const id = newId('apr')
  const { count } = await tx.approval.createMany({
    data: [
      {
        id,
        state: 'requested',
        digest,
        policies: hold.policies,
        resourceId: resource.id,
        resource: resource.name,
        agentId: from.agent,
        provider: shown(identity.principal.provider),
        subject: shown(identity.principal.subject),
        principal: shown(identity.principal.name),
        request: Uint8Array.from(bytes),
        requestedAt: new Date(now),
        expiresAt: new Date(now + Math.min(hold.ttl, longestTtl)),
      },
    ],
    skipDuplicates: true,
  })
  return count === 1 ? id : undefined
}

async function join(
  tx: Transaction,
  approvalId: string,
  { filed, from, now }: { readonly filed: FiledHold; readonly from: Filer; readonly now: number },
): Promise<void> {
  const { statement, session, waiting } = filed
  await tx.approvalFiling.createMany({
    data: [
      {
        approvalId,
        statement,
        agentId: from.agent,
        instanceId: from.instance,
        sessionId: shown(session.id),
        waiting,
        filedAt: new Date(now),
      },
    ],
    skipDuplicates: true,
  })
}
