import type { Action, Identity, ResourceFacts, SessionFacts } from '@sallyport/core'
import { decide } from './decide.js'
import type { PolicyTest } from './document/schema.js'
import type { Policy } from './policy.js'
import type { Problem } from './problem.js'
import type { AccessRequest } from './request.js'

export interface PolicyTestOptions {
  /** Facts of the resource a test names; where unknown, the test gets one with that name and the labels the policy asks for. */
  readonly resource?: (name: string) => ResourceFacts | undefined
  /** The time that `env` tells, in milliseconds since the epoch; noon of 1 January 2026 UTC unless said. */
  readonly now?: number
}

/** What a protocol makes of the statement of a test. */
export interface TestedStatement {
  readonly actions: readonly Action[]
  /** What the protocol adds to the facts of the session. */
  readonly session?: Pick<SessionFacts, 'database' | 'role'>
}

/**
 * Runs the `tests` of a policy against that policy alone. `classify` tells a test's statement with the eyes of the
 * resource's protocol. Answers every test that fails; a statement that cannot be classified fails its test.
 */
export async function runPolicyTests(
  policy: Policy,
  classify: (test: PolicyTest) => Promise<TestedStatement>,
  options: PolicyTestOptions = {},
): Promise<readonly Problem[]> {
  const problems: Problem[] = []
  for (const [i, test] of (policy.document.tests ?? []).entries()) {
    const message = await runOne(policy, test, { classify, options })
    if (message !== undefined) problems.push({ path: `/tests/${i}`, message })
  }
  return problems
}

interface Run {
  readonly classify: (test: PolicyTest) => Promise<TestedStatement>
  readonly options: PolicyTestOptions
}

async function runOne(policy: Policy, test: PolicyTest, { classify, options }: Run): Promise<string | undefined> {
  const tested = await classify(test).catch((error: unknown) => (error instanceof Error ? error : new Error(String(error))))
  if (tested instanceof Error) return `the statement cannot be classified: ${tested.message.slice(0, 200)}`
  const decision = decide(requestOf(policy, test, { tested, options }), [policy])
  const rules = decision.rules.map(({ rule }) => rule)
  const told = decision.kind === 'deny' ? ` (${decision.message})` : ''
  if (decision.kind !== test.expect) return `expected ${test.expect}, got ${decision.kind} by ${rules.join(', ')}${told}`
  if (test.rule !== undefined && !rules.includes(test.rule)) return `expected rule ${test.rule}, got ${rules.join(', ')}${told}`
  return undefined
}

function requestOf(
  policy: Policy,
  test: PolicyTest,
  { tested, options }: { readonly tested: TestedStatement; readonly options: PolicyTestOptions },
): AccessRequest {
  const now = options.now ?? Date.UTC(2026, 0, 1, 12)
  const known = options.resource?.(test.resource)
  const resource = known ?? { id: '', name: test.resource, protocol: '', labels: policy.document.resources.labels ?? {} }
  const session = { id: 'ses_test', protocol: resource.protocol, client: { address: '127.0.0.1' }, ...tested.session }
  return { identity: identityOf(test.as, now), resource, session, actions: tested.actions, now, grants: [] }
}

/** Somebody as the test says; of the primary provider unless it names one. */
function identityOf({ groups = [], principal = 'test', provider, kind = 'service', claims = {} }: PolicyTest['as'], now: number): Identity {
  return {
    principal: { provider: provider ?? 'test', subject: principal, name: principal, kind, groups, primary: provider === undefined },
    chain: [],
    token: { id: 'test', issuer: 'test', audience: [], issuedAt: now, expiresAt: now + 3_600_000 },
    claims,
  }
}
