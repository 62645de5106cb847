import { Type, type Static } from '@sinclair/typebox'
import { severities } from '@sallyport/core'
import { described, idOf, Labels, nullable, oneOf, ResourceName, Time } from '../../http/fields.js'

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

const FindingView = Type.Object(
  {
    id: Type.String({ description: 'Stable; docs/posture.md lists them' }),
    severity: oneOf(...severities),
    what: Type.String({ description: 'One sentence that names the objects' }),
    remedy: Type.String({ description: 'Statements or advice that make it go away' }),
  },
  { title: 'Finding' },
)

const PostureView = Type.Object(
  {
    agent: described(idOf('agt'), { description: 'Who looked last' }),
    database: Type.String(),
    checked_at: described(nullable(Time), { description: 'When the findings were true; null until a look succeeded' }),
    error: described(nullable(Type.String()), { description: 'Why the last look failed; null when it did not' }),
    findings: Type.Array(FindingView, { description: 'The gravest first' }),
  },
  { title: 'Posture' },
)
export type PostureView = Static<typeof PostureView>

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
    posture: Type.Optional(
      described(nullable(PostureView), {
        description: 'What an agent found out about the target by looking at it; null until one has, absent where agents look at nothing',
      }),
    ),
    warnings: Type.Array(Type.String(), { description: 'What of its posture should not stay so' }),
    created_at: Time,
    updated_at: Time,
  },
  { title: 'Resource' },
)
export type ResourceView = Static<typeof ResourceView>

export const ResourceFilters = Type.Object({ protocol: Type.Optional(Type.String({ maxLength: 63 })) })
