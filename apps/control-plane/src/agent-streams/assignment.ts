import { CallError } from '@sallyport/contract'
import type { Database, Prisma } from '../db/index.js'
import type { AdmittedAgent } from './admission.js'

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

/** The resource, when it is assigned to the agent. Throws `CallError`. */
export async function servedBy(agent: AdmittedAgent, resourceId: string, db: Database): Promise<Prisma.ResourceGetPayload<object>> {
  const [resource, { labels }] = await Promise.all([
    db.resource.findUnique({ where: { id: resourceId } }),
    db.agent.findUniqueOrThrow({ where: { id: agent.id }, select: { labels: true } }),
  ])
  // The same answer for what does not exist: an agent learns nothing of other agents' resources.
  if (resource !== null && assigned(resource.agentSelector, labels)) return resource
  throw new CallError('not_found', 'no such resource is assigned to this agent')
}

function entries(value: unknown): readonly (readonly [string, unknown])[] {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? Object.entries(value) : []
}
