import { type ApproverNeed, type Identity, principalKey, type Principal } from '@sallyport/core'
import { includesGroup, includesPrincipal, names } from './names.js'

/**
 * Who may approve what was held, and when enough have. Both planes ask here. Nobody decides for themselves: not the
 * requester, nobody it acts for, not its owner, no administrator. One person counts once, whatever groups they are in.
 */
export interface Approving {
  readonly needs: readonly ApproverNeed[]
  readonly requester: Pick<Identity, 'principal' | 'chain'>
}

/** Why this principal may not approve, or deny, the request; undefined where it may. */
export function whyNotApprover({ needs, requester }: Approving, approver: Principal): string | undefined {
  const members = [requester.principal, ...requester.chain]
  if (members.some((member) => mayBeSame(member, approver)))
    return 'nobody decides on what they asked for themselves, or had asked for them'
  if (members.some(({ owner }) => owner !== undefined && answersTo(owner, approver)))
    return 'nobody decides on what somebody asks for whom they answer'
  const meant = needs.filter((need) => fits(need, approver))
  if (meant.length === 0) return `this is decided by ${spellNeeds(needs)}`
  if (approver.kind !== 'human' && !meant.some((need) => includesPrincipal(names(need.principals), approver, 'primary')))
    return 'only a person decides, unless the policy names the principal itself'
  return undefined
}

/** What is still needed once these have approved, each of them once; empty: it is approved. */
export function stillNeeded(needs: readonly ApproverNeed[], approvers: readonly Principal[]): readonly ApproverNeed[] {
  const people = distinct(approvers)
  const places = needs.flatMap((need) => Array.from({ length: need.count }, () => need))
  const seats = new Map<number, number>()
  const taken = places.map((_, place) => seat(place, { places, people, seats }, new Set()))
  return needs.flatMap((need) => {
    const open = places.filter((place, i) => place === need && !taken[i]).length
    return open === 0 ? [] : [{ ...need, count: open }]
  })
}

/** `2 of dba and security`: whom a document or a card names. */
export function spellNeeds(needs: readonly ApproverNeed[]): string {
  return needs
    .map(({ groups, principals, count }) => `${count > 1 ? `${count} of ` : ''}${[...groups, ...principals].join(' or ')}`)
    .join(' and ')
}

function fits({ groups, principals }: ApproverNeed, approver: Principal): boolean {
  return includesGroup(names(groups), approver, 'primary') || includesPrincipal(names(principals), approver, 'primary')
}

interface Table {
  readonly places: readonly ApproverNeed[]
  readonly people: readonly Principal[]
  /** Person to place. */
  readonly seats: Map<number, number>
}

/** A place for which somebody is found, who may leave another place to somebody else (Kuhn's matching). */
function seat(place: number, table: Table, asked: Set<number>): boolean {
  const { places, people, seats } = table
  return people.some((person, i) => {
    if (asked.has(i) || !fits(places[place]!, person)) return false
    asked.add(i)
    const other = seats.get(i)
    if (other !== undefined && !seat(other, table, asked)) return false
    seats.set(i, place)
    return true
  })
}

/** Those that surely are different people: of two that may be one, the first. */
function distinct(approvers: readonly Principal[]): readonly Principal[] {
  const people: Principal[] = []
  for (const approver of approvers) if (!people.some((known) => mayBeSame(known, approver))) people.push(approver)
  return people
}

/** Principals of two providers are surely two people only where both say who the person is. */
function mayBeSame(a: Principal, b: Principal): boolean {
  if (principalKey(a) === principalKey(b)) return true
  if (a.person !== undefined && b.person !== undefined) return a.person === b.person
  return a.provider !== b.provider && a.kind === 'human' && b.kind === 'human'
}

/** An owner is spelled as its provider spells it. */
function answersTo(owner: string, { subject, name, person, ...principal }: Principal): boolean {
  return [subject, name, person, principalKey({ ...principal, subject })].includes(owner)
}
