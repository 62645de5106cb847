import { CallError, limits, readFindings, targetDigest } from '@sallyport/contract'
import type { Result, UploadPosture } from '@sallyport/contract'
import type { Prisma } from '../db/index.js'
import type { AdmittedAgent } from './admission.js'
import { servedBy } from './assignment.js'
import type { StreamsContext } from './context.js'

/** Longer than an agent keeps what it could not tell. */
const oldest = 24 * 3_600_000

/**
 * Keeps what an agent found out about a target. A look that failed leaves the findings of the last one that did not, for
 * they are still the best that is known; of a target that is no more nothing is kept.
 */
export async function keepPosture(agent: AdmittedAgent, upload: UploadPosture, { db }: Pick<StreamsContext, 'db'>): Promise<Result> {
  const { resourceId, database, age, error } = upload
  if (database.length > 200 || error.length > limits.text || error.includes('\0'))
    throw new CallError('invalid', 'no posture is told like that')
  const findings = readFindings(upload.findings)
  const resource = await servedBy(agent, resourceId, db)
  const digest = Uint8Array.from(upload.targetDigest)
  if (Buffer.compare(digest, targetDigest(resource.target as Record<string, unknown>)) !== 0)
    throw new CallError('conflict', 'the target was changed since it was looked at')
  const failed = error !== ''
  if (failed) {
    const where = { resourceId, database, targetDigest: digest, checkedAt: { not: null } }
    const { count } = await db.targetPosture.updateMany({ where, data: { agentId: agent.id, error } })
    if (count > 0) return done
  }
  const told = {
    agentId: agent.id,
    targetDigest: digest,
    checkedAt: failed ? null : new Date(Date.now() - Math.min(age, oldest)),
    findings: (failed ? [] : findings) as unknown as Prisma.InputJsonArray,
    error: failed ? error : null,
  }
  await db.targetPosture.upsert({
    where: { resourceId_database: { resourceId, database } },
    create: { resourceId, database, ...told },
    update: told,
  })
  return done
}

const done: Result = { $case: 'done', value: {} }
