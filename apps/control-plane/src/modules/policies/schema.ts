import type { MaskKind } from '@sallyport/core'
import { policyDocumentSchema } from '@sallyport/policy'
import { Type, type Static } from '@sinclair/typebox'
import { described, DocumentName, ForeignName, idOf, nullable, oneOf, ResourceName, Time } from '../../http/fields.js'

const { kind: _kind, name: _name, ...fields } = policyDocumentSchema.properties

export const PolicyBody = Type.Object(
  { kind: Type.Optional(Type.Literal('policy')), name: Type.Optional(DocumentName), ...fields },
  { additionalProperties: false, title: 'PolicyBody' },
)
export type PolicyBody = Static<typeof PolicyBody>

const Warnings = Type.Array(Type.String(), {
  readOnly: true,
  description: 'What it asks for and this build does not do, and what happens instead',
})

export const PolicyView = Type.Object(
  {
    id: idOf('pol'),
    kind: Type.Literal('policy'),
    name: DocumentName,
    ...fields,
    hash: Type.String({ description: 'SHA-256 in hex of the canonical document' }),
    warnings: Warnings,
    created_at: Time,
    updated_at: Time,
  },
  { title: 'Policy' },
)
export type PolicyView = Static<typeof PolicyView>

export const PolicyTestView = Type.Object(
  {
    name: DocumentName,
    hash: Type.String({ description: 'SHA-256 in hex of the canonical document' }),
    passed: Type.Integer(),
    failed: Type.Integer(),
    failures: Type.Array(
      Type.Object({ path: Type.String({ description: 'JSON pointer of the test in the document' }), message: Type.String() }),
      { description: 'Every test that fails, and why' },
    ),
    models: Type.Array(Type.Object({ resource: Type.String(), known: Type.Boolean() }), {
      description: 'Whether an agent has told what the target of a resource holds; without it, what depends on it is unknown',
    }),
    warnings: Warnings,
  },
  { title: 'PolicyTestReport' },
)
export type PolicyTestView = Static<typeof PolicyTestView>

export const EvaluateBody = Type.Object(
  {
    subject: Type.Object(
      {
        name: ForeignName,
        provider: Type.Optional(described(DocumentName, { description: 'Absent: the primary one' })),
        groups: Type.Optional(Type.Array(ForeignName, { maxItems: 200, description: 'Absent: those last seen for this name' })),
        kind: Type.Optional(oneOf('human', 'service', 'agent')),
        claims: Type.Optional(Type.Record(Type.String(), Type.Unknown(), { maxProperties: 50 })),
      },
      { additionalProperties: false },
    ),
    resource: ResourceName,
    database: Type.Optional(
      described(Type.String({ minLength: 1, maxLength: 63 }), { description: 'Absent: the one of sessions that name the resource alone' }),
    ),
    statement: Type.String({ minLength: 1, maxLength: 100_000 }),
  },
  { additionalProperties: false, title: 'EvaluateBody' },
)
export type EvaluateBody = Static<typeof EvaluateBody>

const Rule = Type.Object({ policy: Type.String(), rule: Type.String() })
const matched = Type.String({ description: 'yes, no or maybe' })

const DecisionView = Type.Object({
  kind: oneOf('allow', 'hold', 'deny'),
  rules: Type.Array(Rule),
  shadow: Type.Array(Type.Object({ rule: Rule, action: oneOf('allow', 'hold', 'deny') })),
  code: Type.Optional(Type.String()),
  message: Type.Optional(Type.String()),
  advice: Type.Optional(Type.String()),
  obligations: Type.Optional(Type.Array(Type.Record(Type.String(), Type.Unknown()))),
  approvers: Type.Optional(
    Type.Array(Type.Object({ groups: Type.Array(Type.String()), principals: Type.Array(Type.String()), count: Type.Integer() })),
  ),
})

const MaskKindView = Type.Unsafe<MaskKind>(
  Type.Union([Type.String(), Type.Record(Type.String(), Type.Unknown())], {
    description: 'redact, hash, nullify, or what partial keeps',
  }),
)

const OutputView = Type.Object({
  bare: Type.Array(Type.String(), { description: 'Full names of the columns whose values it shows' }),
  derived: Type.Array(Type.String(), { description: 'Full names of the columns that it is computed from' }),
  as: nullable(MaskKindView),
})
export type OutputView = Static<typeof OutputView>

export const EvaluationView = Type.Object(
  {
    subject: Type.Object({ provider: Type.String(), name: Type.String(), kind: Type.String(), groups: Type.Array(Type.String()) }),
    resource: ResourceName,
    database: nullable(Type.String()),
    role: described(nullable(Type.String()), { description: 'That the agent logs in to the target with' }),
    connect: DecisionView,
    decision: DecisionView,
    actions: Type.Array(Type.Record(Type.String(), Type.Unknown()), { description: 'What the statement would do, as policies see it' }),
    masks: Type.Array(
      Type.Object({
        rule: Rule,
        columns: Type.Array(Type.String()),
        labels: Type.Array(Type.String()),
        detect: Type.Array(Type.String()),
        as: MaskKindView,
      }),
      { description: 'Every mask that is in force for the subject at the resource, whatever it asks' },
    ),
    outputs: Type.Array(nullable(Type.Array(OutputView)), {
      description:
        'Per action its output columns in order, and what each is masked as at least; null where it answers no rows, or which they are is known only at the target: what may be masked there is masked whole',
    }),
    model: Type.Object(
      { known: Type.Boolean(), epoch: nullable(Type.String()), note: nullable(Type.String()) },
      { description: 'Whether an agent has told what the target holds; without it, what depends on it is unknown' },
    ),
    warnings: Type.Array(Type.String(), {
      description:
        'What the document of the resource says and its target does not bear out; what the deciding policies ask for and this build does not do',
    }),
    explanation: Type.Array(
      Type.Object({
        action: Type.Integer(),
        principal: Type.String(),
        floor: Type.Optional(Type.String()),
        policies: Type.Array(
          Type.Object({
            policy: Type.String(),
            resource: Type.Boolean(),
            subject: Type.Object({ matched, reason: Type.String() }),
            rules: Type.Array(
              Type.Object({
                rule: Rule,
                action: Type.String(),
                shadow: Type.Boolean(),
                matched,
                reasons: Type.Array(Type.Object({ condition: Type.String(), matched, reason: Type.String() })),
              }),
            ),
            masks: Type.Array(Type.Object({ mask: Rule, columns: Type.Array(Type.String()), refused: Type.Optional(Type.String()) })),
          }),
        ),
      }),
    ),
  },
  { title: 'Evaluation' },
)
export type EvaluationView = Static<typeof EvaluationView>
export type DecisionView = Static<typeof DecisionView>
