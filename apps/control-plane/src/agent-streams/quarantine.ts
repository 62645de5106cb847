import type { Database } from '../db/index.js'
import { Refused } from './refused.js'
import type { StreamsLog } from './options.js'

/**
 * What an agent's credential or trail cannot be unless there are two of it, or it was tampered with. The agent serves
 * nobody until a person looks; its streams end on every replica. Answers what to end the stream with.
 */
export async function quarantine(
  db: Database,
  incident: { readonly agent: string; readonly reason: string; readonly log: StreamsLog },
): Promise<Refused> {
  const { agent, reason, log } = incident
  log.error({ agent, reason }, 'an agent is quarantined')
  await db.agent.updateMany({
    where: { id: agent, state: { in: ['enrolled', 'connected', 'disconnected'] } },
    data: { state: 'quarantined', quarantineReason: reason },
  })
  return new Refused('quarantined', `this agent is quarantined: ${reason}`)
}
