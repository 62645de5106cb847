import { Type, type Static } from '@sinclair/typebox'
import { described, idOf, nullable, oneOf, Time } from '../../http/fields.js'

export const LabelSuggestionBody = Type.Object(
  { rows: Type.Optional(Type.Integer({ minimum: 1, maximum: 2000, default: 200, description: 'Read of each relation at most' })) },
  { additionalProperties: false, title: 'LabelSuggestionBody' },
)
export type LabelSuggestionBody = Static<typeof LabelSuggestionBody>

const SuggestedLabel = Type.Object(
  {
    column: Type.String(),
    label: Type.String(),
    detector: Type.String({ description: 'Whose finding it is' }),
    matched: Type.Integer({ description: 'Values that the detector took for its own' }),
    sampled: Type.Integer({ description: 'Values it was shown; nulls are not' }),
    existing_labels: Type.Array(Type.String(), { description: 'That the resource gives the column now' }),
    suggested_at: Time,
  },
  { title: 'SuggestedLabel' },
)

export const LabelSuggestionView = Type.Object(
  {
    run: nullable(idOf('lsg')),
    state: described(oneOf('none', 'running', 'done', 'failed'), { description: 'Of the last run' }),
    asked_by: nullable(Type.String()),
    asked_at: nullable(Time),
    finished_at: nullable(Time),
    error: described(nullable(Type.String()), { description: 'Why the last run failed' }),
    suggested_at: described(nullable(Time), { description: 'When the last run that succeeded did; the items are its' }),
    agent: nullable(idOf('agt')),
    database: nullable(Type.String()),
    relations: nullable(Type.Integer({ description: 'That were read' })),
    skipped: nullable(Type.Integer({ description: 'That could not be read, or for which there was no time' })),
    items: Type.Array(SuggestedLabel),
    patch: Type.Object(
      { target: Type.Object({ labels: Type.Record(Type.String(), Type.Array(Type.String())) }) },
      { description: 'Sent as PATCH to the resource it accepts everything that is suggested; nothing is applied by itself' },
    ),
  },
  { title: 'LabelSuggestions' },
)
export type LabelSuggestionView = Static<typeof LabelSuggestionView>
