import type { Action, Deny, RuleRef } from '@sallyport/core'
import { yes } from './answer.js'
import { some } from './conditions/condition.js'
import type { FloorRule } from './floor.js'
import type { Cover, Denial, Tally } from './judge.js'
import { byRef, compare, unique } from './order.js'
import { principals } from './judge.js'
import type { Scope } from './scope.js'

/** Refusals in words that let a caller, person or program, correct itself: which rule, why, and what would be allowed. */
const maxAdvice = 600
const maxReason = 300

export function floorDeny(rule: FloorRule, { reason }: Action): Omit<Deny, 'shadow'> {
  const why = reason ? `: ${reason.slice(0, maxReason)}` : ''
  return {
    kind: 'deny',
    code: rule.code,
    rules: [{ policy: 'floor', rule: rule.effect }],
    message: `no policy can allow this: ${rule.says}${why}`,
    advice: '',
  }
}

/** The deny of a unit with at least one denied or unmatched action. */
export function denyOf({ denials, unmatched }: Tally, covers: readonly Cover[]): Omit<Deny, 'shadow'> {
  const [first, ...rest] = [...denials].sort(decisive)
  const advice = adviceOf(covers, first?.instead)
  if (first) {
    const rules = unique([first, ...rest].map(({ ref }) => ref))
    return { kind: 'deny', code: 'denied', rules, message: denialMessage(first, covers), advice }
  }
  const rules: readonly RuleRef[] = [{ policy: 'default', rule: 'not_allowed' }]
  return { kind: 'deny', code: 'not_allowed', rules, message: unmatchedMessage(unmatched[0]), advice }
}

/** Sure ones first, then by name: the order of policies and of a unit's actions says nothing. */
function decisive(a: Denial, b: Denial): number {
  return Number(b.sure) - Number(a.sure) || byRef(a.ref, b.ref) || compare(a.policy.hash, b.policy.hash)
}

function denialMessage(denial: Denial, covers: readonly Cover[]): string {
  const { ref, sure, action, scope, message } = denial
  const where = `policy ${ref.policy}, rule ${ref.rule}`
  if (!sure) return `${where} may apply to this ${spell(action)}, and what is unsure is denied: ${doubt(denial, covers)}${behalf(scope)}`
  return message === undefined ? `${where} denies this ${spell(action)}${behalf(scope)}` : `${where}: ${message}${behalf(scope)}`
}

/** What made a deny only a *maybe*. */
function doubt({ rule, policy, action, scope, message }: Denial, covers: readonly Cover[]): string {
  if (action.reason) return action.reason.slice(0, maxReason)
  const open = rule?.conditions.find((condition) => condition.test(action, scope) !== yes)
  if (open) return open.why(action, scope).slice(0, maxReason)
  if (covers.some((cover) => cover.policy === policy && cover.closes !== yes)) return policy.subjects.why(scope, 'any')
  return message ?? 'the classification is not sure'
}

function unmatchedMessage(unmatched: Tally['unmatched'][number] | undefined): string {
  if (!unmatched) return 'there is nothing to judge'
  const { action, scope } = unmatched
  const unsure =
    action.certainty === 'exact'
      ? ''
      : `; it could not be classified surely${action.reason ? `: ${action.reason.slice(0, maxReason)}` : ''}`
  return `no policy allows this ${spell(action)} on ${scope.request.resource.name}${behalf(scope)}${unsure}`
}

function spell({ verb, effects }: Action): string {
  return effects.length === 0 ? verb : `${verb} (${some(effects)})`
}

function behalf({ principal, request }: Scope): string {
  return principal === principals(request)[0] ? '' : ` (for ${principal.provider}/${principal.subject}, on whose behalf you act)`
}

function adviceOf(covers: readonly Cover[], instead?: string): string {
  const offers = covers.filter(({ opens, policy }) => opens === yes && policy.offer !== '').map(({ policy }) => policy.offer)
  const text = [...(instead === undefined ? [] : [instead]), ...[...new Set(offers)].sort(compare)].join('; ')
  return text.length > maxAdvice ? `${text.slice(0, maxAdvice - 1)}…` : text
}
