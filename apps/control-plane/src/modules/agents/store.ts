import { readGeneration } from '../../agent-streams/registry.js'
import type { Prisma, Reader, Transaction } from '../../db/index.js'
import type { PageWindow } from '../../http/page.js'

const withInstances = { instances: { orderBy: { id: 'desc' } } } as const

export type AgentRow = Prisma.AgentGetPayload<{ include: typeof withInstances }>

export function findAgent(db: Reader, id: string): Promise<AgentRow | null> {
  return db.agent.findUnique({ where: { id }, include: withInstances })
}

export function listAgents(db: Reader, { before, take }: PageWindow, filters: { readonly state?: string }): Promise<AgentRow[]> {
  const where = { AND: [before, filters.state === undefined ? {} : { state: filters.state }] }
  return db.agent.findMany({ where, take, orderBy: { id: 'desc' }, include: withInstances })
}

/** Answers false when the agent left `from` in the meantime. */
export async function moveAgent(tx: Transaction, id: string, change: { readonly from: string; readonly to: string }): Promise<boolean> {
  const data = { state: change.to, ...(change.from === 'quarantined' && { quarantineReason: null }) }
  const { count } = await tx.agent.updateMany({ where: { id, state: change.from }, data })
  return count === 1
}

export async function setLabels(tx: Transaction, id: string, labels: Readonly<Record<string, string>>): Promise<void> {
  await tx.agent.update({ where: { id }, data: { labels: { ...labels } } })
}

export interface ConfigVersion {
  readonly generation: bigint
  readonly revision: bigint
}

/** What agents are to enforce now. */
export async function newestConfig(db: Reader): Promise<ConfigVersion> {
  const { revision } = await db.configRevision.findUniqueOrThrow({ where: { id: 1 } })
  return { generation: BigInt(await readGeneration(db)), revision }
}
