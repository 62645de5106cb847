/**
 * Who acts. A principal is (provider, subject); its display name is never an identity by itself.
 * A caller must not compare principals by `name`: two providers may hand out the same one.
 */

/** `human` is a person, `service` a workload, `agent` an AI agent. Only a trust provider's mapping decides it. */
export type PrincipalKind = 'human' | 'service' | 'agent'

export interface Principal {
  /** Name of the trust provider that vouched for it. */
  readonly provider: string
  /** The provider's stable identifier of it. */
  readonly subject: string
  /** What the caller is called where one name must do (`user` of PostgreSQL); from the same claim as `subject` unless mapped. */
  readonly name: string
  readonly kind: PrincipalKind
  readonly groups: readonly string[]
  /** Same value on two principals: the same human, whatever provider vouched (say, a verified e-mail). */
  readonly person?: string
  /** Who answers for a non-human principal, where the provider says so. */
  readonly owner?: string
  /** The provider marked `primary`: bare names in allow, hold, role and approver documents mean its principals. */
  readonly primary: boolean
}

/** A verified credential, resolved: the principal, on whose behalf it acts, and the token that proved it. */
export interface Identity {
  readonly principal: Principal
  /** From the acting principal to the one it acts for (RFC 8693 `act`), acting one excluded; empty without delegation. */
  readonly chain: readonly Principal[]
  readonly token: TokenFacts
  /** Claims of the token, for policies; plain JSON, never secrets. */
  readonly claims: Readonly<Record<string, unknown>>
}

export interface TokenFacts {
  /** `jti`, or the SHA-256 in hex of the token's signed part where the provider sends none. Never the token itself. */
  readonly id: string
  readonly issuer: string
  readonly audience: readonly string[]
  /** Milliseconds since the epoch. */
  readonly issuedAt: number
  /** Milliseconds since the epoch. */
  readonly expiresAt: number
}

/** `provider/subject`: the one spelling under which locks, trails and grants name a principal. */
export function principalKey(principal: Pick<Principal, 'provider' | 'subject'>): string {
  return `${principal.provider}/${principal.subject}`
}

/** Names of trust providers; also what may stand before the slash of a spelled name. */
export const providerNamePattern = /^[a-z0-9][a-z0-9-]{0,62}$/

/**
 * A name in a document: `provider/name` is one provider's, anything else is bare. A bare name means any provider in deny
 * rules and locks, elsewhere only the primary one. Names may hold slashes themselves (`/team/dba`, `spiffe://…`): only a
 * first part that could be a provider's name counts as one.
 */
export function parseName(text: string): { readonly provider?: string; readonly name: string } {
  const slash = text.indexOf('/')
  if (slash < 1 || slash === text.length - 1) return { name: text }
  const provider = text.slice(0, slash)
  return providerNamePattern.test(provider) ? { provider, name: text.slice(slash + 1) } : { name: text }
}
