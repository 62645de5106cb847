import { SallyportError, type ApproverNeed, type Identity, type Principal } from '@sallyport/core'
import { stillNeeded, whyNotApprover } from '@sallyport/policy'
import type { Database, Transaction } from '../db/index.js'
import { newId } from '../ids.js'
import { recordAct, type Actor } from '../trail/index.js'
import { decodeFiled } from './encoded.js'
import { lockApproval, moveApproval, principalOf, shown, type ApprovalRow } from './stored.js'

/** What one person says of one request. */
interface Said {
  readonly decision: 'approve' | 'deny'
  readonly reason?: string
  /** Of what the person was shown. */
  readonly digest: string
}

interface Decided {
  readonly by: Identity
  readonly actor: Actor
  readonly said: Said
  readonly now: number
}

/**
 * Takes a decision down: one no ends it, enough different people's yes leaves a grant. The same said again by the same
 * person is no second decision. Throws `SallyportError`: `forbidden` for who may not decide, `conflict` for another digest
 * or a request that is not open, `unprocessable` without the reason that the policy asks for.
 */
export async function decide(db: Database, id: string, { by, actor, said, now }: Decided): Promise<void> {
  await db.$transaction(async (tx) => {
    const row = await lockApproval(tx, id)
    if (row === undefined) throw new SallyportError('not_found', 'there is no such approval')
    const { hold, identity: requester } = decodeFiled(row)
    const why = whyNotDecide(by, { needs: hold.approvers, requester })
    if (why !== undefined) throw new SallyportError('forbidden', why)
    if (said.digest !== row.digest) throw new SallyportError('conflict', 'the digest is not that of this request: look at it again')
    const before = await tx.approvalDecision.findMany({ where: { approvalId: id }, orderBy: { id: 'asc' } })
    const { provider, subject } = by.principal
    const own = before.filter((one) => one.provider === provider && one.subject === subject)
    if (own.some(({ decision }) => decision === said.decision)) return
    if (row.state !== 'requested') throw new SallyportError('conflict', `it is ${row.state} already`)
    if (row.expiresAt.getTime() <= now) throw new SallyportError('conflict', 'its time is over')
    const reason = said.reason?.trim() ?? ''
    if (hold.reasonRequired && reason === '') {
      const errors = [{ path: '/reason', message: 'is required by the policy that holds this' }]
      throw new SallyportError('unprocessable', 'this needs a reason', { errors })
    }
    await note(tx, row, { said, reason, by: by.principal, now })
    const people = [...before.filter(({ decision }) => decision === 'approve').map(principalOf), by.principal]
    const granted = said.decision === 'deny' ? undefined : await granting(tx, row, { needs: hold.approvers, people, ttl: hold.ttl, now })
    if (said.decision === 'deny') await moveApproval(tx, row, { event: 'deny', at: new Date(now), message: denial(by.principal, reason) })
    await recordAct(tx, actor, {
      action: `approval.${said.decision}`,
      target: { kind: 'approval', id, name: row.resource },
      detail: { digest: row.digest, ...(reason !== '' && { reason }), ...(granted !== undefined && { grant: granted }) },
    })
  })
}

/** Why whoever this is may not decide on the request; undefined where they may. */
export function whyNotDecide({ principal, chain }: Identity, approving: Parameters<typeof whyNotApprover>[0]): string | undefined {
  return chain.length > 0 ? 'nobody decides for somebody else' : whyNotApprover(approving, principal)
}

interface Noted {
  readonly said: Said
  readonly reason: string
  readonly by: Principal
  readonly now: number
}

async function note(tx: Transaction, { id }: ApprovalRow, { said, reason, by, now }: Noted): Promise<void> {
  await tx.approvalDecision.create({
    data: {
      id: newId('apd'),
      approvalId: id,
      decision: said.decision,
      digest: said.digest,
      provider: by.provider,
      subject: by.subject,
      principal: { ...by, groups: [...by.groups] },
      reason: reason === '' ? null : reason,
      at: new Date(now),
    },
  })
}

interface Granting {
  readonly needs: readonly ApproverNeed[]
  readonly people: readonly Principal[]
  readonly ttl: number
  readonly now: number
}

/** The grant's id once enough people have said yes. It lasts as long from now on as the request was open for at most. */
async function granting(tx: Transaction, row: ApprovalRow, { needs, people, ttl, now }: Granting): Promise<string | undefined> {
  if (stillNeeded(needs, people).length > 0) return undefined
  await moveApproval(tx, row, { event: 'approve', at: new Date(now) })
  const { id: approvalId, resourceId, digest, policies } = row
  const window = { createdAt: new Date(now), expiresAt: new Date(now + Math.min(ttl, longestGrant)) }
  const { id } = await tx.grant.create({ data: { id: newId('gra'), approvalId, resourceId, digest, policies, uses: 1, ...window } })
  return id
}

/** Milliseconds. */
const longestGrant = 86_400_000

function denial({ name }: Principal, reason: string): string {
  return shown(`${name} denied it${reason === '' ? '' : `: ${reason}`}`)
}
