import type { Action, Decision } from '@sallyport/core'
import { no, yes } from './answer.js'
import { answer, coversOf, scopes } from './judge.js'
import { sortedRefs } from './order.js'
import type { Policy, Rule } from './policy.js'
import type { AccessRequest } from './request.js'
import type { Scope } from './scope.js'

/**
 * Whether the caller may reach the resource at all; `request.actions` is ignored. Yes where, for everyone in the chain,
 * a policy about them has an allow or hold rule and no deny rule that names the effect `connect` may match. A refusal
 * tells the caller nothing that a resource which does not exist would not; its `rules` are for the trail.
 */
export function decideConnect(request: AccessRequest, policies: readonly Policy[]): Decision {
  const rules: Rule['ref'][] = []
  const denied: Rule['ref'][] = []
  let strict = false
  let reachable = true
  for (const scope of scopes(request)) {
    const covers = coversOf(scope, policies)
    const opening = covers.filter(({ policy, opens }) => opens === yes && policy.opens)
    if (opening.length === 0) reachable = false
    rules.push(...opening.flatMap(({ policy }) => policy.rules.filter(opens).map(({ ref }) => ref)))
    for (const cover of covers) {
      if (cover.policy.record === 'strict') strict = true
      for (const rule of cover.policy.rules) if (bars(rule) && answer(rule, cover, asked(scope)) !== no) denied.push(rule.ref)
    }
  }
  if (reachable && denied.length === 0) {
    return { kind: 'allow', rules: sortedRefs(rules), shadow: [], obligations: [], record: strict ? 'strict' : 'buffered' }
  }
  return {
    kind: 'deny',
    code: 'resource_unknown',
    rules: denied.length > 0 ? sortedRefs(denied) : [{ policy: 'default', rule: 'not_allowed' }],
    shadow: [],
    message: `there is no resource ${request.resource.name}, or none that you may reach`,
    advice: '',
  }
}

const connect: Action = { verb: 'connect', effects: ['connect'], touches: [], functions: [], facts: {}, certainty: 'exact' }

function asked(scope: Scope) {
  return { action: connect, scope }
}

function opens(rule: Rule): boolean {
  return rule.action !== 'deny' && !rule.shadow
}

function bars(rule: Rule): boolean {
  return rule.action === 'deny' && !rule.shadow && rule.namesConnect
}
