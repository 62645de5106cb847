import type { Decision, StatementDecided, Unit } from '@sallyport/core'
import type { RecordedUnit } from './recorded.js'

/** A unit on its way into the trail; `at` in milliseconds since the epoch. */
export interface Asked {
  /** `ses_` id. */
  readonly session: string
  readonly statement: string
  readonly unit: Unit
  readonly at: number
  readonly policyVersion: string
}

export interface Told {
  readonly decision: Decision
  readonly recorded: RecordedUnit
}

/** What the trail says of a decision, as the event of that id. The optional members stand last, so that most events have one shape. */
export function decidedEvent(id: string, { session, statement, unit, at, policyVersion }: Asked, told: Told): StatementDecided {
  const { decision, recorded } = told
  const { kind, rules, shadow } = decision
  const { actions, texts, params, omitted } = recorded
  const { context } = unit
  const type = 'statement.decided'
  const event = { type, id, at, session, statement, decision: kind, rules, shadow, actions, texts, params, context, policyVersion } as const
  if (kind !== 'deny' && !omitted) return event
  return { ...event, ...(kind === 'deny' && { code: decision.code, message: decision.message }), ...(omitted && { omitted }) }
}
