import type { Prisma, Reader, Transaction } from '../../db/index.js'

const withSuggestion = { suggestion: true } as const

export type SuggestedResource = Prisma.ResourceGetPayload<{ include: typeof withSuggestion }>

export function findSuggested(db: Reader, name: string): Promise<SuggestedResource | null> {
  return db.resource.findUnique({ where: { name }, include: withSuggestion })
}

/** Serializes who starts: a run that is under way is not started again. */
export async function lockResource(tx: Transaction, name: string): Promise<void> {
  await tx.$executeRaw`SELECT 1 FROM resource WHERE name = ${name} FOR NO KEY UPDATE`
}

export function countRunning(db: Reader): Promise<number> {
  return db.labelSuggestion.count({ where: { finishedAt: null } })
}

export interface NewRun {
  readonly resourceId: string
  readonly runId: string
  readonly rows: number
  readonly askedBy: string
  readonly askedAt: Date
}

/** What an earlier run found stays until this one has found something. */
export async function putRun(tx: Transaction, { resourceId, ...run }: NewRun): Promise<void> {
  const fresh = { ...run, state: 'queued', finishedAt: null, instanceId: null, error: null }
  await tx.labelSuggestion.upsert({ where: { resourceId }, create: { resourceId, ...fresh }, update: fresh })
}
