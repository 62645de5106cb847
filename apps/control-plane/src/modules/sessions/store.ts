import type { Prisma, Reader, Transaction } from '../../db/index.js'
import { labelFilter, type Scope } from '../../auth/caller.js'
import type { PageWindow } from '../../http/page.js'
import type { SessionQuery } from './schema.js'

export type SessionRow = Prisma.SessionGetPayload<object>
export type EventRow = Prisma.AuditEventGetPayload<object>

/** A text search looks at this many matching events at most, newest first. */
const maxTextMatches = 2_000

export async function findSession(db: Reader, id: string): Promise<SessionRow | null> {
  return db.session.findUnique({ where: { id } })
}

/** Labels of the resource as they are now; none once it is gone, so that then only unscoped roles see its sessions. */
export async function labelsOf(db: Reader, { resourceId }: SessionRow): Promise<Readonly<Record<string, string>>> {
  const resource = await db.resource.findUnique({ where: { id: resourceId }, select: { labels: true } })
  return (resource?.labels ?? {}) as Readonly<Record<string, string>>
}

export async function listSessions(db: Reader, scope: Scope, { before, take }: PageWindow, query: SessionQuery): Promise<SessionRow[]> {
  const where: Prisma.SessionWhereInput = {
    AND: [before, await inScope(db, scope), byPrincipal(query), await byText(db, query), byTime(query)],
    ...(query.state !== undefined && { state: query.state }),
    ...(query.resource !== undefined && { resource: query.resource }),
    ...(query.protocol !== undefined && { protocol: query.protocol }),
  }
  return db.session.findMany({ where, take, orderBy: { id: 'desc' } })
}

export function eventsOf(db: Reader, sessionId: string, window: { readonly before?: bigint; readonly take: number }): Promise<EventRow[]> {
  const { before, take } = window
  return db.auditEvent.findMany({
    where: { sessionId, ...(before !== undefined && { sequence: { lt: before } }) },
    take,
    orderBy: { sequence: 'desc' },
  })
}

/** Answers false when it ended, or was asked for, in the meantime. */
export async function askToTerminate(tx: Transaction, id: string, ask: { readonly at: Date; readonly message: string }): Promise<boolean> {
  const { count } = await tx.session.updateMany({
    where: { id, terminateAskedAt: null, NOT: { state: 'ended' } },
    data: { terminateAskedAt: ask.at, terminateMessage: ask.message },
  })
  return count === 1
}

async function inScope(db: Reader, scope: Scope): Promise<Prisma.SessionWhereInput> {
  if (scope === 'all') return {}
  const rows = await db.resource.findMany({ where: labelFilter(scope), select: { id: true } })
  return { resourceId: { in: rows.map(({ id }) => id) } }
}

function byPrincipal({ principal }: SessionQuery): Prisma.SessionWhereInput {
  if (principal === undefined) return {}
  const slash = principal.indexOf('/')
  const pair = { provider: principal.slice(0, slash), subject: principal.slice(slash + 1) }
  return { OR: [{ principal }, ...(slash > 0 ? [pair] : [])] }
}

async function byText(db: Reader, { text }: SessionQuery): Promise<Prisma.SessionWhereInput> {
  if (text === undefined) return {}
  const rows = await db.auditEvent.findMany({
    where: { statement: { contains: text, mode: 'insensitive' }, NOT: { sessionId: null } },
    select: { sessionId: true },
    orderBy: { at: 'desc' },
    take: maxTextMatches,
  })
  return { id: { in: [...new Set(rows.flatMap(({ sessionId }) => (sessionId === null ? [] : [sessionId])))] } }
}

function byTime({ since, until }: SessionQuery): Prisma.SessionWhereInput {
  return { openedAt: { ...(since !== undefined && { gte: new Date(since) }), ...(until !== undefined && { lt: new Date(until) }) } }
}
