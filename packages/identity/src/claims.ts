import { type Principal, type PrincipalKind, SallyportError } from '@sallyport/core'
import type { Mapping } from './mapping.js'
import type { TrustProvider } from './provider.js'

/**
 * From verified claims to principals. A caller must have verified the signature first: everything here is believed
 * because the provider signed it, and only as far as the provider's mapping goes.
 */
export type Claims = Readonly<Record<string, unknown>>

const maxGroups = 200
const maxText = 256
const maxActors = 4

/** The acting principal, then everyone it acts for, from nearest to the one the token is about. */
export function principalsOf(claims: Claims, provider: TrustProvider): readonly [Principal, ...Principal[]] {
  const subject = principalOf(claims, provider)
  const actors = actorsOf(claims)
  // RFC 8693 section 4.1: the outermost `act` is the current actor, deeper ones are those it acts for in turn.
  const [current, ...earlier] = actors.map((actor) => principalOf(actor, provider))
  return current ? [current, ...earlier, subject] : [subject]
}

function actorsOf(claims: Claims): readonly Claims[] {
  const actors: Claims[] = []
  for (let act = claims['act']; act !== undefined; act = actors.at(-1)?.['act']) {
    if (!isObject(act)) throw new SallyportError('token_claims', 'the claim act must be an object')
    if (actors.length === maxActors) throw new SallyportError('token_claims', `the token names more than ${maxActors} actors`)
    // A provider vouches for its own principals only.
    if (act['iss'] !== undefined && act['iss'] !== claims['iss'])
      throw new SallyportError('token_claims', 'an actor belongs to another issuer')
    actors.push(act)
  }
  return actors
}

function principalOf(claims: Claims, provider: TrustProvider): Principal {
  const subject = text(claims, provider.subject, 'subject')
  if (subject === undefined) throw new SallyportError('token_claims', `the token has no subject: ${provider.subject.text} is missing`)
  const person = provider.person && text(claims, provider.person, 'person')
  const owner = provider.owner && text(claims, provider.owner, 'owner')
  return {
    provider: provider.name,
    subject,
    name: subject,
    kind: kindOf(claims, provider.kind),
    groups: groupsOf(claims, provider.groups),
    ...(person !== undefined && { person }),
    ...(owner !== undefined && { owner }),
    primary: provider.primary,
  }
}

const kinds: ReadonlySet<unknown> = new Set<PrincipalKind>(['human', 'service', 'agent'])

function kindOf(claims: Claims, mapping: Mapping | undefined): PrincipalKind {
  const kind = mapping && read(claims, mapping, 'kind')
  if (kind === undefined) return 'service'
  if (!kinds.has(kind)) throw new SallyportError('token_claims', 'the kind of the principal must be human, service or agent')
  return kind as PrincipalKind
}

function groupsOf(claims: Claims, mapping: Mapping | undefined): readonly string[] {
  const value = mapping && read(claims, mapping, 'groups')
  if (value === undefined) return []
  const groups: readonly unknown[] = Array.isArray(value) ? value : [value]
  if (groups.length > maxGroups) throw new SallyportError('token_claims', `the token names more than ${maxGroups} groups`)
  const texts = groups.filter(isText)
  if (texts.length < groups.length) throw new SallyportError('token_claims', `groups must be texts of 1 to ${maxText} printable characters`)
  return [...new Set(texts)]
}

function text(claims: Claims, mapping: Mapping, part: string): string | undefined {
  const value = read(claims, mapping, part)
  if (value === undefined) return undefined
  if (!isText(value)) throw new SallyportError('token_claims', `the ${part} must be a text of 1 to ${maxText} printable characters`)
  return value
}

function read(claims: Claims, mapping: Mapping, part: string): unknown {
  try {
    return mapping.read(claims)
  } catch {
    throw new SallyportError('token_claims', `the ${part} cannot be read from the token's claims`)
  }
}

function isText(value: unknown): value is string {
  // Control and bidirectional characters would let a name pass for another one in a terminal or a log.
  return typeof value === 'string' && value.length > 0 && value.length <= maxText && !/[\p{Cc}\u2028-\u202e\u2066-\u2069]/u.test(value)
}

function isObject(value: unknown): value is Claims {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
