import { SallyportError } from '@sallyport/core'
import { compilePolicy, runPolicyTests, type Policy } from '@sallyport/policy'
import type { Context } from '../../context.js'
import type { Database } from '../../db/index.js'
import { checkName, type DocumentService, type Wanted } from '../../http/documents.js'
import { changedMeanwhile, checkConditions } from '../../http/etag.js'
import { readPage } from '../../http/page.js'
import { invalid, unprocessable } from '../../http/problem.js'
import { recordAct } from '../../trail/index.js'
import type { Classify } from './classify.js'
import type { PolicyBody, PolicyView } from './schema.js'
import * as store from './store.js'
import type { PolicyRow } from './store.js'

/** A policy is saved only compiled and with its own tests passed; refused with every reason. */
export function createPolicyService({ db }: Pick<Context, 'db'>, classify: Classify): DocumentService<PolicyBody, PolicyView> {
  return {
    list: async (_caller, query) => {
      const page = await readPage(query, (window) => store.listPolicies(db, window))
      return { ...page, items: page.items.map(toView) }
    },
    read: async (_caller, name) => versioned(known(await store.findPolicy(db, name))),
    draft: ({ id: _id, hash: _hash, created_at: _created, updated_at: _updated, ...body }) => body,
    write: async (caller, wanted) => {
      checkName(wanted)
      const policy = compile(wanted)
      await runTests(db, classify, policy)
      return db.$transaction(async (tx) => {
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
        return { ...versioned(after), created: present === null }
      })
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

function compile({ name, body }: Wanted<PolicyBody>): Policy {
  const compiled = compilePolicy({ ...body, kind: 'policy', name })
  if (!compiled.ok) throw invalid(compiled.problems, 'the policy is not valid')
  return compiled.policy
}

async function runTests(db: Database, classify: Classify, policy: Policy): Promise<void> {
  const names = [...new Set((policy.document.tests ?? []).map(({ resource }) => resource))]
  const rows = new Map((await db.resource.findMany({ where: { name: { in: names } } })).map((row) => [row.name, row]))
  const problems = await runPolicyTests(
    policy,
    async ({ resource, statement }) => {
      const row = rows.get(resource)
      if (row === undefined) throw new Error(`there is no resource ${resource}, so nobody knows its protocol`)
      return (await classify(row, statement)).actions
    },
    {
      resource: (name) => {
        const row = rows.get(name)
        return row && { id: row.id, name, protocol: row.protocol, labels: row.labels as Readonly<Record<string, string>> }
      },
    },
  )
  if (problems.length > 0) throw unprocessable(problems, 'the tests of the policy fail')
}

function known(row: PolicyRow | null): PolicyRow {
  if (row === null) throw new SallyportError('not_found', 'there is no such policy')
  return row
}

function targetOf({ id, name }: PolicyRow) {
  return { kind: 'policy', id, name }
}

function versioned(row: PolicyRow) {
  return { view: toView(row), version: row.version }
}

function toView(row: PolicyRow): PolicyView {
  return {
    ...(row.document as unknown as Omit<PolicyView, 'id' | 'hash' | 'created_at' | 'updated_at'>),
    id: row.id,
    hash: row.hash,
    created_at: row.createdAt.toISOString(),
    updated_at: row.updatedAt.toISOString(),
  }
}
