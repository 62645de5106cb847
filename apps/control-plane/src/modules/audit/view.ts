import { decodeRecord } from '@sallyport/audit'
import type { Prisma } from '../../db/index.js'
import type { AuditEventView } from './schema.js'

export type AgentEventRow = Prisma.AuditEventGetPayload<object>
export type AdminEventRow = Prisma.AdminEventGetPayload<object>

/** Members whose keys are the caller's or the target's own words and stay as they are. */
const openMaps: ReadonlySet<string> = new Set(['facts', 'context', 'labels', 'claims', 'detail'])
const times: ReadonlySet<string> = new Set(['at', 'issued_at', 'expires_at'])

export function fromAgent(row: AgentEventRow): AuditEventView {
  const { event } = decodeRecord(row.record)
  return {
    ...(snakeCase(event) as Record<string, unknown>),
    id: row.id,
    at: row.at.toISOString(),
    source: 'agent',
    type: row.type,
    agent: row.agentId,
    instance: row.instanceId,
    spool: row.spoolId,
    sequence: Number(row.sequence),
    hash: row.hash,
    ...(row.sessionId !== null && { session: row.sessionId }),
  }
}

export function fromControlPlane(row: AdminEventRow): AuditEventView {
  return {
    id: row.id,
    at: row.at.toISOString(),
    source: 'control-plane',
    type: row.action,
    actor: row.actor,
    actor_facts: row.actorFacts,
    target: {
      kind: row.targetKind,
      ...(row.targetId !== null && { id: row.targetId }),
      ...(row.targetName !== null && { name: row.targetName }),
    },
    ...(row.before !== null && { before: row.before }),
    ...(row.after !== null && { after: row.after }),
    detail: row.detail,
    ...(row.address !== null && { address: row.address }),
    ...(row.requestId !== null && { request_id: row.requestId }),
  }
}

/** `policyVersion` becomes `policy_version`; times in milliseconds become RFC 3339. */
function snakeCase(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(snakeCase)
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(
    Object.entries(value).map(([key, part]: [string, unknown]) => {
      const name = key.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`)
      if (openMaps.has(name) && !isSessionFacts(part)) return [name, part]
      return [name, times.has(name) && typeof part === 'number' ? new Date(part).toISOString() : snakeCase(part)]
    }),
  )
}

/** `facts` of a session are our own words; those of an action are the protocol's. */
function isSessionFacts(value: unknown): boolean {
  return typeof value === 'object' && value !== null && 'client' in value && 'protocol' in value
}
