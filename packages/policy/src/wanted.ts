import type { Action } from '@sallyport/core'
import { maybe } from './answer.js'
import { answer, type Cover, coversOf, createTally, judge, scopes } from './judge.js'
import type { Policy } from './policy.js'
import type { AccessRequest } from './request.js'
import type { Scope } from './scope.js'

/**
 * Whether a fact that costs something to find out could change what is decided about an action that does not have it yet.
 * Nothing is wanted for an action that is denied whatever the fact says, nor for one that does more than show what some mask is
 * about: what is found out would tell of the masked values. A caller must not look for the fact unless this says so.
 */
export function wantsFact(request: Omit<AccessRequest, 'actions'>, policies: readonly Policy[], asked: Asked): boolean {
  if (asked.action.certainty !== 'exact' || !mentioned(policies, asked.fact)) return false
  const found = scopes({ ...request, actions: [asked.action] }).map((scope) => wantIn(scope, coversOf(scope, policies), asked))
  return found.includes('wanted') && !found.includes('settled')
}

interface Asked {
  readonly fact: string
  readonly action: Action
}

const known = new WeakMap<readonly Policy[], Map<string, boolean>>()

/** Mostly no policy does, and every statement asks. */
function mentioned(policies: readonly Policy[], fact: string): boolean {
  const answers = known.get(policies) ?? new Map<string, boolean>()
  known.set(policies, answers)
  const found = answers.get(fact) ?? policies.some(({ rules }) => rules.some((rule) => rule.mentions(fact)))
  answers.set(fact, found)
  return found
}

/** `settled`: it is denied, or must not be looked for, whatever anybody else wants. */
function wantIn(scope: Scope, covers: readonly Cover[], { fact, action }: Asked): 'wanted' | 'settled' | 'indifferent' {
  const open = covers.flatMap((cover) =>
    cover.policy.rules.filter((rule) => rule.mentions(fact) && answer(rule, cover, { action, scope }) === maybe),
  )
  const tally = createTally()
  judge(
    action,
    scope,
    covers.map((cover) => without(cover, fact)),
    tally,
  )
  if (tally.denials.length > 0 || covers.some(({ policy }) => looksBehind(policy, action))) return 'settled'
  const opening = open.some(({ action: does, shadow }) => does !== 'deny' && !shadow)
  if (tally.unmatched.length > 0 && !opening) return 'settled'
  return open.length > 0 ? 'wanted' : 'indifferent'
}

function without({ policy, ...cover }: Cover, fact: string): Cover {
  return { ...cover, policy: { ...policy, rules: policy.rules.filter((rule) => !rule.mentions(fact)) } }
}

function looksBehind({ masks }: Policy, { touches }: Action): boolean {
  return touches.some(
    ({ kind, name, use, labels }) => kind === 'column' && use !== 'output' && masks.some((mask) => mask.covers(name, labels)),
  )
}
