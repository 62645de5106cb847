import type { Identity, Lock, LockTarget, Principal, ResourceFacts } from '@sallyport/core'

/**
 * The first lock in force that hits this identity, resource or agent. `resource` is undefined while none is named yet.
 * The acting principal and everyone it acts for count; a bare name means any provider.
 */
export function lockFor(
  identity: Identity,
  resource: Pick<ResourceFacts, 'name'> | undefined,
  agentId: string,
  locks: readonly Lock[],
  now: number,
): Lock | undefined {
  const principals = [identity.principal, ...identity.chain]
  return locks.find(
    (lock) => inForce(lock, now) && hits(lock.target, { principals, token: identity.token.id, resource: resource?.name, agentId }),
  )
}

interface Hit {
  readonly principals: readonly Principal[]
  readonly token: string
  readonly resource: string | undefined
  readonly agentId: string
}

function inForce(lock: Lock, now: number): boolean {
  return lock.expiresAt === undefined || now < lock.expiresAt
}

function hits(target: LockTarget, { principals, token, resource, agentId }: Hit): boolean {
  switch (target.kind) {
    case 'principal':
      return principals.some((p) => vouched(target.provider, p) && (p.subject === target.name || p.name === target.name))
    case 'group':
      return principals.some((p) => vouched(target.provider, p) && p.groups.includes(target.name))
    case 'token':
      return target.id === token
    case 'resource':
      return target.name === resource
    case 'agent':
      return target.id === agentId
    default:
      return target satisfies never
  }
}

function vouched(provider: string | undefined, principal: Principal): boolean {
  return provider === undefined || provider === principal.provider
}
