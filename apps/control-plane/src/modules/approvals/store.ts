import { labelFilter, type Scope } from '../../auth/caller.js'
import type { Prisma, Reader } from '../../db/index.js'
import type { PageWindow } from '../../http/page.js'
import type { ApprovalQuery } from './schema.js'

const whole = { decisions: { orderBy: { id: 'asc' } }, filings: true, grant: true } as const satisfies Prisma.ApprovalInclude

export type WholeApproval = Prisma.ApprovalGetPayload<{ include: typeof whole }>

export function findApproval(db: Reader, id: string): Promise<WholeApproval | null> {
  return db.approval.findUnique({ where: { id }, include: whole })
}

/** Labels of the resource as they are now; none once it is gone, so that then only unscoped roles see its approvals. */
export async function labelsOf(db: Reader, resourceId: string): Promise<Readonly<Record<string, string>>> {
  const resource = await db.resource.findUnique({ where: { id: resourceId }, select: { labels: true } })
  return (resource?.labels ?? {}) as Readonly<Record<string, string>>
}

export async function listApprovals(
  db: Reader,
  { scope, query }: { readonly scope: Scope; readonly query: ApprovalQuery },
  { before, take }: PageWindow,
): Promise<WholeApproval[]> {
  const { state, resource } = query
  const where: Prisma.ApprovalWhereInput = {
    AND: [before, await inScope(db, scope), byPrincipal(query)],
    ...(state !== undefined && { state }),
    ...(resource !== undefined && { resource }),
  }
  return db.approval.findMany({ where, take, orderBy: { id: 'desc' }, include: whole })
}

/** Of what belongs to resources. */
export async function inScope(db: Reader, scope: Scope): Promise<{ readonly resourceId?: { readonly in: string[] } }> {
  if (scope === 'all') return {}
  const rows = await db.resource.findMany({ where: labelFilter(scope), select: { id: true } })
  return { resourceId: { in: rows.map(({ id }) => id) } }
}

function byPrincipal({ principal }: ApprovalQuery): Prisma.ApprovalWhereInput {
  if (principal === undefined) return {}
  const slash = principal.indexOf('/')
  const pair = { provider: principal.slice(0, slash), subject: principal.slice(slash + 1) }
  return { OR: [{ principal }, ...(slash > 0 ? [pair] : [])] }
}
