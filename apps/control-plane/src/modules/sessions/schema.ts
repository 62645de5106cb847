import { Type, type Static } from '@sinclair/typebox'
import { described, ForeignName, idOf, nullable, oneOf, ResourceName, Time } from '../../http/fields.js'
import { PageQuery } from '../../http/page.js'

const state = oneOf('opening', 'active', 'ended')

export const SessionQuery = Type.Composite(
  [
    PageQuery,
    Type.Object({
      state: Type.Optional(state),
      principal: Type.Optional(Type.String({ minLength: 1, maxLength: 600, description: 'Name, or provider/subject' })),
      resource: Type.Optional(ResourceName),
      protocol: Type.Optional(ForeignName),
      since: Type.Optional(described(Time, { description: 'Opened at or after' })),
      until: Type.Optional(described(Time, { description: 'Opened before' })),
      text: Type.Optional(Type.String({ minLength: 3, maxLength: 200, description: 'A statement holds this text' })),
    }),
  ],
  { additionalProperties: false },
)
export type SessionQuery = Static<typeof SessionQuery>

export const SessionView = Type.Object(
  {
    id: idOf('ses'),
    state,
    principal: Type.Object({
      provider: Type.String(),
      subject: Type.String(),
      name: Type.String(),
      kind: oneOf('human', 'service', 'agent'),
      groups: Type.Array(Type.String()),
    }),
    token_id: Type.String(),
    resource: Type.Object({ id: Type.String(), name: Type.String() }),
    protocol: Type.String(),
    database: nullable(Type.String()),
    role: nullable(Type.String({ description: 'Role at the target' })),
    client: Type.Object({ address: Type.String(), application: nullable(Type.String()) }),
    agent: Type.String(),
    statements: Type.Integer(),
    refused: Type.Integer(),
    rows: Type.Integer({ description: 'Returned or affected' }),
    opened_at: Time,
    ended_at: nullable(Time),
    duration_ms: nullable(Type.Integer()),
    end: nullable(Type.Object({ code: Type.String(), message: Type.String() })),
    terminate_asked_at: nullable(Time),
  },
  { title: 'Session' },
)
export type SessionView = Static<typeof SessionView>

export const TerminateBody = Type.Object(
  {
    message: Type.Optional(
      Type.String({
        minLength: 1,
        maxLength: 500,
        pattern: '^[^\\u0000-\\u001f\\u007f]+$',
        description: '1 to 500 characters, shown to whom it hits',
      }),
    ),
  },
  { additionalProperties: false, title: 'TerminateBody' },
)
export type TerminateBody = Static<typeof TerminateBody>

export const SessionEventsQuery = Type.Object(
  {
    limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 1000, default: 200 })),
    cursor: Type.Optional(Type.String({ pattern: '^[0-9]{1,18}$', description: 'a cursor that this server gave out' })),
  },
  { additionalProperties: false },
)
export type SessionEventsQuery = Static<typeof SessionEventsQuery>
