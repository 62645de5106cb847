import { setTimeout as sleep } from 'node:timers/promises'
import { assigned } from '../agent-streams/assignment.js'
import type { Database } from '../db/index.js'
import { recordAct, systemActor } from '../trail/index.js'

/**
 * One run: finds agents that serve the resource, has one after the other asked by whichever replica holds its link, and
 * ends the run when all refused or time is over. What an agent answers is kept by who asked it.
 */
export interface SuggestPorts {
  readonly db: Database
  /** Milliseconds for all of it; longer than one agent may take. */
  readonly patience?: number
}

const pollMs = 200
/** After that a run whose replica is gone is over as well. */
export const longestRun = 120_000

export async function suggestLabels({ db, patience = 100_000 }: SuggestPorts, runId: string): Promise<void> {
  const until = performance.now() + patience
  let reason = 'no agent that serves it is connected'
  for (const instance of await instancesFor(db, runId)) {
    const asked = { state: 'asked', instanceId: instance, error: null }
    const { count } = await db.labelSuggestion.updateMany({ where: { runId, state: { in: ['queued', 'refused'] } }, data: asked })
    if (count === 0) return
    const refusal = await refusalOf(db, runId, until)
    if (refusal === undefined) return
    reason = refusal
    if (performance.now() >= until) break
  }
  await failRun(db, runId, reason)
}

/** Ends a run that has not ended. */
export async function failRun(db: Database, runId: string, error: string): Promise<void> {
  await db.$transaction(async (tx) => {
    const run = await tx.labelSuggestion.findFirst({ where: { runId, finishedAt: null }, include: { resource: true } })
    if (run === null) return
    const data = { state: 'failed', error, finishedAt: new Date() }
    const { count } = await tx.labelSuggestion.updateMany({ where: { runId, finishedAt: null }, data })
    if (count === 0) return
    const target = { kind: 'resource', id: run.resourceId, name: run.resource.name }
    await recordAct(tx, systemActor, { action: 'label_suggestion.finish', target, detail: { run: runId, state: 'failed', error } })
  })
}

async function instancesFor(db: Database, runId: string): Promise<readonly string[]> {
  const run = await db.labelSuggestion.findFirst({ where: { runId, state: 'queued' }, include: { resource: true } })
  return run === null ? [] : servingInstances(db, run.resource.agentSelector)
}

export async function servingInstances(db: Database, selector: unknown): Promise<readonly string[]> {
  const connected = await db.agentInstance.findMany({
    where: { connected: true, agent: { state: 'connected' } },
    select: { id: true, agent: { select: { labels: true } } },
    orderBy: { seenAt: 'desc' },
    take: 1_000,
  })
  return connected.filter(({ agent }) => assigned(selector, agent.labels)).map(({ id }) => id)
}

/** Undefined: the run ended well, or is another's. */
async function refusalOf(db: Database, runId: string, until: number): Promise<string | undefined> {
  for (;;) {
    const run = await db.labelSuggestion.findFirst({ where: { runId } })
    if (run?.state === 'refused') return run.error ?? 'the agent refused'
    if (run?.state !== 'asked') return undefined
    if (performance.now() >= until) return 'the agent did not answer in time'
    await sleep(pollMs)
  }
}
