import { approvalTransitions, next, SallyportError } from '@sallyport/core'
import type { ApprovalEvent, ApprovalState, Principal, Unapproved } from '@sallyport/core'
import type { Prisma, Transaction } from '../db/index.js'

/**
 * Approvals as the database holds them. Whatever happens to one begins with `lockApproval`, so that of two who come at
 * once one sees what the other did; a caller must make every change of state through `moveApproval`.
 */
export type ApprovalRow = Prisma.ApprovalGetPayload<object>

/** Nobody else changes it, or its grant, until the transaction ends. */
export async function lockApproval(tx: Transaction, id: string): Promise<ApprovalRow | undefined> {
  await tx.$executeRaw`SELECT 1 FROM approval WHERE id = ${id} FOR UPDATE`
  return (await tx.approval.findUnique({ where: { id } })) ?? undefined
}

export function stateOf({ state }: ApprovalRow): ApprovalState {
  return state as ApprovalState
}

export interface Move {
  readonly event: ApprovalEvent
  readonly at: Date
  /** Why it ended without having been used; fit for the caller. */
  readonly message?: string
}

/** Throws `SallyportError` of code `conflict` for a move that its state does not allow. */
export async function moveApproval(tx: Transaction, row: ApprovalRow, { event, at, message }: Move): Promise<ApprovalState> {
  const state = next(approvalTransitions, stateOf(row), event)
  if (state === undefined) throw new SallyportError('conflict', `it is ${row.state} already`)
  const { count } = await tx.approval.updateMany({
    where: { id: row.id, state: row.state },
    data: { state, decidedAt: row.decidedAt ?? at, ...(message !== undefined && { endMessage: message }) },
  })
  if (count !== 1) throw new SallyportError('conflict', 'it was decided in the meantime')
  if (isUnapproved(state)) {
    const waiting = { approvalId: row.id, waiting: true, withdrawnAt: null }
    await tx.approvalFiling.updateMany({ where: waiting, data: { owed: true } })
  }
  return state
}

/** What an agent is told of one that ended without a grant. */
export function endedOf({ id, state, endMessage }: Pick<ApprovalRow, 'id' | 'state' | 'endMessage'>): Unapproved | undefined {
  return isUnapproved(state) ? { approval: id, state, message: endMessage ?? `the request is ${state}` } : undefined
}

function isUnapproved(state: string): state is Unapproved['state'] {
  return state === 'denied' || state === 'expired' || state === 'withdrawn'
}

/** As a decision holds it. */
export function principalOf({ principal }: { readonly principal: unknown }): Principal {
  return principal as Principal
}

/** PostgreSQL holds no NUL in text. */
export function shown(text: string): string {
  return text.replaceAll('\0', '\uFFFD').slice(0, 2_000)
}
