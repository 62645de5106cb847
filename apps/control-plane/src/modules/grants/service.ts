import { SallyportError } from '@sallyport/core'
import { revokeGrant } from '../../approvals/index.js'
import { demand, may, scopeOf, type Caller } from '../../auth/caller.js'
import type { Context } from '../../context.js'
import { readPage, type Page } from '../../http/page.js'
import { inScope, labelsOf } from '../approvals/store.js'
import type { GrantQuery, GrantView } from './schema.js'
import * as store from './store.js'
import type { WholeGrant } from './store.js'

export interface GrantService {
  list(caller: Caller, query: GrantQuery): Promise<Page<GrantView>>
  read(caller: Caller, id: string): Promise<GrantView>
  /** From its commit on nobody may use it; agents hear of it within a second. */
  revoke(caller: Caller, id: string): Promise<void>
}

/** What approvals left behind. They are made by decisions only; here they are seen and taken back. */
export function createGrantService({ db, now }: Pick<Context, 'db' | 'now'>): GrantService {
  const visible = async (caller: Caller, id: string) => {
    const row = await store.findGrant(db, id)
    const labels = row && (await labelsOf(db, row.resourceId))
    if (row && labels && may(caller, 'grant.read', labels)) return { row, labels }
    throw new SallyportError('not_found', 'there is no such grant, or none that you may see')
  }
  return {
    list: async (caller, query) => {
      const asked = { scope: await inScope(db, scopeOf(caller, 'grant.read')), query }
      const page = await readPage(query, (window) => store.listGrants(db, asked, window))
      return { ...page, items: page.items.map(toView) }
    },
    read: async (caller, id) => toView((await visible(caller, id)).row),
    revoke: async (caller, id) => {
      const { labels } = await visible(caller, id)
      demand(caller, 'grant.revoke', labels)
      await revokeGrant(db, id, { actor: caller.actor, now: now() })
    },
  }
}

function toView(row: WholeGrant): GrantView {
  const { approval } = row
  return {
    id: row.id,
    approval: row.approvalId,
    state: (approval.state === 'approved' ? 'in_force' : approval.state) as GrantView['state'],
    digest: row.digest,
    principal: { provider: approval.provider, subject: approval.subject, name: approval.principal },
    resource: { id: row.resourceId, name: approval.resource },
    uses: row.uses,
    used: row.used,
    created_at: row.createdAt.toISOString(),
    expires_at: row.expiresAt.toISOString(),
    ended_at: row.endedAt?.toISOString() ?? null,
    taken: row.taken.map(({ statement, agentId, at }) => ({ statement, agent: agentId, at: at.toISOString() })),
  }
}
