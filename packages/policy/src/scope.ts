import type { Action, Principal } from '@sallyport/core'
import type { AccessRequest } from './request.js'

/**
 * What conditions may look at beside the action: the request, and the one principal it is judged for. Bindings for CEL
 * are made only when a `when` is reached, once per scope.
 */
export interface Scope {
  readonly request: AccessRequest
  readonly principal: Principal
  readonly bindings: () => Bindings
}

/** The variables of `when`, but for `action`. */
export interface Bindings {
  readonly subject: object
  readonly session: object
  readonly resource: object
  readonly env: object
}

export function createScope(request: AccessRequest, principal: Principal): Scope {
  let made: Bindings | undefined
  return { request, principal, bindings: () => (made ??= bind(request, principal)) }
}

function bind({ identity, resource, session, now }: AccessRequest, principal: Principal): Bindings {
  const { token, claims, chain } = identity
  const key = (p: Principal) => `${p.provider}/${p.subject}`
  return {
    subject: {
      ...principal,
      id: key(principal),
      claims,
      chain: [identity.principal, ...chain].filter((p) => p !== principal).map(key),
      token: { id: token.id, issuer: token.issuer, audience: token.audience },
    },
    session,
    resource,
    env: environment(now),
  }
}

const weekdays = ['sunday', 'monday', 'tuesday', 'wednesday', 'thursday', 'friday', 'saturday'] as const

/** Time as conditions see it: UTC; whole numbers as CEL integers. `timestamp(env.time)` takes other time zones. */
function environment(now: number): object {
  const date = new Date(now)
  const time = date.toISOString()
  return {
    now: BigInt(now),
    time,
    date: time.slice(0, 10),
    hour: BigInt(date.getUTCHours()),
    minute: BigInt(date.getUTCMinutes()),
    weekday: weekdays[date.getUTCDay()]!,
  }
}

/** Whole numbers among the facts become CEL integers, so that `rows_estimate / 2 > 10` is no type error. */
export function actionForCel(action: Action): object {
  const facts: Record<string, unknown> = {}
  for (const [name, fact] of Object.entries(action.facts)) facts[name] = Number.isSafeInteger(fact) ? BigInt(fact as number) : fact
  return { ...action, facts }
}
