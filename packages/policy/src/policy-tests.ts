import type { Action, Identity, ResourceFacts } from '@sallyport/core'
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

/**
 * Runs the `tests` of a policy against that policy alone. `actionsFor` classifies a test's statement with the eyes of
 * the resource's protocol. Answers every test that fails; a statement that cannot be classified fails its test.
 */
export async function runPolicyTests(
  policy: Policy,
  actionsFor: (test: PolicyTest) => Promise<readonly Action[]>,
  options: PolicyTestOptions = {},
): Promise<readonly Problem[]> {
  const problems: Problem[] = []
  for (const [i, test] of (policy.document.tests ?? []).entries()) {
    const message = await runOne(policy, test, { actionsFor, options })
    if (message !== undefined) problems.push({ path: `/tests/${i}`, message })
  }
  return problems
}

interface Run {
  readonly actionsFor: (test: PolicyTest) => Promise<readonly Action[]>
  readonly options: PolicyTestOptions
}

async function runOne(policy: Policy, test: PolicyTest, { actionsFor, options }: Run): Promise<string | undefined> {
  const actions = await actionsFor(test).catch((error: unknown) => (error instanceof Error ? error : new Error(String(error))))
  if (actions instanceof Error) return `the statement cannot be classified: ${actions.message.slice(0, 200)}`
  const decision = decide(requestOf(policy, test, { actions, options }), [policy])
  const rules = decision.rules.map(({ rule }) => rule)
  const told = decision.kind === 'deny' ? ` (${decision.message})` : ''
  if (decision.kind !== test.expect) return `expected ${test.expect}, got ${decision.kind} by ${rules.join(', ')}${told}`
  if (test.rule !== undefined && !rules.includes(test.rule)) return `expected rule ${test.rule}, got ${rules.join(', ')}${told}`
  return undefined
}

function requestOf(
  policy: Policy,
  test: PolicyTest,
  { actions, options }: { actions: readonly Action[]; options: PolicyTestOptions },
): AccessRequest {
  const now = options.now ?? Date.UTC(2026, 0, 1, 12)
  const known = options.resource?.(test.resource)
  const resource = known ?? { id: '', name: test.resource, protocol: '', labels: policy.document.resources.labels ?? {} }
  const session = { id: 'ses_test', protocol: resource.protocol, client: { address: '127.0.0.1' } }
  return { identity: identityOf(test.as, now), resource, session, actions, now, grants: [] }
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
