import { CallError, readSampling, targetDigest, type SampleTarget, type SampleTargetDone } from '@sallyport/contract'
import { protocols } from '@sallyport/registry'
import type { Database, Prisma } from '../db/index.js'
import { recordAct, systemActor } from '../trail/index.js'
import type { StreamsLog } from './options.js'

/**
 * Asks agents whose links are held here for the samples that runs want of them, and keeps what they say: names and counts.
 * A run is asked of one instance at a time; an answer counts only while it is that run and that instance still.
 */
export interface Sampler {
  readonly agent: string
  readonly instance: string
  readonly sample?: (question: SampleTarget) => Promise<SampleTargetDone>
}

/** Where a target is and as whom it is reached: labels may change and leave what was found true. */
export function placeDigest(protocol: string, target: Readonly<Record<string, unknown>>): Uint8Array<ArrayBuffer> {
  const guarded = protocols.find(({ name }) => name === protocol)?.target.guarded ?? []
  const place = [...guarded, '/database'].map((pointer) => pointer.slice(1)).filter((field) => target[field] !== undefined)
  return Uint8Array.from(targetDigest(Object.fromEntries(place.map((field) => [field, target[field]]))))
}

export async function sampleAsked(
  { db, log }: { readonly db: Database; readonly log: StreamsLog },
  held: Iterable<Sampler>,
  asking: Set<string>,
): Promise<void> {
  const able = new Map([...held].flatMap((link) => (link.sample === undefined ? [] : [[link.instance, link] as const])))
  if (able.size === 0) return
  const runs = await db.labelSuggestion.findMany({
    where: { state: 'asked', instanceId: { in: [...able.keys()] } },
    include: { resource: true },
    take: 100,
  })
  for (const run of runs) {
    const link = able.get(run.instanceId ?? '')
    const key = `${run.runId}/${run.instanceId}`
    if (link === undefined || asking.has(key)) continue
    asking.add(key)
    ask(db, run, link)
      .catch((error: unknown) => log.warn({ resource: run.resource.name, reason: String(error) }, 'what an agent sampled was not kept'))
      .finally(() => asking.delete(key))
  }
}

type Run = Prisma.LabelSuggestionGetPayload<{ include: { resource: true } }>

async function ask(db: Database, run: Run, { agent, sample }: Sampler): Promise<void> {
  const { resourceId, runId, instanceId, rows, resource } = run
  const target = resource.target as Readonly<Record<string, unknown>>
  const mine = { resourceId, runId, instanceId, state: 'asked' }
  try {
    const { proposals, ...counts } = readSampling(await sample!({ resourceId, targetDigest: targetDigest(target), rows }))
    const result = { ...counts, proposals: proposals.map((proposal) => ({ ...proposal })) }
    const now = new Date()
    await db.$transaction(async (tx) => {
      const done = { state: 'done', finishedAt: now, suggestedAt: now, agentId: agent, error: null }
      const place = placeDigest(resource.protocol, target)
      const { count } = await tx.labelSuggestion.updateMany({ where: mine, data: { ...done, placeDigest: place, result } })
      if (count === 0) return
      const detail = { run: runId, state: 'done', agent, relations: counts.relations, skipped: counts.skipped, proposals: proposals.length }
      await recordAct(tx, systemActor, {
        action: 'label_suggestion.finish',
        target: { kind: 'resource', id: resourceId, name: resource.name },
        detail,
      })
    })
  } catch (error) {
    if (!(error instanceof CallError)) throw error
    await db.labelSuggestion.updateMany({ where: mine, data: { state: 'refused', error: error.message.replaceAll('\0', '') } })
  }
}
