import { parseName, type Principal } from '@sallyport/core'

/**
 * Whose names a list means. `any`: a bare name is every provider's, as deny rules, masks and locks read it. `primary`:
 * a bare name is only the primary provider's, as everything reads it that lets somebody through.
 */
export type Reach = 'any' | 'primary'

export interface Names {
  /** Every entry as written. */
  readonly written: ReadonlySet<string>
  readonly bare: ReadonlySet<string>
  /** `provider/name` entries. */
  readonly spelled: ReadonlySet<string>
}

export function names(list: readonly string[]): Names {
  const spelled = list.filter((entry) => parseName(entry).provider !== undefined)
  return { written: new Set(list), spelled: new Set(spelled), bare: new Set(list.filter((entry) => !spelled.includes(entry))) }
}

/** Whether `name`, as `principal`'s provider spells it, is on the list. */
function includes(list: Names, principal: Principal, name: string, reach: Reach): boolean {
  if (list.spelled.size > 0 && list.spelled.has(`${principal.provider}/${name}`)) return true
  // `written`: a bare name that merely looks spelled (a group `team/dba`) must still be hit by a deny.
  return reach === 'any' ? list.written.has(name) : principal.primary && list.bare.has(name)
}

export function includesPrincipal(list: Names, principal: Principal, reach: Reach): boolean {
  if (includes(list, principal, principal.subject, reach)) return true
  // A display name proves nothing, so it opens nothing; it is still what a person writes into a deny.
  return reach === 'any' && includes(list, principal, principal.name, reach)
}

export function includesGroup(list: Names, principal: Principal, reach: Reach): boolean {
  return principal.groups.some((group) => includes(list, principal, group, reach))
}
