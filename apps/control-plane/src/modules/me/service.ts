import type { Principal } from '@sallyport/core'
import { scopeOf, type Caller } from '../../auth/caller.js'
import { permissions, type Permission } from '../../permissions.js'
import type { MeView, PrincipalView } from './schema.js'

/** What the server believes of the caller, so that a client can show what it may offer. */
export function describeCaller(caller: Caller): MeView {
  const { principal, chain, token } = caller.identity
  return {
    principal: principalView(principal),
    chain: chain.map(principalView),
    token: {
      id: token.id,
      issuer: token.issuer,
      audience: [...token.audience],
      issued_at: new Date(token.issuedAt).toISOString(),
      expires_at: new Date(token.expiresAt).toISOString(),
    },
    roles: caller.bindings.map(({ role, labels }) => ({ role, ...(labels && { labels: { ...labels } }) })),
    permissions: (Object.keys(permissions) as Permission[]).flatMap<MeView['permissions'][number]>((permission) => {
      const scope = scopeOf(caller, permission)
      if (scope === 'all') return [{ permission, scope }]
      return scope.length > 0 ? [{ permission, scope: scope.map((labels) => ({ ...labels })) }] : []
    }),
  }
}

function principalView({ provider, subject, name, kind, groups, person, owner, primary }: Principal): PrincipalView {
  return {
    provider,
    subject,
    name,
    kind,
    groups: [...groups],
    ...(person !== undefined && { person }),
    ...(owner !== undefined && { owner }),
    primary,
  }
}
