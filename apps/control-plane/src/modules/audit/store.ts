import type { Reader } from '../../db/index.js'
import type { AuditQuery } from './schema.js'
import type { AdminEventRow, AgentEventRow } from './view.js'

/** Where a page begins: after this event, going back in time. */
export interface Position {
  readonly at: Date
  readonly id: string
}

export interface AuditWindow {
  readonly after?: Position
  readonly take: number
}

const newestFirst = [{ at: 'desc' }, { id: 'desc' }] as const

export function agentEvents(db: Reader, query: AuditQuery, { after, take }: AuditWindow): Promise<AgentEventRow[]> {
  const where = {
    AND: [
      timeRange(query),
      olderThan(after),
      query.type === undefined ? {} : { type: query.type },
      query.session === undefined ? {} : { sessionId: query.session },
    ],
  }
  return db.auditEvent.findMany({ where, take, orderBy: [...newestFirst] })
}

export function adminEvents(db: Reader, query: AuditQuery, { after, take }: AuditWindow): Promise<AdminEventRow[]> {
  const where = {
    AND: [
      timeRange(query),
      olderThan(after),
      query.type === undefined ? {} : { action: query.type },
      query.actor === undefined ? {} : { actor: query.actor },
    ],
  }
  return db.adminEvent.findMany({ where, take, orderBy: [...newestFirst] })
}

function timeRange({ since, until }: AuditQuery) {
  return { at: { ...(since !== undefined && { gte: new Date(since) }), ...(until !== undefined && { lt: new Date(until) }) } }
}

function olderThan(after: Position | undefined) {
  return after === undefined ? {} : { OR: [{ at: { lt: after.at } }, { at: after.at, id: { lt: after.id } }] }
}
