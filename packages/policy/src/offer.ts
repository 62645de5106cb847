import type { PolicyDocument, RuleDocument } from './document/schema.js'
import { some } from './conditions/condition.js'

/**
 * What a policy opens, in words for whom it was closed to: the effects its allow rules let through, and whom to ask for
 * what its hold rules would. It says nothing of subjects: only a caller whom the policy is about may read it.
 */
export function offer({ name, rules = [] }: PolicyDocument): string {
  const live = rules.filter((rule) => rule.shadow !== true)
  const allowed = effectsOf(live.filter((rule) => rule.action === 'allow'))
  const parts: string[] = []
  if (allowed.length > 0) parts.push(`allows you: ${some(allowed, 16)}`)
  for (const rule of live) {
    if (rule.action !== 'hold') continue
    const effects = effectsOf([rule]).filter((effect) => !allowed.includes(effect))
    if (effects.length > 0) parts.push(`with approval of ${approvers(rule)} (rule ${rule.id}): ${some(effects, 12)}`)
  }
  return parts.length === 0 ? '' : `policy ${name} ${parts.slice(0, 6).join('; ')}`
}

function effectsOf(rules: readonly RuleDocument[]): readonly string[] {
  return [...new Set(rules.flatMap((rule) => rule.match?.effects?.only ?? []))]
}

function approvers({ approvers = [] }: RuleDocument): string {
  return approvers
    .map(({ groups = [], principals = [], count = 1 }) => `${count > 1 ? `${count} of ` : ''}${some([...groups, ...principals], 4)}`)
    .join(' and ')
}
