import { Type, type Static } from '@sinclair/typebox'
import { oneOf, Time } from '../../http/fields.js'
import { PageQuery } from '../../http/page.js'

/** One event of the trail. What is beside the named fields depends on its type: an agent's event as the agent signed it, in snake_case. */
export const AuditEventView = Type.Object(
  {
    id: Type.String({ description: 'evt_ for what an agent recorded, adm_ for an administrative act' }),
    at: Time,
    source: oneOf('agent', 'control-plane'),
    type: Type.String(),
    agent: Type.Optional(Type.String()),
    instance: Type.Optional(Type.String()),
    spool: Type.Optional(Type.String()),
    sequence: Type.Optional(Type.Integer()),
    hash: Type.Optional(Type.String({ description: 'SHA-256 in hex of the signed record' })),
    session: Type.Optional(Type.String()),
    actor: Type.Optional(Type.String({ description: 'Who did an administrative act: provider/subject' })),
    target: Type.Optional(Type.Object({ kind: Type.String(), id: Type.Optional(Type.String()), name: Type.Optional(Type.String()) })),
    before: Type.Optional(Type.String({ description: 'SHA-256 in hex of the record before an administrative act, secrets excluded' })),
    after: Type.Optional(Type.String()),
  },
  { title: 'AuditEvent', additionalProperties: true },
)
export type AuditEventView = Static<typeof AuditEventView> & Record<string, unknown>

export const AuditQuery = Type.Composite(
  [
    Type.Omit(PageQuery, ['cursor']),
    Type.Object({
      cursor: Type.Optional(Type.String({ minLength: 1, maxLength: 256 })),
      source: Type.Optional(oneOf('agent', 'control-plane')),
      type: Type.Optional(Type.String({ maxLength: 100, description: '`statement.decided`, `resource.update`, ...' })),
      session: Type.Optional(Type.String({ maxLength: 64 })),
      actor: Type.Optional(Type.String({ maxLength: 600, description: 'provider/subject of who did an administrative act' })),
      since: Type.Optional(Time),
      until: Type.Optional(Time),
    }),
  ],
  { additionalProperties: false },
)
export type AuditQuery = Static<typeof AuditQuery>
