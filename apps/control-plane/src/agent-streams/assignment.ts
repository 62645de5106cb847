/**
 * Which agent gets what. A resource without a selector belongs to the pool `default`: the agents without labels. One
 * with a selector belongs to every agent that has all its labels. Both come from our records only.
 */
export function assigned(agentSelector: unknown, agentLabels: unknown): boolean {
  const selector = entries(agentSelector)
  const labels = new Map(entries(agentLabels))
  if (selector.length === 0) return labels.size === 0
  return selector.every(([name, value]) => labels.get(name) === value)
}

function entries(value: unknown): readonly (readonly [string, unknown])[] {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? Object.entries(value) : []
}
