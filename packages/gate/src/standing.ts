import type { CloseReason, ErrorCode, Identity, Resource, RuleRef, SessionFacts } from '@sallyport/core'
import { decideConnect, lockFor } from '@sallyport/policy'
import type { Ports, Snapshot } from './ports.js'

/**
 * Whether an identity may be at a resource at all under a snapshot. `open` asks it once, and every live session again at
 * each change, so that what lets in and what lets stay can never differ.
 */
export interface Standing {
  readonly ports: Ports
  readonly identity: Identity
  readonly resource: Resource
  readonly facts: SessionFacts
  readonly snapshot: Snapshot
}

/** What stands in the way: how `open` refuses with it, how a live session is cut by it, and what either may say. */
export interface Barrier {
  readonly error: ErrorCode
  readonly close: CloseReason['code']
  readonly message: string
  readonly rules: readonly RuleRef[]
}

export const stale: CloseReason = { code: 'stale', message: 'the agent has been without its control plane for too long' }
export const recordFailed: CloseReason = { code: 'record_failed', message: 'the trail cannot be written, so nothing may run' }

export function barrier(standing: Standing): Barrier | undefined {
  return timeBarrier(standing) ?? lockBarrier(standing) ?? connectBarrier(standing)
}

function timeBarrier({ ports, identity, snapshot }: Standing): Barrier | undefined {
  const now = ports.clock.now()
  if (snapshot.expiresAt <= now) return { error: 'stale', close: 'stale', message: stale.message, rules: [] }
  if (identity.token.expiresAt <= now) return { error: 'token_expired', close: 'expired', message: 'the token has expired', rules: [] }
  const gone = [identity.principal, ...identity.chain].find((p) => !snapshot.providers.has(p.provider))
  if (!gone) return undefined
  return { error: 'token_issuer', close: 'revoked', message: `trust provider ${gone.provider} is no longer registered`, rules: [] }
}

function lockBarrier({ ports, identity, resource, snapshot }: Standing): Barrier | undefined {
  const lock = lockFor(identity, resource, ports.agent, snapshot.locks, ports.clock.now())
  return lock && { error: 'locked', close: 'locked', message: lock.message, rules: [{ policy: 'lock', rule: lock.id }] }
}

/** A resource out of reach reads like one that does not exist, unless a rule denies the connection by name. */
function connectBarrier({ ports, identity, resource, facts, snapshot }: Standing): Barrier | undefined {
  const request = { identity, resource, session: facts, actions: [], now: ports.clock.now(), grants: [] }
  const connect = decideConnect(request, snapshot.policies)
  if (connect.kind === 'allow') return undefined
  const { rules } = connect
  if (connect.kind === 'deny' && connect.code === 'denied') return { error: 'denied', close: 'revoked', message: connect.message, rules }
  return { error: 'resource_unknown', close: 'revoked', message: `no resource "${resource.name}" that you may reach`, rules }
}
