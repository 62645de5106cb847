import { orderProposals, SallyportError, type LabelProposal } from '@sallyport/core'
import { protocols } from '@sallyport/registry'
import { placeDigest } from '../../agent-streams/sampling.js'
import { demand, may, type Caller, type Labels } from '../../auth/caller.js'
import type { Context } from '../../context.js'
import { newId } from '../../ids.js'
import { failRun, servingInstances } from '../../jobs/suggest-labels.js'
import { recordAct } from '../../trail/index.js'
import type { LabelSuggestionBody, LabelSuggestionView } from './schema.js'
import * as store from './store.js'
import type { SuggestedResource } from './store.js'

export interface LabelSuggestionService {
  /** The last run, and what the last one that succeeded found. */
  read(caller: Caller, name: string): Promise<LabelSuggestionView>
  /** Starts a run, or answers the one that is under way. */
  start(caller: Caller, name: string, body: LabelSuggestionBody): Promise<LabelSuggestionView>
}

/** Runs at a time in the whole installation. */
const mostRunning = 3

/** Which columns look as if they needed a label: found by an agent, kept as counts, applied by nobody but the operator. */
export function createLabelSuggestionService({ db, jobs, log, now }: Pick<Context, 'db' | 'jobs' | 'log' | 'now'>): LabelSuggestionService {
  return {
    read: async (caller, name) => toView(visible(caller, await store.findSuggested(db, name))),
    start: async (caller, name, { rows = 200 }) => {
      const resource = visible(caller, await store.findSuggested(db, name))
      demand(caller, 'label_suggestion.write', resource.labels as Labels)
      refuseUnsampled(resource)
      if (jobs === undefined) throw new SallyportError('unavailable', 'no jobs run here')
      if ((await servingInstances(db, resource.agentSelector)).length === 0)
        throw new SallyportError('unavailable', `no agent that serves ${name} is connected`)
      const runId = newId('lsg')
      const started = await db.$transaction(async (tx) => {
        await store.lockResource(tx, name)
        const present = visible(caller, await store.findSuggested(tx, name))
        if (present.suggestion !== null && present.suggestion.finishedAt === null) return false
        if ((await store.countRunning(tx)) >= mostRunning)
          throw new SallyportError('too_many', 'enough targets are sampled already; try again in a minute', { retry_after: 60 })
        await store.putRun(tx, { resourceId: present.id, runId, rows, askedBy: caller.actor.key, askedAt: new Date(now()) })
        const target = { kind: 'resource', id: present.id, name }
        await recordAct(tx, caller.actor, { action: 'label_suggestion.start', target, detail: { run: runId, rows } })
        return true
      })
      if (started) {
        await jobs.suggestLabels(runId).catch(async (error: unknown) => {
          log.error({ err: error, resource: name }, 'a run could not be queued')
          await failRun(db, runId, 'the job queue is not available')
          throw new SallyportError('unavailable', 'the job queue is not available')
        })
      }
      return toView(visible(caller, await store.findSuggested(db, name)))
    },
  }
}

function refuseUnsampled({ protocol }: SuggestedResource): void {
  if (protocols.some(({ name, load }) => name === protocol && load.sample !== undefined)) return
  throw new SallyportError('unprocessable', `nothing of a ${protocol} target can be sampled`)
}

function visible(caller: Caller, row: SuggestedResource | null): SuggestedResource {
  if (row !== null && may(caller, 'label_suggestion.read', row.labels as Labels)) return row
  throw new SallyportError('resource_unknown', 'there is no such resource, or none that you may see')
}

interface Found {
  readonly database: string
  readonly relations: number
  readonly skipped: number
  readonly proposals: readonly LabelProposal[]
}

function toView(resource: SuggestedResource): LabelSuggestionView {
  const { suggestion: run, protocol } = resource
  const target = resource.target as Readonly<Record<string, unknown>>
  // What was found at another place says nothing of this one.
  const same = run?.placeDigest != null && Buffer.compare(run.placeDigest, placeDigest(protocol, target)) === 0
  const found = same ? (run.result as unknown as Found) : undefined
  const suggestedAt = same ? (run.suggestedAt?.toISOString() ?? null) : null
  const labels = (target['labels'] ?? {}) as Readonly<Record<string, readonly string[]>>
  const existing = (column: string): readonly string[] => (Object.hasOwn(labels, column) ? labels[column]! : [])
  const proposals = orderProposals(found?.proposals ?? [])
  return {
    run: run?.runId ?? null,
    state: stateOf(run?.state),
    asked_by: run?.askedBy ?? null,
    asked_at: run?.askedAt.toISOString() ?? null,
    finished_at: run?.finishedAt?.toISOString() ?? null,
    error: run?.state === 'failed' ? run.error : null,
    suggested_at: suggestedAt,
    agent: found === undefined ? null : (run?.agentId ?? null),
    database: found?.database ?? null,
    relations: found?.relations ?? null,
    skipped: found?.skipped ?? null,
    items: proposals.map((one) => ({ ...one, existing_labels: [...existing(one.column)], suggested_at: suggestedAt ?? '' })),
    patch: { target: { labels: accepted(proposals, existing) } },
  }
}

function stateOf(state: string | undefined): LabelSuggestionView['state'] {
  if (state === undefined) return 'none'
  return state === 'done' || state === 'failed' ? state : 'running'
}

/** A merge patch puts one list in place of another: what a column has stays in it. */
function accepted(proposals: readonly LabelProposal[], existing: (column: string) => readonly string[]): Record<string, string[]> {
  const wanted = new Map<string, Set<string>>()
  for (const { column, label } of proposals) {
    const labels = wanted.get(column) ?? new Set(existing(column))
    wanted.set(column, labels.add(label))
  }
  const changed = [...wanted].filter(([column, labels]) => labels.size > existing(column).length)
  return Object.fromEntries(changed.map(([column, labels]) => [column, [...labels]]))
}
