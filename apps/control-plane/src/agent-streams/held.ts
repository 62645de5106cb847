import type { AdmittedAgent } from './admission.js'
import type { StreamsContext } from './context.js'
import { endAt } from './lifetime.js'
import { Refused } from './refused.js'

/**
 * Binds a stream to its agent's newest confirmed link and to the certificate it came over: it ends with either. Throws
 * `Refused` for a link that was fenced or never was.
 */
export async function holdStream(
  stream: { end(reason: Refused): void },
  of: { readonly agent: AdmittedAgent; readonly instance: string; readonly link: bigint },
  { db, links }: Pick<StreamsContext, 'db' | 'links'>,
): Promise<() => void> {
  const { agent, instance, link } = of
  const row = await db.agentInstance.findUnique({ where: { id: instance } })
  if (row === null || row.agentId !== agent.id || link === 0n) throw new Refused('invalid', 'no such link of this agent')
  if (row.link !== link) throw new Refused('fenced', 'a newer link of this instance took over')
  const letGo = links.hold({ agent: agent.id, instance, link, end: (reason) => stream.end(reason) })
  const release = endAt(agent.notAfter, stream)
  return () => {
    letGo()
    release()
  }
}
