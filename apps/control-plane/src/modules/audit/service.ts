import type { Context } from '../../context.js'
import type { Page } from '../../http/page.js'
import { invalid } from '../../http/problem.js'
import type { AuditEventView, AuditQuery } from './schema.js'
import * as store from './store.js'
import type { Position } from './store.js'
import { fromAgent, fromControlPlane } from './view.js'

export interface AuditService {
  list(query: AuditQuery): Promise<Page<AuditEventView>>
}

/** Two trails as one list, newest first: what agents signed, and what administrators did. */
export function createAuditService({ db }: Pick<Context, 'db'>): AuditService {
  return {
    list: async (query) => {
      const limit = query.limit ?? 50
      const window = { take: limit + 1, ...(query.cursor !== undefined && { after: decode(query.cursor) }) }
      const wantsAgents = query.source !== 'control-plane' && query.actor === undefined
      const wantsActs = query.source !== 'agent' && query.session === undefined
      const [recorded, acts] = await Promise.all([
        wantsAgents ? store.agentEvents(db, query, window) : [],
        wantsActs ? store.adminEvents(db, query, window) : [],
      ])
      const merged = [...recorded.map(fromAgent), ...acts.map(fromControlPlane)].sort(newestFirst)
      const items = merged.slice(0, limit)
      const last = items.at(-1)
      return { items, next_cursor: merged.length > limit && last !== undefined ? encode(last) : null }
    },
  }
}

function newestFirst(a: AuditEventView, b: AuditEventView): number {
  if (a.at !== b.at) return a.at < b.at ? 1 : -1
  return a.id < b.id ? 1 : -1
}

function encode({ at, id }: AuditEventView): string {
  return Buffer.from(`${at} ${id}`).toString('base64url')
}

function decode(cursor: string): Position {
  const found = /^(\S{24}) ((?:evt|adm)_[0-9a-z]{26})$/.exec(Buffer.from(cursor, 'base64url').toString('utf8'))
  const [at, id] = [new Date(found?.[1] ?? ''), found?.[2]]
  if (id === undefined || Number.isNaN(at.getTime()))
    throw invalid([{ path: '(querystring)/cursor', message: 'is not a cursor that this server gave out' }])
  return { at, id }
}
