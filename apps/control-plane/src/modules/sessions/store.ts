import { decodeRecord } from '@sallyport/audit'
import type { Prisma, Reader, Transaction } from '../../db/index.js'
import { labelFilter, type Scope } from '../../auth/caller.js'
import type { PageWindow } from '../../http/page.js'
import type { SessionQuery } from './schema.js'

export type SessionRow = Prisma.SessionGetPayload<object>
export type EventRow = Prisma.AuditEventGetPayload<object>

/** A text search looks at so many statements at most, newest first, and takes so many that match. */
const mostSearched = 100_000
const mostMatches = 2_000

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

/** Records are canonical JSON: what its spelling of the text singles out is read, and the statements themselves are asked. */
async function byText(db: Reader, { text, since, until }: SessionQuery): Promise<Prisma.SessionWhereInput> {
  if (text === undefined) return {}
  const spelled = JSON.stringify(text).slice(1, -1).toLowerCase()
  const [from, to] = [since ?? null, until ?? null]
  const rows = await db.$queryRaw<{ session_id: string; record: Uint8Array }[]>`
    SELECT session_id, record FROM (
      SELECT session_id, record, at FROM audit_event
      WHERE type = 'statement.decided' AND session_id IS NOT NULL
        AND (${from}::text IS NULL OR at >= ${from}::timestamptz) AND (${to}::text IS NULL OR at < ${to}::timestamptz)
      ORDER BY at DESC, id DESC LIMIT ${mostSearched}) AS newest
    WHERE strpos(lower(convert_from(record, 'UTF8')), ${spelled}) > 0 ORDER BY at DESC LIMIT ${mostMatches}`
  const wanted = text.toLowerCase()
  return { id: { in: [...new Set(rows.filter(({ record }) => holds(record, wanted)).map((row) => row.session_id))] } }
}

function holds(record: Uint8Array, wanted: string): boolean {
  const { event } = decodeRecord(record)
  return event.type === 'statement.decided' && event.texts.some(({ text }) => text.toLowerCase().includes(wanted))
}

function byTime({ since, until }: SessionQuery): Prisma.SessionWhereInput {
  return { openedAt: { ...(since !== undefined && { gte: new Date(since) }), ...(until !== undefined && { lt: new Date(until) }) } }
}
