import type { Database } from '../db/index.js'
import { disconnectIdle } from './link.js'
import { tellEnded, type Told } from './holds.js'
import { coalesced, listenTo, outages } from './notifications.js'
import { Refused } from './refused.js'
import { sampleAsked, type Sampler } from './sampling.js'
import type { StreamsLog } from './options.js'

/**
 * The links that this replica holds, and what every replica does to them: revoked and quarantined agents, newer links,
 * sessions to be ended. NOTIFY for speed, a poll for certainty. A caller must register every stream of a link.
 */
export interface Links {
  /** Ends with a reason when the link may no longer be; the result unregisters. */
  hold(stream: HeldStream): () => void
  readonly close: () => Promise<void>
}

export interface HeldStream extends Sampler, Told {
  readonly link: bigint
  end(reason: Refused): void
  /** The control stream's: ends a session at the agent; rejects when it was not carried out. */
  readonly terminate?: (session: { readonly id: string; readonly message: string }) => Promise<void>
}

export interface LinksOptions {
  readonly db: Database
  readonly databaseUrl: string
  readonly log: StreamsLog
  /** Milliseconds; half of what a change may take to be enforced. */
  readonly pollMs?: number
}

const channel = 'sallyport_agents'
/** How often a held link says that it lives, and after how long without it is taken for gone. */
const heartbeatMs = 5_000
const goneMs = 20_000

export function watchLinks(options: LinksOptions): Links {
  const { db, log, pollMs = 500 } = options
  const held = new Set<HeldStream>()
  const terminating = new Set<string>()
  const sampling = new Set<string>()
  const telling = new Set<string>()
  let lastBeat = 0

  const round = async (): Promise<void> => {
    if (Date.now() - lastBeat >= heartbeatMs) {
      lastBeat = Date.now()
      await beat(db, held)
    }
    if (held.size === 0) return
    await endUnfit(db, held)
    await terminateAsked({ db, log }, held, terminating)
    await tellEnded({ db, log }, held, telling)
    await sampleAsked({ db, log }, held, sampling)
  }
  const look = coalesced(round, outages(log, 'agents cannot be watched right now'))
  const listener = listenTo({
    databaseUrl: options.databaseUrl,
    channel,
    notified: look,
    outage: outages(log, 'notifications of agents are interrupted; polling goes on'),
  })
  const timer = setInterval(() => {
    listener.keepAlive()
    look()
  }, pollMs).unref()
  look()
  return {
    hold: (stream) => {
      held.add(stream)
      // What happened between the stream's own check and now was told to nobody.
      look()
      return () => held.delete(stream)
    },
    close: async () => {
      clearInterval(timer)
      await listener.close()
    },
  }
}

async function endUnfit(db: Database, held: ReadonlySet<HeldStream>): Promise<void> {
  // Streams that are held while the database answers are not in the answer: the next look is theirs.
  const present = [...held]
  const ids = [...new Set(present.map(({ instance }) => instance))]
  const rows = await db.agentInstance.findMany({
    where: { id: { in: ids } },
    select: { id: true, link: true, agent: { select: { state: true, quarantineReason: true } } },
  })
  const instances = new Map(rows.map((row) => [row.id, row]))
  for (const stream of present) {
    const row = instances.get(stream.instance)
    if (row === undefined || row.agent.state === 'revoked') stream.end(new Refused('revoked', 'this agent was revoked'))
    else if (row.agent.state === 'quarantined')
      stream.end(new Refused('quarantined', `this agent is quarantined: ${row.agent.quarantineReason}`))
    else if (row.link > stream.link) stream.end(new Refused('fenced', 'a newer link of this instance took over'))
  }
}

async function terminateAsked(
  { db, log }: { db: Database; log: StreamsLog },
  held: ReadonlySet<HeldStream>,
  terminating: Set<string>,
): Promise<void> {
  const able = new Map([...held].flatMap((stream) => (stream.terminate === undefined ? [] : [[stream.instance, stream] as const])))
  if (able.size === 0) return
  const sessions = await db.session.findMany({
    where: { instanceId: { in: [...able.keys()] }, endedAt: null, terminateAskedAt: { not: null } },
    select: { id: true, instanceId: true, terminateMessage: true },
    take: 1_000,
  })
  const asked = new Set(sessions.map(({ id }) => id))
  for (const attempt of terminating) if (!asked.has(attempt.slice(0, attempt.indexOf('/')))) terminating.delete(attempt)
  for (const { id, instanceId, terminateMessage } of sessions) {
    const stream = able.get(instanceId)
    const attempt = `${id}/${stream?.link}`
    if (stream?.terminate === undefined || terminating.has(attempt)) continue
    terminating.add(attempt)
    stream.terminate({ id, message: terminateMessage ?? '' }).catch((error: unknown) => {
      terminating.delete(attempt)
      log.warn({ session: id, reason: String(error) }, 'a session could not be ended yet')
    })
  }
}

/** Says that the links held here live, and finds agents whose replica died with them. */
async function beat(db: Database, held: ReadonlySet<HeldStream>): Promise<void> {
  const now = Date.now()
  const controls = [...held].filter(({ terminate }) => terminate !== undefined)
  await db.$transaction(async (tx) => {
    if (controls.length > 0) {
      const own = { OR: controls.map(({ instance, link }) => ({ id: instance, link })) }
      await tx.agentInstance.updateMany({ where: own, data: { connected: true, seenAt: new Date(now) } })
      // A database that stood still for long has let others take these for gone.
      const agents = controls.map(({ agent }) => agent)
      await tx.agent.updateMany({ where: { id: { in: agents }, state: 'disconnected' }, data: { state: 'connected' } })
    }
    const gone = await tx.agentInstance.updateMany({
      where: { connected: true, seenAt: { lt: new Date(now - goneMs) } },
      data: { connected: false },
    })
    if (gone.count > 0) await disconnectIdle(tx, {})
  })
}
