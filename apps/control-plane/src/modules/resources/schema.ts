import { Type, type Static } from '@sinclair/typebox'
import { described, idOf, Labels, ResourceName, Time } from '../../http/fields.js'

const Target = Type.Record(Type.String(), Type.Unknown(), { description: "The protocol's own document; its secret fields are write-only" })

export const ResourceBody = Type.Object(
  {
    kind: Type.Optional(Type.Literal('resource')),
    name: Type.Optional(ResourceName),
    protocol: Type.String({ minLength: 1, maxLength: 63 }),
    target: Target,
    labels: Type.Optional(Labels),
    agent_selector: Type.Optional(described(Labels, { description: 'Labels an agent must have to serve it; empty: the pool `default`' })),
  },
  { additionalProperties: false, title: 'ResourceBody' },
)
export type ResourceBody = Static<typeof ResourceBody>

export const ResourceView = Type.Object(
  {
    id: idOf('res'),
    name: ResourceName,
    protocol: Type.String(),
    target: Target,
    /** JSON pointers below `target`. */
    secrets: Type.Array(Type.String(), { description: 'Secret fields that are set, as JSON pointers below `target`' }),
    labels: Labels,
    agent_selector: Labels,
    created_at: Time,
    updated_at: Time,
  },
  { title: 'Resource' },
)
export type ResourceView = Static<typeof ResourceView>

export const ResourceFilters = Type.Object({ protocol: Type.Optional(Type.String({ maxLength: 63 })) })
