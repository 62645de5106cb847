import type { Principal } from '@sallyport/core'
import { stillNeeded } from '@sallyport/policy'
import { decodeFiled, principalOf, whyNotDecide } from '../../approvals/index.js'
import { may, type Caller } from '../../auth/caller.js'
import type { ApprovalView } from './schema.js'
import type { WholeApproval } from './store.js'

/** A request as people read it who decide on it: who, what exactly, where, why it is held, and what is still needed. */
export function toView(row: WholeApproval, caller: Caller, labels: Readonly<Record<string, string>>): ApprovalView {
  const { hold, identity, resource, session, statement, actions, texts, params, context } = decodeFiled(row)
  const approved = row.decisions.filter(({ decision }) => decision === 'approve').map(principalOf)
  const needs = (list: typeof hold.approvers) =>
    list.map(({ groups, principals, count }) => ({ groups: [...groups], principals: [...principals], count }))
  return {
    id: row.id,
    state: row.state as ApprovalView['state'],
    digest: row.digest,
    requested_at: row.requestedAt.toISOString(),
    expires_at: row.expiresAt.toISOString(),
    decided_at: row.decidedAt?.toISOString() ?? null,
    end: row.endMessage,
    principal: person(identity.principal),
    chain: identity.chain.map(person),
    resource: { ...resource },
    agent: row.agentId,
    session: {
      id: session.id,
      database: session.database ?? null,
      role: session.role ?? null,
      client: { address: session.client.address, application: session.client.application ?? null },
    },
    statement,
    waiting: row.filings.some(({ waiting, withdrawnAt }) => waiting && withdrawnAt === null),
    rules: [...hold.rules],
    message: hold.message ?? null,
    needs: needs(hold.approvers),
    still_needed: row.state === 'requested' ? needs(stillNeeded(hold.approvers, approved)) : [],
    reason_required: hold.reasonRequired,
    max_rows: hold.maxRows ?? null,
    masked: hold.obligations.flatMap((owed) =>
      owed.kind === 'mask' ? [{ rule: owed.because, columns: [...owed.columns], detect: [...(owed.detect ?? [])] }] : [],
    ),
    texts: [...texts],
    params: [...params],
    context,
    actions: actions as unknown as ApprovalView['actions'],
    decisions: row.decisions.map((one) => ({
      decision: one.decision as 'approve' | 'deny',
      by: person(principalOf(one)),
      reason: one.reason,
      at: one.at.toISOString(),
    })),
    grant: row.grant && {
      id: row.grant.id,
      uses: row.grant.uses,
      used: row.grant.used,
      expires_at: row.grant.expiresAt.toISOString(),
    },
    why_not: whyNot(row, { caller, labels }, { needs: hold.approvers, requester: identity }),
  }
}

function whyNot(
  { state }: WholeApproval,
  { caller, labels }: { readonly caller: Caller; readonly labels: Readonly<Record<string, string>> },
  approving: Parameters<typeof whyNotDecide>[1],
): string | null {
  if (state !== 'requested') return `it is ${state} already`
  if (!may(caller, 'approval.decide', labels)) return 'your role does not permit it'
  return whyNotDecide(caller.identity, approving) ?? null
}

function person({ provider, subject, name, kind, groups, owner }: Principal): ApprovalView['principal'] {
  return { provider, subject, name, kind, groups: [...groups], ...(owner !== undefined && { owner }) }
}
