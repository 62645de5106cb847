import type { VerifiedRecord } from '@sallyport/audit'
import type { AuditEvent } from '@sallyport/core'
import type { Prisma, Transaction } from '../db/index.js'
import { Incident } from './incident.js'

/**
 * What the trail says of sessions, one row each: opened by whom at what, how much was asked, how it ended. Made only
 * from verified records, in their transaction; throws `Incident` for records of a session that is not the agent's own.
 */
export interface ProjectionSource {
  readonly agent: string
  readonly instance: string
}

interface Gathered {
  opened?: Prisma.SessionCreateManyInput
  ended?: { readonly state: 'ended'; readonly endedAt: Date; readonly endReason: string; readonly endMessage: string }
  statements: number
  refused: number
  rows: number
  lastEventAt: Date
}

export async function project(tx: Transaction, records: readonly VerifiedRecord[], source: ProjectionSource): Promise<void> {
  const sessions = new Map<string, Gathered>()
  for (const { event } of records) gather(sessions, event, source)
  const known: (Gathered & { readonly id: string })[] = []
  for (const [id, session] of sessions) {
    const { opened, ended, lastEventAt, statements, refused, rows } = session
    if (opened === undefined) {
      known.push({ id, ...session })
      continue
    }
    const data = { ...opened, statements, refused, rows, ...ended, lastEventAt }
    const created = await tx.session.createMany({ data: [data], skipDuplicates: true })
    if (created.count !== 1) throw new Incident(`it opened a session that exists already (${id})`)
  }
  if (known.length > 0) await update(tx, known, source.instance)
}

/** One statement for all of them: a batch under load touches every session of the agent. */
async function update(tx: Transaction, known: readonly (Gathered & { readonly id: string })[], instance: string): Promise<void> {
  const updated = await tx.$queryRaw<{ id: string }[]>`
    UPDATE session SET
      statements = session.statements + told.statements,
      refused = session.refused + told.refused,
      rows = session.rows + told.rows,
      last_event_at = to_timestamp(told.last_event_at / 1000.0),
      state = coalesce(told.state, session.state),
      ended_at = coalesce(to_timestamp(told.ended_at / 1000.0), session.ended_at),
      end_reason = coalesce(told.end_reason, session.end_reason),
      end_message = coalesce(told.end_message, session.end_message)
    FROM unnest(
      ${known.map(({ id }) => id)}::text[],
      ${known.map(({ statements }) => statements)}::integer[],
      ${known.map(({ refused }) => refused)}::integer[],
      ${known.map(({ rows }) => rows)}::bigint[],
      ${known.map(({ lastEventAt }) => lastEventAt.getTime())}::bigint[],
      ${known.map(({ ended }) => ended?.state ?? null)}::text[],
      ${known.map(({ ended }) => ended?.endedAt.getTime() ?? null)}::bigint[],
      ${known.map(({ ended }) => ended?.endReason ?? null)}::text[],
      ${known.map(({ ended }) => ended?.endMessage ?? null)}::text[]
    ) AS told (id, statements, refused, rows, last_event_at, state, ended_at, end_reason, end_message)
    WHERE session.id = told.id AND session.instance_id = ${instance} AND session.ended_at IS NULL
    RETURNING session.id`
  const reached = new Set(updated.map(({ id }) => id))
  const other = known.find(({ id }) => !reached.has(id))
  if (other) throw new Incident(`it recorded events of a session that is not its own or has ended (${other.id})`)
}

function gather(sessions: Map<string, Gathered>, event: AuditEvent, source: ProjectionSource): void {
  // A refused session never was one: it is in the trail, not in the list.
  if (event.session === undefined || event.type === 'session.refused') return
  const session = sessions.get(event.session) ?? { statements: 0, refused: 0, rows: 0, lastEventAt: timeOf(event.at) }
  sessions.set(event.session, session)
  session.lastEventAt = timeOf(event.at)
  switch (event.type) {
    case 'session.opened':
      if (session.opened !== undefined) throw new Incident(`it opened a session twice (${event.session})`)
      session.opened = openedRow(event, source)
      break
    case 'session.ended':
      session.ended = { state: 'ended', endedAt: timeOf(event.at), endReason: event.reason.code, endMessage: shown(event.reason.message) }
      break
    case 'statement.decided':
      session.statements += 1
      if (event.decision !== 'allow') session.refused += 1
      break
    case 'statement.ended':
      session.rows += Math.max(0, Math.trunc(event.outcome.rows ?? 0))
      break
    case 'login.refused':
    case 'agent.noted':
      break
    default:
      event satisfies never
  }
}

function openedRow(
  event: Extract<AuditEvent, { type: 'session.opened' }>,
  { agent, instance }: ProjectionSource,
): Prisma.SessionCreateManyInput {
  const { identity, resource, facts, session: id } = event
  const { principal, token } = identity
  return {
    id,
    agentId: agent,
    instanceId: instance,
    state: 'active',
    provider: shown(principal.provider),
    subject: shown(principal.subject),
    principal: shown(principal.name),
    principalKind: principal.kind,
    groups: principal.groups.map(shown),
    tokenId: shown(token.id),
    person: shownOrNull(principal.person),
    resourceId: resource.id,
    resource: resource.name,
    protocol: resource.protocol,
    database: shownOrNull(facts.database),
    role: shownOrNull(facts.role),
    clientAddress: shown(facts.client.address),
    application: shownOrNull(facts.client.application),
    openedAt: timeOf(event.at),
    lastEventAt: timeOf(event.at),
  }
}

/** PostgreSQL holds no NUL in text; the record itself keeps what was there. */
function shown(text: string): string {
  return text.replaceAll('\0', '\uFFFD').slice(0, 2_000)
}

function shownOrNull(text: string | undefined): string | null {
  return text === undefined ? null : shown(text)
}

const latest = Date.UTC(9999, 11, 31)

/** An agent's clock may say anything; a column may not. */
export function timeOf(at: number): Date {
  return new Date(Math.min(Math.max(at, 0), latest))
}
