import type { VerifiedRecord } from '@sallyport/audit'
import type { AuditEvent } from '@sallyport/core'
import type { Connection } from '../db/index.js'
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
  opened?: Opened
  ended?: { readonly state: 'ended'; readonly endedAt: number; readonly endReason: string; readonly endMessage: string }
  statements: number
  refused: number
  rows: number
  /** Milliseconds since the epoch. */
  lastEventAt: number
}

export async function project(tx: Connection, records: readonly VerifiedRecord[], source: ProjectionSource): Promise<void> {
  const sessions = new Map<string, Gathered>()
  for (const { event } of records) gather(sessions, event, source)
  for (const [id, { opened }] of sessions) if (opened !== undefined) await open(tx, id, opened)
  if (sessions.size > 0) await update(tx, sessions, source.instance)
}

async function open(tx: Connection, id: string, opened: Opened): Promise<void> {
  const values = openedColumns.map((column) => opened[column])
  const { rowCount } = await tx.query({ name: 'trail_session_open', text: insertSession, values })
  if (rowCount !== 1) throw new Incident(`it opened a session that exists already (${id})`)
}

/** One statement for all of them: a batch under load touches every session of the agent. */
async function update(tx: Connection, sessions: ReadonlyMap<string, Gathered>, instance: string): Promise<void> {
  const ids = [...sessions.keys()]
  const told = [...sessions.values()]
  const { rows } = await tx.query<{ id: string }>({
    name: 'trail_session_update',
    text: updateSessions,
    values: [
      instance,
      ids,
      told.map(({ statements }) => statements),
      told.map(({ refused }) => refused),
      told.map((session) => session.rows),
      told.map(({ lastEventAt }) => lastEventAt),
      told.map(({ ended }) => ended?.state ?? null),
      told.map(({ ended }) => ended?.endedAt ?? null),
      told.map(({ ended }) => ended?.endReason ?? null),
      told.map(({ ended }) => ended?.endMessage ?? null),
    ],
  })
  const reached = new Set(rows.map(({ id }) => id))
  const other = ids.find((id) => !reached.has(id))
  if (other !== undefined) throw new Incident(`it recorded events of a session that is not its own or has ended (${other})`)
}

const updateSessions = `UPDATE session SET
    statements = session.statements + told.statements,
    refused = session.refused + told.refused,
    rows = session.rows + told.rows,
    last_event_at = to_timestamp(told.last_event_at / 1000.0),
    state = coalesce(told.state, session.state),
    ended_at = coalesce(to_timestamp(told.ended_at / 1000.0), session.ended_at),
    end_reason = coalesce(told.end_reason, session.end_reason),
    end_message = coalesce(told.end_message, session.end_message)
  FROM unnest($2::text[], $3::integer[], $4::integer[], $5::bigint[], $6::bigint[], $7::text[], $8::bigint[], $9::text[], $10::text[])
    AS told (id, statements, refused, rows, last_event_at, state, ended_at, end_reason, end_message)
  WHERE session.id = told.id AND session.instance_id = $1 AND session.ended_at IS NULL
  RETURNING session.id`

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
    case 'statement.released':
      // It was counted as refused when it was held.
      if (event.decision === 'allow') session.refused -= 1
      break
    case 'statement.ended':
      session.rows += Math.max(0, Math.trunc(event.outcome.rows ?? 0))
      break
    case 'statement.held':
    case 'login.refused':
    case 'agent.noted':
      break
    default:
      event satisfies never
  }
}

/** The columns of a session that is new; the others have defaults. */
const openedColumns = [
  'id',
  'agent_id',
  'instance_id',
  'state',
  'provider',
  'subject',
  'principal',
  'principal_kind',
  'groups',
  'token_id',
  'person',
  'resource_id',
  'resource',
  'protocol',
  'database',
  'role',
  'client_address',
  'application',
  'opened_at',
  'last_event_at',
] as const

type Opened = Readonly<Record<(typeof openedColumns)[number], string | readonly string[] | Date | null>>

const insertSession = `INSERT INTO session (${openedColumns.join()})
  VALUES (${openedColumns.map((_, i) => `$${i + 1}`).join()}) ON CONFLICT (id) DO NOTHING`

function openedRow(event: Extract<AuditEvent, { type: 'session.opened' }>, { agent, instance }: ProjectionSource): Opened {
  const { identity, resource, facts, session: id } = event
  const { principal, token } = identity
  const at = new Date(timeOf(event.at))
  return {
    id,
    agent_id: agent,
    instance_id: instance,
    state: 'active',
    provider: shown(principal.provider),
    subject: shown(principal.subject),
    principal: shown(principal.name),
    principal_kind: principal.kind,
    groups: principal.groups.map(shown),
    token_id: shown(token.id),
    person: shownOrNull(principal.person),
    resource_id: resource.id,
    resource: resource.name,
    protocol: resource.protocol,
    database: shownOrNull(facts.database),
    role: shownOrNull(facts.role),
    client_address: shown(facts.client.address),
    application: shownOrNull(facts.client.application),
    opened_at: at,
    last_event_at: at,
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

/** An agent's clock may say anything; a column may not. Whole milliseconds since the epoch. */
export function timeOf(at: number): number {
  return Math.trunc(Math.min(Math.max(at, 0), latest))
}
