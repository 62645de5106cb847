import { runPolicyTests, type Policy } from '@sallyport/policy'
import { may, type Caller, type Labels } from '../../auth/caller.js'
import type { Reader } from '../../db/index.js'
import { invalid } from '../../http/problem.js'
import type { Classify } from './classify.js'
import { compileBody } from './compile.js'
import type { PolicyBody, PolicyTestView } from './schema.js'
import type { Warn } from './warnings.js'

/** Runs the tests inside a policy against it alone, with the eyes that agents lent. A resource that may not be seen is as good as absent. */
export type RunTests = (policy: Policy, visible: (labels: Labels) => boolean) => Promise<TestsRun>

export interface TestsRun {
  readonly failures: readonly { readonly path: string; readonly message: string }[]
  /** By resource: whether a target model was at hand. */
  readonly models: ReadonlyMap<string, boolean>
}

export function createTests(db: Reader, classify: Classify): RunTests {
  return async (policy, visible) => {
    const names = [...new Set((policy.document.tests ?? []).map(({ resource }) => resource))]
    const found = await db.resource.findMany({ where: { name: { in: names } } })
    const rows = new Map(found.filter(({ labels }) => visible(labels as Labels)).map((row) => [row.name, row]))
    const models = new Map<string, boolean>()
    const failures = await runPolicyTests(
      policy,
      async ({ resource, statement }) => {
        const row = rows.get(resource)
        if (row === undefined) throw new Error(`there is no resource ${resource}, so nobody knows its protocol`)
        const { actions, session, epoch } = await classify(row, statement)
        models.set(resource, epoch !== undefined)
        return { actions, session }
      },
      {
        resource: (name) => {
          const row = rows.get(name)
          return row && { id: row.id, name, protocol: row.protocol, labels: row.labels as Labels }
        },
      },
    )
    return { failures, models }
  }
}

export type TryPolicy = (caller: Caller, body: PolicyBody) => Promise<PolicyTestView>

/** The tests of a document that is not saved, nor will be. */
export function createTrial(tests: RunTests, warn: Warn): TryPolicy {
  return async (caller, body) => {
    const { name } = body
    if (name === undefined) throw invalid([{ path: '/name', message: 'is required' }])
    const policy = compileBody({ name, body })
    const { failures, models } = await tests(policy, (labels) => may(caller, 'policy.evaluate', labels))
    const [warnings = []] = await warn([policy])
    return {
      name,
      hash: policy.hash,
      passed: (policy.document.tests ?? []).length - failures.length,
      failed: failures.length,
      failures: failures.map(({ path, message }) => ({ path, message })),
      models: [...models].map(([resource, known]) => ({ resource, known })),
      warnings: [...warnings],
    }
  }
}
