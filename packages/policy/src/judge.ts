import type { Action, Principal, RuleRef } from '@sallyport/core'
import { type Answer, both, maybe, no, yes } from './answer.js'
import type { Mask } from './masks.js'
import type { Policy, Rule } from './policy.js'
import type { AccessRequest } from './request.js'
import { createScope, type Scope } from './scope.js'

/**
 * One action, one principal, against every policy that is about them. Judging collects; it decides nothing about the
 * unit. A caller must judge every action for every principal of the chain before it lets anything through.
 */
export interface Cover {
  readonly policy: Policy
  /** Whether the policy is about the principal: as deny rules and masks read its names, and as allow and hold rules do. */
  readonly closes: Answer
  readonly opens: Answer
}

export interface Hit {
  readonly policy: Policy
  readonly rule: Rule
  readonly sure: boolean
}

export interface Denial {
  readonly policy: Policy
  readonly ref: RuleRef
  readonly sure: boolean
  readonly action: Action
  readonly scope: Scope
  /** The deny rule; absent where a mask refuses a use. */
  readonly rule?: Rule
  /** The rule's own words, or why the mask refuses. */
  readonly message?: string
  /** What the mask would let through. */
  readonly instead?: string
}

export interface Owed {
  readonly mask: Mask
  readonly columns: readonly string[]
}

export interface Tally {
  readonly denials: Denial[]
  /** Actions that no allow or hold rule surely matched. */
  readonly unmatched: { readonly action: Action; readonly scope: Scope }[]
  readonly holds: Hit[]
  readonly allows: Hit[]
  readonly shadow: Hit[]
  readonly owed: Owed[]
}

export function createTally(): Tally {
  return { denials: [], unmatched: [], holds: [], allows: [], shadow: [], owed: [] }
}

/** The acting principal and everyone it acts for: the effective right is what all of them have. */
export function principals({ identity }: AccessRequest): readonly Principal[] {
  return identity.chain.length === 0 ? [identity.principal] : [identity.principal, ...identity.chain]
}

export function scopes(request: AccessRequest): readonly Scope[] {
  return principals(request).map((principal) => createScope(request, principal))
}

/** The policies that are, or may be, about this principal at this resource. */
export function coversOf(scope: Scope, policies: readonly Policy[]): readonly Cover[] {
  const covers: Cover[] = []
  for (const policy of policies) {
    if (!policy.covers(scope.request.resource)) continue
    const closes = policy.subjects.test(scope, 'any')
    if (closes !== no) covers.push({ policy, closes, opens: policy.subjects.test(scope, 'primary') })
  }
  return covers
}

/** Whether the rule matches. What the classifier is not sure of can be denied, never surely allowed or held. */
export function answer(rule: Rule, cover: Cover, { action, scope }: { readonly action: Action; readonly scope: Scope }): Answer {
  const closing = rule.action === 'deny'
  let result: Answer = closing ? cover.closes : cover.opens
  if (!closing && action.certainty !== 'exact') result = both(result, maybe)
  for (const condition of rule.conditions) {
    if (result === no) return no
    result = both(result, condition.test(action, scope))
  }
  return result
}

export function judge(action: Action, scope: Scope, covers: readonly Cover[], tally: Tally): void {
  const denied = tally.denials.length
  const held: Hit[] = []
  const allowed: Hit[] = []
  for (const cover of covers) {
    judgeRules(action, scope, cover, { tally, held, allowed })
    judgeMasks(action, scope, cover, tally)
  }
  if (tally.denials.length > denied) return
  // A hold that only may match opens nothing: it takes a sure allow or a sure hold beside it.
  if (allowed.length === 0 && !held.some((hit) => hit.sure)) tally.unmatched.push({ action, scope })
  else if (held.length === 0) tally.allows.push(...allowed)
  else if (prepares(action)) tally.allows.push(...allowed, ...held)
  else tally.holds.push(...held)
}

/** Preparing runs nothing: what is held waits where it is run. What may do more than was understood waits here. */
function prepares({ certainty, facts }: Action): boolean {
  return certainty === 'exact' && facts['prepares'] === true
}

interface Found {
  readonly tally: Tally
  readonly held: Hit[]
  readonly allowed: Hit[]
}

function judgeRules(action: Action, scope: Scope, cover: Cover, { tally, held, allowed }: Found): void {
  const { policy } = cover
  for (const rule of policy.rules) {
    const result = answer(rule, cover, { action, scope })
    if (result === no || (rule.action === 'allow' && result !== yes)) continue
    const hit: Hit = { policy, rule, sure: result === yes }
    if (rule.shadow) tally.shadow.push(hit)
    else if (rule.action === 'allow') allowed.push(hit)
    else if (rule.action === 'hold') held.push(hit)
    else {
      const { ref, message } = rule
      tally.denials.push({ policy, ref, rule, sure: hit.sure, action, scope, ...(message !== undefined && { message }) })
    }
  }
}

function judgeMasks(action: Action, scope: Scope, { policy, closes }: Cover, tally: Tally): void {
  for (const mask of policy.masks) {
    const masking = mask.judge(action)
    if ('refused' in masking) {
      const { refused: message, instead } = masking
      tally.denials.push({ policy, ref: mask.ref, sure: closes === yes, action, scope, message, instead })
    } else if (masking.columns.length + mask.paths.length > 0 || (mask.detect.length > 0 && !mask.within)) {
      tally.owed.push({ mask, columns: masking.columns })
    }
  }
}
