import { SallyportError } from '@sallyport/core'
import type { Context } from '../../context.js'
import { checkName, type DocumentService, type Versioned } from '../../http/documents.js'
import { changedMeanwhile, checkConditions } from '../../http/etag.js'
import { readPage } from '../../http/page.js'
import { unprocessable } from '../../http/problem.js'
import { recordAct } from '../../trail/index.js'
import { compileBody } from './compile.js'
import type { PolicyBody, PolicyView } from './schema.js'
import * as store from './store.js'
import type { PolicyCache, PolicyRow } from './store.js'
import type { RunTests } from './tests.js'
import type { Warn } from './warnings.js'

export interface PolicyParts {
  readonly tests: RunTests
  readonly cache: Pick<PolicyCache, 'compiled'>
  readonly warn: Warn
}

const unreadable = 'this build cannot read the policy: agents refuse it, and keep what they had before it'

/** A policy is saved only compiled and with its own tests passed; refused with every reason. */
export function createPolicyService({ db }: Pick<Context, 'db'>, parts: PolicyParts): DocumentService<PolicyBody, PolicyView> {
  const { tests, cache, warn } = parts
  const views = async (rows: readonly PolicyRow[]): Promise<PolicyView[]> => {
    const compiled = rows.map(cache.compiled)
    const warnings = await warn(compiled.flatMap((result) => (result.ok ? [result.policy] : [])))
    const told = warnings.values()
    return rows.map((row, i) => toView(row, compiled[i]?.ok === true ? (told.next().value ?? []) : [unreadable]))
  }
  const versioned = async (row: PolicyRow): Promise<Versioned<PolicyView>> => {
    const [view] = await views([row])
    return { view: view!, version: row.version }
  }
  return {
    list: async (_caller, query) => {
      const page = await readPage(query, (window) => store.listPolicies(db, window))
      return { ...page, items: await views(page.items) }
    },
    read: async (_caller, name) => versioned(known(await store.findPolicy(db, name))),
    draft: ({ id: _id, hash: _hash, warnings: _warnings, created_at: _created, updated_at: _updated, ...body }) => body,
    write: async (caller, wanted) => {
      checkName(wanted)
      const policy = compileBody(wanted)
      const { failures } = await tests(policy, () => true)
      if (failures.length > 0) throw unprocessable(failures, 'the tests of the policy fail')
      const { after, created } = await db.$transaction(async (tx) => {
        const present = await store.findPolicy(tx, wanted.name)
        if (present !== null && wanted.createOnly === true) throw new SallyportError('conflict', 'a policy of that name exists already')
        checkConditions(wanted.conditions, present ?? undefined)
        const after = await store.savePolicy(tx, policy, present)
        if (after === null) throw changedMeanwhile(wanted.conditions)
        await recordAct(tx, caller.actor, {
          action: present === null ? 'policy.create' : 'policy.update',
          target: targetOf(after),
          ...(present !== null && { before: present.document }),
          after: after.document,
          detail: { hash: policy.hash },
        })
        return { after, created: present === null }
      })
      return { ...(await versioned(after)), created }
    },
    remove: async (caller, name, conditions) => {
      await db.$transaction(async (tx) => {
        const row = known(await store.findPolicy(tx, name))
        checkConditions(conditions, row)
        if (!(await store.deletePolicy(tx, row))) throw changedMeanwhile(conditions)
        await recordAct(tx, caller.actor, { action: 'policy.delete', target: targetOf(row), before: row.document })
      })
    },
  }
}

function known(row: PolicyRow | null): PolicyRow {
  if (row === null) throw new SallyportError('not_found', 'there is no such policy')
  return row
}

function targetOf({ id, name }: PolicyRow) {
  return { kind: 'policy', id, name }
}

function toView(row: PolicyRow, warnings: readonly string[]): PolicyView {
  return {
    ...(row.document as unknown as Omit<PolicyView, 'id' | 'hash' | 'warnings' | 'created_at' | 'updated_at'>),
    id: row.id,
    hash: row.hash,
    warnings: [...warnings],
    created_at: row.createdAt.toISOString(),
    updated_at: row.updatedAt.toISOString(),
  }
}
