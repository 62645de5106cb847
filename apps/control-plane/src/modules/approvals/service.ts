import { SallyportError } from '@sallyport/core'
import { decide } from '../../approvals/index.js'
import { demand, may, scopeOf, type Caller } from '../../auth/caller.js'
import type { Context } from '../../context.js'
import { readPage, type Page } from '../../http/page.js'
import type { ApprovalQuery, ApprovalView, DecisionBody } from './schema.js'
import * as store from './store.js'
import { toView } from './view.js'

export interface ApprovalService {
  list(caller: Caller, query: ApprovalQuery): Promise<Page<ApprovalView>>
  read(caller: Caller, id: string): Promise<ApprovalView>
  decide(caller: Caller, id: string, body: DecisionBody): Promise<ApprovalView>
}

/**
 * What is held and who says what of it. A role opens the door to the queue; who may decide on a request, the policy that
 * holds it says, and no role is above that.
 */
export function createApprovalService({ db, now }: Pick<Context, 'db' | 'now'>): ApprovalService {
  const visible = async (caller: Caller, id: string) => {
    const row = await store.findApproval(db, id)
    const labels = row && (await store.labelsOf(db, row.resourceId))
    if (row && labels && may(caller, 'approval.read', labels)) return { row, labels }
    throw new SallyportError('not_found', 'there is no such approval, or none that you may see')
  }
  const read = async (caller: Caller, id: string) => {
    const { row, labels } = await visible(caller, id)
    return toView(row, caller, labels)
  }
  return {
    read,
    list: async (caller, query) => {
      const asked = { scope: scopeOf(caller, 'approval.read'), query }
      const page = await readPage(query, (window) => store.listApprovals(db, asked, window))
      const labels = new Map<string, Readonly<Record<string, string>>>()
      for (const { resourceId } of page.items) if (!labels.has(resourceId)) labels.set(resourceId, await store.labelsOf(db, resourceId))
      return { ...page, items: page.items.map((row) => toView(row, caller, labels.get(row.resourceId) ?? {})) }
    },
    decide: async (caller, id, said) => {
      const { labels } = await visible(caller, id)
      demand(caller, 'approval.decide', labels)
      await decide(db, id, { by: caller.identity, actor: caller.actor, said, now: now() })
      return read(caller, id)
    },
  }
}
