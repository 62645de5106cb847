import { createHash } from 'node:crypto'
import type { ApproverNeed, Grant, Hold } from '@sallyport/core'
import type { Hit } from './judge.js'
import type { HoldTerms } from './policy.js'
import { compare, sortedRefs } from './order.js'
import type { AccessRequest } from './request.js'

/** Several holds are one: everybody's approvers, the shortest times, the strictest manners. */
export function combineHolds(hits: readonly Hit[]): Omit<Hold, 'kind' | 'shadow' | 'obligations'> {
  const terms = hits.map(({ rule }) => rule.hold).filter((hold) => hold !== undefined)
  const rows = terms.flatMap(({ maxRows }) => (maxRows === undefined ? [] : [maxRows]))
  const message = messages(hits)
  return {
    rules: sortedRefs(hits.map(({ rule }) => rule.ref)),
    approvers: approvers(terms),
    policies: policiesHash(hits),
    wait: Math.min(...terms.map(({ wait }) => wait)),
    ttl: Math.min(...terms.map(({ ttl }) => ttl)),
    mode: terms.some(({ mode }) => mode === 'retry') ? 'retry' : 'wait',
    inTransaction: strictest(terms),
    reasonRequired: terms.some(({ reasonRequired }) => reasonRequired),
    ...(rows.length > 0 && { maxRows: Math.min(...rows) }),
    ...(message !== '' && { message }),
  }
}

function messages(hits: readonly Hit[]): string {
  return [...new Set(hits.flatMap(({ rule }) => rule.message ?? []))].sort(compare).join('; ')
}

/** refuse before retry before the shortest wait. */
function strictest(terms: readonly HoldTerms[]): Hold['inTransaction'] {
  let wait = Infinity
  let retry = false
  for (const { inTransaction } of terms) {
    if (inTransaction === 'refuse') return 'refuse'
    if (inTransaction === 'retry') retry = true
    else wait = Math.min(wait, inTransaction.wait)
  }
  return retry ? 'retry' : { wait }
}

/** Every rule's needs must be met; the same need of two rules is met once. */
function approvers(terms: readonly HoldTerms[]): readonly ApproverNeed[] {
  const needs = new Map<string, ApproverNeed>()
  for (const need of terms.flatMap((hold) => hold.approvers)) needs.set(JSON.stringify([need.groups, need.principals, need.count]), need)
  return [...needs.entries()].sort(([a], [b]) => compare(a, b)).map(([, need]) => need)
}

/** SHA-256 in hex over the sorted hashes of the policies that hold. */
function policiesHash(hits: readonly Hit[]): string {
  const hashes = [...new Set(hits.map(({ policy }) => policy.hash))].sort(compare)
  return createHash('sha256').update(hashes.join('\n')).digest('hex')
}

/**
 * The grant that answers this hold: for exactly this digest, held by exactly these policies, unexpired, not used up, and
 * free or bound to this session. Of several the one that ends first.
 */
export function grantFor({ digest, grants, now, session }: AccessRequest, policies: string): Grant | undefined {
  if (digest === undefined) return undefined
  let found: Grant | undefined
  for (const grant of grants) {
    if (grant.digest !== digest || grant.policies !== policies || grant.expiresAt <= now || grant.uses < 1) continue
    if (grant.session !== undefined && grant.session !== session.id) continue
    if (!found || grant.expiresAt < found.expiresAt || (grant.expiresAt === found.expiresAt && grant.id < found.id)) found = grant
  }
  return found
}
