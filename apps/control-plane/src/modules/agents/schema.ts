import { Type, type Static } from '@sinclair/typebox'
import { idOf, Labels, nullable, oneOf, Time } from '../../http/fields.js'
import { PageOf, PageQuery } from '../../http/page.js'

const state = oneOf('enrolled', 'connected', 'disconnected', 'quarantined', 'revoked')

export const AgentQuery = Type.Composite([PageQuery, Type.Object({ state: Type.Optional(state) })], { additionalProperties: false })
export type AgentQuery = Static<typeof AgentQuery>

export const AgentView = Type.Object(
  {
    id: idOf('agt'),
    state,
    labels: Labels,
    version: Type.String({ description: 'Software version, as it last said' }),
    quarantine_reason: nullable(Type.String()),
    config_version: nullable(
      Type.String({ description: 'The oldest configuration that a connected instance enforces: generation.version' }),
    ),
    config_current: Type.Boolean({
      description: 'It is connected, and every connected instance has acknowledged the newest configuration',
    }),
    last_error: nullable(Type.String({ description: 'Why an instance refused what it was sent' })),
    certificate_expires_at: Time,
    instances: Type.Array(
      Type.Object({
        id: idOf('ins'),
        connected: Type.Boolean(),
        seen_at: nullable(Time),
        config_version: nullable(Type.String()),
        config_acknowledged_at: nullable(Time),
        last_error: nullable(Type.String()),
      }),
    ),
    created_at: Time,
    updated_at: Time,
  },
  { title: 'Agent' },
)
export type AgentView = Static<typeof AgentView>

export const AgentPage = Type.Object(
  {
    ...PageOf(AgentView, '').properties,
    config_version: Type.String({
      description:
        'The newest configuration, generation.version: what was written before this answer is in force at agents that acknowledged it',
    }),
  },
  { title: 'AgentPage' },
)
export type AgentPage = Static<typeof AgentPage>

export const AgentPatch = Type.Object({ labels: Labels }, { additionalProperties: false, title: 'AgentPatch' })
export type AgentPatch = Static<typeof AgentPatch>

export const JoinTokenBody = Type.Object(
  {
    labels: Type.Optional(Labels),
    ttl_seconds: Type.Optional(Type.Integer({ minimum: 60, maximum: 86_400, default: 900 })),
  },
  { additionalProperties: false, title: 'JoinTokenBody' },
)
export type JoinTokenBody = Static<typeof JoinTokenBody>

export const JoinTokenView = Type.Object(
  { id: idOf('jtk'), token: Type.String({ description: 'Shown once; good for one enrolment' }), labels: Labels, expires_at: Time },
  { title: 'JoinToken' },
)
export type JoinTokenView = Static<typeof JoinTokenView>
