import type { Action, Decision, RuleRef } from '@sallyport/core'
import { type Answer, both, maybe, no, type Word, word } from './answer.js'
import { decide } from './decide.js'
import { floorRule } from './floor.js'
import { answer, type Cover, scopes } from './judge.js'
import type { Policy, Rule } from './policy.js'
import type { AccessRequest } from './request.js'
import type { Scope } from './scope.js'

/** Why a decision is what it is: every policy and rule, whether it matched, and each condition's reason. */
export interface Explanation {
  readonly decision: Decision
  /** One entry per action and principal of the chain, the acting one first. */
  readonly judged: readonly JudgedAction[]
}

export interface JudgedAction {
  /** Index into the request's actions. */
  readonly action: number
  /** `provider/subject`. */
  readonly principal: string
  /** The floor rule it meets, which no policy overrides. */
  readonly floor?: string
  readonly policies: readonly ExplainedPolicy[]
}

export interface ExplainedPolicy {
  readonly policy: string
  readonly resource: boolean
  readonly subject: { readonly matched: Word; readonly reason: string }
  readonly rules: readonly ExplainedRule[]
  readonly masks: readonly {
    readonly mask: RuleRef
    readonly columns: readonly string[]
    readonly refused?: string
    readonly instead?: string
  }[]
}

export interface ExplainedRule {
  readonly rule: RuleRef
  readonly action: Rule['action']
  readonly shadow: boolean
  readonly matched: Word
  readonly reasons: readonly { readonly condition: string; readonly matched: Word; readonly reason: string }[]
}

export function explain(request: AccessRequest, policies: readonly Policy[]): Explanation {
  const judged = scopes(request).flatMap((scope) =>
    request.actions.map((action, index) => {
      const { provider, subject } = scope.principal
      const floor = floorRule(action)
      return {
        action: index,
        principal: `${provider}/${subject}`,
        ...(floor && { floor: floor.effect }),
        policies: policies.map((policy) => explainPolicy(policy, action, scope)),
      }
    }),
  )
  return { decision: decide(request, policies), judged }
}

function explainPolicy(policy: Policy, action: Action, scope: Scope): ExplainedPolicy {
  const resource = policy.covers(scope.request.resource)
  const cover: Cover = { policy, closes: policy.subjects.test(scope, 'any'), opens: policy.subjects.test(scope, 'primary') }
  const about = resource && cover.closes !== no
  return {
    policy: policy.name,
    resource,
    subject: { matched: word(cover.closes), reason: policy.subjects.why(scope, 'any') },
    rules: about ? policy.rules.map((rule) => explainRule(rule, cover, { action, scope })) : [],
    masks: about ? policy.masks.map((mask) => ({ mask: mask.ref, columns: [], ...mask.judge(action) })) : [],
  }
}

function explainRule(rule: Rule, cover: Cover, asked: { readonly action: Action; readonly scope: Scope }): ExplainedRule {
  const { action, scope } = asked
  const reach = rule.action === 'deny' ? 'any' : 'primary'
  const subject: Answer = reach === 'any' ? cover.closes : cover.opens
  const reasons = [
    { condition: 'subjects', matched: word(subject), reason: cover.policy.subjects.why(scope, reach) },
    ...rule.conditions.map((condition) => ({
      condition: condition.key,
      matched: word(condition.test(action, scope)),
      reason: condition.why(action, scope),
    })),
  ]
  if (rule.action !== 'deny' && action.certainty !== 'exact') {
    reasons.push({
      condition: 'certainty',
      matched: word(both(maybe, subject)),
      reason: 'what is not surely classified can never be allowed or held',
    })
  }
  return { rule: rule.ref, action: rule.action, shadow: rule.shadow, matched: word(answer(rule, cover, asked)), reasons }
}
