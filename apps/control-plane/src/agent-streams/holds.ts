import { CallError, limits, readHold } from '@sallyport/contract'
import type { FileHold, HoldEnded, Result, UseGrant, WithdrawHold } from '@sallyport/contract'
import { isId, SallyportError } from '@sallyport/core'
import { endedOf, fileRequest, useGrant, withdrawFiling } from '../approvals/index.js'
import { asSallyportError, databaseProblem, type Database } from '../db/index.js'
import type { AdmittedAgent } from './admission.js'
import { servedBy } from './assignment.js'
import type { StreamsContext } from './context.js'
import type { StreamsLog } from './options.js'

/** What agents ask about what policies hold, and what they are told of it. Only about resources that are assigned to them. */

/** An agent on a link of this instance. */
export interface LinkedAgent extends AdmittedAgent {
  readonly instance: string
}

type Parts = Pick<StreamsContext, 'db' | 'approvalUrl'>

export function fileHold({ request }: FileHold, agent: LinkedAgent, { db, approvalUrl }: Parts): Promise<Result> {
  return asCallErrors(async () => {
    const filed = readHold(request)
    if (!isId('stm', filed.statement)) throw new CallError('invalid', 'a statement has an id of its own')
    const { id, name, protocol } = await servedBy(agent, filed.resource.id, db)
    // What the agent calls it may be a little old; it is the same resource.
    const asked = { ...filed, resource: { ...filed.resource, id, name, protocol } }
    const from = { agent: agent.id, instance: agent.instance }
    const approvalId = await fileRequest(db, asked, { from, now: Date.now() })
    return { $case: 'fileHoldDone', value: { approvalId, url: approvalUrl(approvalId) } }
  })
}

export function takeGrant({ grantId, statementId }: UseGrant, agent: AdmittedAgent, { db }: Parts): Promise<Result> {
  return asCallErrors(async () => {
    if (!isId('stm', statementId)) throw new CallError('invalid', 'a statement has an id of its own')
    const grant = await db.grant.findUnique({ where: { id: grantId }, select: { resourceId: true } })
    if (grant === null) throw new CallError('not_found', 'there is no such grant')
    await servedBy(agent, grant.resourceId, db)
    await useGrant(db, { grant: grantId, statement: statementId, agent: agent.id, now: Date.now() })
    return done
  })
}

export function withdrawHold({ approvalId, statementId, why }: WithdrawHold, agent: AdmittedAgent, { db }: Parts): Promise<Result> {
  return asCallErrors(async () => {
    const withdrawal = { approval: approvalId, statement: statementId, agent: agent.id, why: why.slice(0, limits.text) }
    await withdrawFiling(db, { ...withdrawal, now: Date.now() })
    return done
  })
}

const done: Result = { $case: 'done', value: {} }

async function asCallErrors(answer: () => Promise<Result>): Promise<Result> {
  try {
    return await answer()
  } catch (error) {
    const problem = databaseProblem(error)
    const known = problem === undefined ? error : asSallyportError(problem)
    throw known instanceof SallyportError ? new CallError(known.code, known.message) : error
  }
}

export interface Told {
  readonly instance: string
  /** The control stream's; rejects when the agent did not take it. */
  readonly holdEnded?: (ended: HoldEnded) => Promise<void>
}

/** Tells the agents whose links are held here how what they filed ended without a grant, until they have taken it. */
export async function tellEnded(
  { db, log }: { readonly db: Database; readonly log: StreamsLog },
  held: Iterable<Told>,
  telling: Set<string>,
): Promise<void> {
  const able = new Map([...held].flatMap((link) => (link.holdEnded === undefined ? [] : [[link.instance, link.holdEnded] as const])))
  if (able.size === 0) return
  const owed = await db.approvalFiling.findMany({
    where: { owed: true, instanceId: { in: [...able.keys()] } },
    select: { approvalId: true, instanceId: true, approval: { select: { id: true, state: true, endMessage: true } } },
    distinct: ['approvalId', 'instanceId'],
    take: 1_000,
  })
  for (const { approvalId, instanceId, approval } of owed) {
    const ended = endedOf(approval)
    const key = `${approvalId}/${instanceId}`
    if (ended === undefined || telling.has(key)) continue
    telling.add(key)
    able.get(instanceId)!({ approvalId, state: ended.state, message: ended.message })
      .then(() => db.approvalFiling.updateMany({ where: { approvalId, instanceId, owed: true }, data: { owed: false } }))
      .catch((error: unknown) =>
        log.warn({ approval: approvalId, reason: String(error) }, 'an agent could not be told yet how a request ended'),
      )
      .finally(() => telling.delete(key))
  }
}
