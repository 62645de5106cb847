import type { Action, Decision, Hold } from '@sallyport/core'
import { denyOf, floorDeny } from './deny.js'
import { type FloorRule, floorRule } from './floor.js'
import { combineHolds, grantFor } from './hold.js'
import { type Cover, coversOf, createTally, type Hit, judge, scopes, type Tally } from './judge.js'
import { obligationsOf } from './obligations.js'
import { byRef, sortedRefs } from './order.js'
import type { Policy } from './policy.js'
import type { AccessRequest } from './request.js'

/**
 * Judges one unit whole: deny > hold > allow over all its actions, for the acting principal and everyone it acts for.
 * Everything is an argument; the same arguments always give the same decision, whatever the order of policies. A unit
 * without actions is denied: there is nothing that anybody allowed.
 */
export function decide(request: AccessRequest, policies: readonly Policy[]): Decision {
  const floor = firstFloor(request.actions)
  if (floor) return { ...floorDeny(floor.rule, floor.action), shadow: [] }
  const tally = createTally()
  const covers: Cover[] = []
  for (const scope of scopes(request)) {
    const own = coversOf(scope, policies)
    covers.push(...own)
    for (const action of request.actions) judge(action, scope, own, tally)
  }
  const shadow = shadowOf(tally.shadow)
  if (tally.denials.length + tally.unmatched.length > 0 || request.actions.length === 0) return { ...denyOf(tally, covers), shadow }
  const obligations = obligationsOf(tally.owed, covers, tally.holds)
  if (tally.holds.length > 0) return answerHold(request, { kind: 'hold', ...combineHolds(tally.holds), obligations, shadow })
  const rules = sortedRefs(tally.allows.map(({ rule }) => rule.ref))
  return { kind: 'allow', rules, shadow, obligations, record: durability(request.actions, covers, tally) }
}

/** A grant turns a hold into an allow; what is owed stays owed. */
function answerHold(request: AccessRequest, hold: Hold): Decision {
  const grant = grantFor(request, hold.policies)
  if (!grant) return hold
  const { rules, shadow, obligations } = hold
  return { kind: 'allow', rules, shadow, obligations, record: 'strict', grant: grant.id }
}

function firstFloor(actions: readonly Action[]): { readonly rule: FloorRule; readonly action: Action } | undefined {
  for (const action of actions) {
    const rule = floorRule(action)
    if (rule) return { rule, action }
  }
  return undefined
}

/** Effects that change nothing; one that is not here counts as a write. */
const reading = new Set(['read', 'tx', 'session_ok', 'cursor', 'prepare', 'explain', 'introspect_values', 'connect'])

/** Writes are strict unless every policy that let them through says otherwise; a policy that says strict is obeyed always. */
function durability(actions: readonly Action[], covers: readonly Cover[], { allows }: Tally): 'strict' | 'buffered' {
  for (const { policy } of covers) if (policy.record === 'strict') return 'strict'
  if (!actions.some(writes)) return 'buffered'
  return allows.some(({ policy }) => policy.record === undefined) ? 'strict' : 'buffered'
}

function writes({ effects, touches }: Action): boolean {
  return effects.some((effect) => !reading.has(effect)) || touches.some((touch) => touch.access === 'write')
}

const noShadow: Decision['shadow'] = []

function shadowOf(hits: readonly Hit[]): Decision['shadow'] {
  if (hits.length === 0) return noShadow
  const entries = new Map(
    hits.map(({ rule }) => [`${rule.ref.policy}/${rule.ref.rule}/${rule.action}`, { rule: rule.ref, action: rule.action }]),
  )
  return [...entries.values()].sort((a, b) => byRef(a.rule, b.rule) || (a.action < b.action ? -1 : 1))
}
