import { SallyportError } from '@sallyport/core'
import { demand, may, scopeOf, type Caller } from '../../auth/caller.js'
import type { Context } from '../../context.js'
import type { Reader } from '../../db/index.js'
import { readPage, type Page } from '../../http/page.js'
import { recordAct } from '../../trail/index.js'
import { fromAgent, type AuditEventView } from '../audit/index.js'
import type { SessionEventsQuery, SessionQuery, SessionView, TerminateBody } from './schema.js'
import * as store from './store.js'
import type { SessionRow } from './store.js'

export interface SessionService {
  list(caller: Caller, query: SessionQuery): Promise<Page<SessionView>>
  read(caller: Caller, id: string): Promise<SessionView>
  events(caller: Caller, id: string, query: SessionEventsQuery): Promise<Page<AuditEventView>>
  /** Asks for the end; whichever replica holds the agent's link carries it out. */
  terminate(caller: Caller, id: string, body: TerminateBody): Promise<SessionView>
}

/** What the agents' trail says of sessions. It is read here, never written: only the wish to end one is ours. */
export function createSessionService({ db, now }: Pick<Context, 'db' | 'now'>): SessionService {
  return {
    list: async (caller, query) => {
      const page = await readPage(query, (window) => store.listSessions(db, scopeOf(caller, 'session.read'), window, query))
      return { ...page, items: page.items.map(toView) }
    },
    read: async (caller, id) => toView(await visible(db, caller, id)),
    events: async (caller, id, { limit = 200, cursor }) => {
      await visible(db, caller, id)
      const rows = await store.eventsOf(db, id, { take: limit + 1, ...(cursor !== undefined && { before: BigInt(cursor) }) })
      const shown = rows.slice(0, limit)
      const last = shown.at(-1)
      return { items: shown.map(fromAgent), next_cursor: rows.length > limit && last !== undefined ? String(last.sequence) : null }
    },
    terminate: (caller, id, { message = 'ended by an administrator' }) =>
      db.$transaction(async (tx) => {
        const row = await visible(tx, caller, id)
        demand(caller, 'session.terminate', await store.labelsOf(tx, row))
        const asked = await store.askToTerminate(tx, id, { at: new Date(now()), message })
        const after = await visible(tx, caller, id)
        if (!asked && after.state === 'ended') throw new SallyportError('conflict', 'the session has ended already')
        if (asked) await recordAct(tx, caller.actor, { action: 'session.terminate', target: { kind: 'session', id }, detail: { message } })
        return toView(after)
      }),
  }
}

async function visible(db: Reader, caller: Caller, id: string): Promise<SessionRow> {
  const row = await store.findSession(db, id)
  if (row !== null && may(caller, 'session.read', await store.labelsOf(db, row))) return row
  throw new SallyportError('not_found', 'there is no such session, or none that you may see')
}

function toView(row: SessionRow): SessionView {
  return {
    id: row.id,
    state: row.state as SessionView['state'],
    principal: {
      provider: row.provider,
      subject: row.subject,
      name: row.principal,
      kind: row.principalKind as SessionView['principal']['kind'],
      groups: row.groups,
    },
    token_id: row.tokenId,
    resource: { id: row.resourceId, name: row.resource },
    protocol: row.protocol,
    database: row.database,
    role: row.role,
    client: { address: row.clientAddress, application: row.application },
    agent: row.agentId,
    statements: row.statements,
    refused: row.refused,
    rows: Number(row.rows),
    opened_at: row.openedAt.toISOString(),
    ended_at: row.endedAt?.toISOString() ?? null,
    duration_ms: row.endedAt === null ? null : row.endedAt.getTime() - row.openedAt.getTime(),
    end: row.endReason === null ? null : { code: row.endReason, message: row.endMessage ?? '' },
    terminate_asked_at: row.terminateAskedAt?.toISOString() ?? null,
  }
}
