import { SallyportError } from '@sallyport/core'
import type { Context } from '../../context.js'
import { checkName, type DocumentService } from '../../http/documents.js'
import { changedMeanwhile, checkConditions } from '../../http/etag.js'
import { readPage } from '../../http/page.js'
import { invalid } from '../../http/problem.js'
import { recordAct } from '../../trail/index.js'
import type { RoleBody, RoleView } from './schema.js'
import * as store from './store.js'
import type { RoleRow } from './store.js'

/** (provider, group or subject) has a role. Only whoever may write roles can raise anybody, themselves included. */
export function createRoleService({ db }: Pick<Context, 'db'>): DocumentService<RoleBody, RoleView> {
  return {
    list: async (_caller, query) => {
      const page = await readPage(query, (window) => store.listRoles(db, window))
      return { ...page, items: page.items.map(toView) }
    },
    read: async (_caller, name) => versioned(known(await store.findRole(db, name))),
    draft: ({ id: _id, created_at: _created, updated_at: _updated, ...body }) => body,
    write: async (caller, wanted) => {
      checkName(wanted)
      checkHolder(wanted.body)
      return db.$transaction(async (tx) => {
        const present = await store.findRole(tx, wanted.name)
        if (present !== null && wanted.createOnly === true) throw new SallyportError('conflict', 'a role of that name exists already')
        checkConditions(wanted.conditions, present ?? undefined)
        const after = await store.saveRole(tx, wanted.name, wanted.body, present)
        if (after === null) throw changedMeanwhile(wanted.conditions)
        await recordAct(tx, caller.actor, {
          action: present === null ? 'role.create' : 'role.update',
          target: targetOf(after),
          ...(present !== null && { before: toView(present) }),
          after: toView(after),
          detail: { role: after.role, group: after.group, subject: after.subject, provider: after.provider },
        })
        return { ...versioned(after), created: present === null }
      })
    },
    remove: async (caller, name, conditions) => {
      await db.$transaction(async (tx) => {
        const row = known(await store.findRole(tx, name))
        checkConditions(conditions, row)
        if (!(await store.deleteRole(tx, row))) throw changedMeanwhile(conditions)
        await recordAct(tx, caller.actor, { action: 'role.delete', target: targetOf(row), before: toView(row) })
      })
    },
  }
}

/** `demo-admins-admin` for a role that was posted without a name. */
export function nameFor({ provider, group, subject, role }: RoleBody): string {
  const parts = [provider, group ?? subject, role].filter((part) => part !== undefined)
  const slug = parts
    .join('-')
    .toLowerCase()
    .replace(/[^a-z0-9._-]+/g, '-')
    .replace(/^[^a-z0-9]+/, '')
  return slug.slice(0, 63)
}

function checkHolder({ group, subject }: RoleBody): void {
  if ((group === undefined) === (subject === undefined))
    throw invalid([{ path: '/group', message: 'give either group or subject: who has the role' }])
}

function known(row: RoleRow | null): RoleRow {
  if (row === null) throw new SallyportError('not_found', 'there is no such role')
  return row
}

function targetOf({ id, name }: RoleRow) {
  return { kind: 'role', id, name }
}

function versioned(row: RoleRow) {
  return { view: toView(row), version: row.version }
}

function toView(row: RoleRow): RoleView {
  return {
    id: row.id,
    name: row.name,
    ...(row.provider !== null && { provider: row.provider }),
    ...(row.group !== null && { group: row.group }),
    ...(row.subject !== null && { subject: row.subject }),
    role: row.role as RoleView['role'],
    ...(row.labels !== null && { labels: row.labels as NonNullable<RoleView['labels']> }),
    created_at: row.createdAt.toISOString(),
    updated_at: row.updatedAt.toISOString(),
  }
}
