import type { Action, ErrorCode } from '@sallyport/core'

/**
 * What no policy can allow, and no test or grant either: it is looked at before any policy. A caller cannot switch it
 * off; a classifier speaks to it through effects, or through a `reason` that begins with one of these names.
 */
export interface FloorRule {
  readonly effect: string
  readonly code: ErrorCode
  readonly says: string
}

const table: Readonly<Record<string, readonly [code: ErrorCode, says: string]>> = {
  unparsable: ['unparsable', 'what cannot be parsed is never run'],
  protocol_violation: ['protocol_violation', 'what breaks the protocol is never run'],
  oversize: ['too_large', 'what is too large to judge is never run'],
  unknown_statement: ['floor', 'a statement of an unknown kind is never run'],
  lexing: ['floor', 'settings that change how later text is read stay as they are'],
  impersonate: ['floor', 'nobody changes who acts'],
  replication: ['floor', 'replication is closed'],
  filesystem: ['floor', 'files of the server are closed'],
  execute_code: ['floor', 'programs of the server are closed'],
  execute_unknown: ['floor', 'code that is not classified is never run'],
  dynamic_sql: ['floor', 'statements made from text at run time are never run'],
}

const rules: readonly FloorRule[] = Object.entries(table).map(([effect, [code, says]]) => ({ effect, code, says }))
const byEffect = new Map(rules.map((rule) => [rule.effect, rule]))

/** The floor rule that this action meets; the first in the table's order, whatever the order of effects. */
export function floorRule(action: Action): FloorRule | undefined {
  let met: FloorRule | undefined
  for (const effect of action.effects) {
    const rule = byEffect.get(effect)
    if (rule && (!met || rules.indexOf(rule) < rules.indexOf(met))) met = rule
  }
  return met ?? (action.certainty === 'unknown' && action.reason !== undefined ? byEffect.get(firstWord(action.reason)) : undefined)
}

function firstWord(reason: string): string {
  return /^[a-z_]*/.exec(reason)?.[0] ?? ''
}
