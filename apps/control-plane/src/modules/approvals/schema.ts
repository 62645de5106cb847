import { Type, type Static } from '@sinclair/typebox'
import { described, idOf, nullable, oneOf, ResourceName, Time } from '../../http/fields.js'
import { PageQuery } from '../../http/page.js'

const closed = { additionalProperties: false }
const state = oneOf('requested', 'approved', 'denied', 'expired', 'withdrawn', 'used', 'revoked')
const Digest = Type.String({ pattern: '^[0-9a-f]{64}$', description: 'SHA-256 in hex of exactly what would run' })
const Text = Type.String()
const Texts = Type.Array(Text)

export const ApprovalQuery = Type.Composite(
  [
    PageQuery,
    Type.Object({
      state: Type.Optional(state),
      resource: Type.Optional(ResourceName),
      principal: Type.Optional(Type.String({ minLength: 1, maxLength: 600, description: 'Whose request: name, or provider/subject' })),
    }),
  ],
  closed,
)
export type ApprovalQuery = Static<typeof ApprovalQuery>

export const DecisionBody = Type.Object(
  {
    decision: oneOf('approve', 'deny'),
    reason: Type.Optional(Type.String({ maxLength: 2000, pattern: '^[^\\u0000]*$', description: 'Shown to whoever asked, and kept' })),
    digest: described(Digest, { description: 'Of the request as it was shown; another one is refused with 409' }),
  },
  { ...closed, title: 'DecisionBody' },
)
export type DecisionBody = Static<typeof DecisionBody>

const Person = Type.Object({
  provider: Text,
  subject: Text,
  name: Text,
  kind: oneOf('human', 'service', 'agent'),
  groups: Texts,
  owner: Type.Optional(Text),
})

const Rule = Type.Object({ policy: Text, rule: Text })

const Need = Type.Object(
  { groups: Texts, principals: Texts, count: Type.Integer({ description: 'Distinct people' }) },
  { description: 'One need among several; every one has to be met' },
)

const Touched = Type.Object({
  kind: Text,
  name: Text,
  access: oneOf('read', 'write'),
  use: Type.Optional(Text),
  labels: Type.Optional(Texts),
})

const Acted = Type.Object({
  verb: Text,
  effects: Texts,
  touches: Type.Array(Touched),
  functions: Type.Optional(Texts),
  facts: Type.Record(Text, Type.Unknown(), { additionalProperties: true }),
  certainty: oneOf('exact', 'unknown'),
  reason: Type.Optional(Text),
})

const cut = {
  truncated: Type.Optional(Type.Integer({ description: 'Bytes of the whole, of which this is the beginning' })),
  sha256: Type.Optional(Type.String({ description: 'Of the whole, in hex' })),
}

export const ApprovalView = Type.Object(
  {
    id: idOf('apr'),
    state,
    digest: Digest,
    requested_at: Time,
    expires_at: described(Time, { description: 'Until when it may be decided' }),
    decided_at: nullable(Time),
    end: nullable(Type.String({ description: 'Why it ended without having been used' })),
    principal: Person,
    chain: Type.Array(Person, { description: 'For whom it acts, the nearest first' }),
    resource: Type.Object({ id: Text, name: Text, protocol: Text, labels: Type.Record(Text, Text) }),
    agent: Type.String({ description: 'Which holds it' }),
    session: Type.Object({
      id: Text,
      database: nullable(Text),
      role: nullable(Type.String({ description: 'Role at the target' })),
      client: Type.Object({ address: Text, application: nullable(Text) }),
    }),
    statement: Type.String({ description: 'Id in the trail' }),
    waiting: Type.Boolean({ description: 'Somebody waits with an open connection; else whoever asked was told to ask again' }),
    rules: Type.Array(Rule, { description: 'What holds it, the most decisive first' }),
    message: nullable(Text),
    needs: Type.Array(Need),
    still_needed: Type.Array(Need),
    reason_required: Type.Boolean(),
    max_rows: nullable(Type.Integer()),
    masked: Type.Array(Type.Object({ rule: Rule, columns: Texts, detect: Texts }), { description: 'What stays masked in the answer' }),
    texts: Type.Array(Type.Object({ text: Text, ...cut }), { description: 'What executes, in order' }),
    params: Type.Array(Type.Object({ type: Type.Optional(Text), format: oneOf('text', 'binary'), value: nullable(Text), ...cut })),
    context: Type.Record(Text, Text, { description: 'Settings that give the texts their meaning' }),
    actions: Type.Array(Acted),
    decisions: Type.Array(Type.Object({ decision: oneOf('approve', 'deny'), by: Person, reason: nullable(Text), at: Time })),
    grant: nullable(Type.Object({ id: idOf('gra'), uses: Type.Integer(), used: Type.Integer(), expires_at: Time })),
    why_not: nullable(Type.String({ description: 'Why whoever asks may not decide; null: they may' })),
  },
  { title: 'Approval' },
)
export type ApprovalView = Static<typeof ApprovalView>
