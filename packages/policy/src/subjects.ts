import type { Principal, PrincipalKind } from '@sallyport/core'
import { type Answer, both, either, maybe, no, yes } from './answer.js'
import type { SubjectsDocument } from './document/schema.js'
import { includesGroup, includesPrincipal, names, type Reach } from './names.js'
import type { Scope } from './scope.js'

/**
 * Whom a policy is about: every key given must hold, within a key one entry is enough, no key means everybody. A claim
 * that the token lacks is *maybe*.
 */
export interface Subjects {
  test(scope: Scope, reach: Reach): Answer
  why(scope: Scope, reach: Reach): string
}

type Part = { readonly says: string; readonly test: (scope: Scope, reach: Reach) => Answer }

export function subjects({ groups, principals, kinds, providers, claims }: SubjectsDocument): Subjects {
  const parts: Part[] = []
  if (groups) parts.push({ says: 'groups', test: listed(groups, includesGroup) })
  if (principals) parts.push({ says: 'principals', test: listed(principals, includesPrincipal) })
  if (kinds) parts.push({ says: 'kinds', test: oneOf<PrincipalKind>(kinds, ({ kind }) => kind) })
  if (providers) parts.push({ says: 'providers', test: oneOf(providers, ({ provider }) => provider) })
  for (const [name, expected] of Object.entries(claims ?? {})) {
    parts.push({ says: `claims.${name}`, test: ({ request }) => claimed(request.identity.claims, name, expected) })
  }
  return {
    test(scope, reach) {
      let answer: Answer = yes
      for (const { test } of parts) answer = both(answer, test(scope, reach))
      return answer
    },
    why(scope, reach) {
      const who = `${scope.principal.provider}/${scope.principal.subject}`
      const missing = parts.filter(({ test }) => test(scope, reach) !== yes).map(({ says }) => says)
      return missing.length === 0 ? `${who} is a subject` : `${who} does not surely fit ${missing.join(', ')}`
    },
  }
}

function listed(
  list: readonly string[],
  test: (set: ReturnType<typeof names>, principal: Principal, reach: Reach) => boolean,
): Part['test'] {
  const set = names(list)
  return ({ principal }, reach) => (test(set, principal, reach) ? yes : no)
}

function oneOf<T extends string>(list: readonly T[], of: (principal: Principal) => T): Part['test'] {
  const set = new Set(list)
  return ({ principal }) => (set.has(of(principal)) ? yes : no)
}

function claimed(claims: Readonly<Record<string, unknown>>, name: string, expected: unknown): Answer {
  const value = Object.hasOwn(claims, name) ? claims[name] : undefined
  if (value === undefined) return maybe
  const values: readonly unknown[] = Array.isArray(value) ? value : [value]
  return values.reduce<Answer>((answer, item) => either(answer, item === expected ? yes : no), no)
}
