import { detectorNames } from '@sallyport/core'
import { type Static, type TProperties, Type } from '@sinclair/typebox'

/**
 * The policy document as users write it: closed objects, bounded lists and strings. It is also the JSON Schema that REST
 * publishes. What spans several keys (an allow without `effects.only`) is checked in `rules.ts`.
 */
const closed = <T extends TProperties>(properties: T) => Type.Object(properties, { additionalProperties: false })
const text = (maxLength: number) => Type.String({ minLength: 1, maxLength, pattern: '^[^\\u0000-\\u001f\\u007f]+$' })
const list = (maxLength = 200) => Type.Array(text(maxLength), { minItems: 1, maxItems: 200, uniqueItems: true })
const word = Type.String({ pattern: '^[a-z][a-z0-9_]{0,62}$', description: 'lower-case letters, digits and _, at most 63' })
const words = Type.Array(word, { minItems: 1, maxItems: 100, uniqueItems: true })
const identifier = Type.String({
  pattern: '^[a-z0-9][a-z0-9._-]{0,62}$',
  description: 'lower-case letters, digits, ., _ and -, at most 63, a letter or digit first',
})
const duration = Type.String({ pattern: '^[1-9][0-9]{0,5}[smhd]$', description: 'a duration such as 30s, 10m, 24h or 7d' })
const scalar = Type.Union([Type.Boolean(), Type.Number(), text(500), Type.Null()], { description: 'true, false, null, a number or a text' })
const oneOf = <T extends string>(...values: readonly T[]) =>
  Type.Unsafe<T>(
    Type.Union(
      values.map((value) => Type.Literal(value)),
      { description: `one of ${values.join(', ')}` },
    ),
  )

const claims = Type.Record(Type.String({ pattern: '^.{1,100}$' }), scalar, { maxProperties: 20, additionalProperties: false })
const kinds = Type.Array(oneOf('human', 'service', 'agent'), { minItems: 1, maxItems: 3, uniqueItems: true })

const subjects = closed({
  groups: Type.Optional(list()),
  principals: Type.Optional(list()),
  kinds: Type.Optional(kinds),
  providers: Type.Optional(list()),
  claims: Type.Optional(claims),
})

const resources = closed({
  names: Type.Optional(list()),
  labels: Type.Optional(Type.Record(Type.String({ pattern: '^.{1,100}$' }), text(200), { maxProperties: 20, additionalProperties: false })),
})

const touch = Type.Object(
  {
    kind: Type.Optional(word),
    name: Type.Optional(text(500)),
    access: Type.Optional(oneOf('read', 'write')),
    labels: Type.Optional(list()),
  },
  { additionalProperties: false, minProperties: 1 },
)

const fact = Type.Union([scalar, Type.Array(scalar, { minItems: 1, maxItems: 100 })], {
  description: 'true, false, null, a number, a text, or a list of these',
})

const match = closed({
  verbs: Type.Optional(list(100)),
  effects: Type.Optional(
    Type.Object(
      { any: Type.Optional(words), all: Type.Optional(words), only: Type.Optional(words), none: Type.Optional(words) },
      { additionalProperties: false, minProperties: 1 },
    ),
  ),
  touches: Type.Optional(Type.Array(touch, { minItems: 1, maxItems: 100 })),
  functions: Type.Optional(list(500)),
  certainty: Type.Optional(oneOf('exact', 'unknown')),
  facts: Type.Optional(
    Type.Record(Type.String({ pattern: '^[A-Za-z_][A-Za-z0-9_-]*(\\.[A-Za-z0-9_-]+)*$' }), fact, {
      minProperties: 1,
      maxProperties: 50,
      additionalProperties: false,
    }),
  ),
})

const approver = closed({
  groups: Type.Optional(list()),
  principals: Type.Optional(list()),
  count: Type.Optional(Type.Integer({ minimum: 1, maximum: 10 })),
})

const hold = closed({
  wait: Type.Optional(duration),
  ttl: Type.Optional(duration),
  in_transaction: Type.Optional(
    Type.Union([oneOf('retry', 'refuse'), closed({ wait: duration })], { description: 'retry, refuse, or { wait: 30s }' }),
  ),
  mode: Type.Optional(oneOf('wait', 'retry')),
  reason_required: Type.Optional(Type.Boolean()),
  max_rows: Type.Optional(Type.Integer({ minimum: 1, maximum: 1_000_000_000 })),
})

const rule = closed({
  id: identifier,
  match: Type.Optional(match),
  when: Type.Optional(Type.String({ minLength: 1, maxLength: 2000 })),
  action: oneOf('allow', 'hold', 'deny'),
  message: Type.Optional(text(500)),
  approvers: Type.Optional(Type.Array(approver, { minItems: 1, maxItems: 10 })),
  hold: Type.Optional(hold),
  shadow: Type.Optional(Type.Boolean()),
})

const mask = closed({
  id: identifier,
  columns: Type.Optional(list(300)),
  labels: Type.Optional(list()),
  detect: Type.Optional(Type.Array(oneOf(...detectorNames), { minItems: 1, maxItems: 100, uniqueItems: true })),
  as: Type.Union(
    [
      oneOf('redact', 'hash', 'nullify'),
      closed({
        partial: closed({
          keep: oneOf('domain', 'first', 'last', 'year', 'month'),
          count: Type.Optional(Type.Integer({ minimum: 1, maximum: 16, description: 'characters kept, a whole number from 1 to 16' })),
        }),
      }),
    ],
    { description: 'redact, hash, nullify, or { partial: { keep: domain | first | last | year | month, count? } }' },
  ),
  uses: Type.Optional(
    closed({
      predicate: Type.Optional(oneOf('none', 'equality', 'any')),
      key: Type.Optional(oneOf('deny', 'allow')),
      derived: Type.Optional(oneOf('deny', 'mask')),
      copy: Type.Optional(oneOf('deny', 'allow')),
      sink: Type.Optional(oneOf('deny', 'allow')),
    }),
  ),
})

const test = closed({
  as: closed({
    groups: Type.Optional(list()),
    principal: Type.Optional(text(200)),
    provider: Type.Optional(text(63)),
    kind: Type.Optional(oneOf('human', 'service', 'agent')),
    claims: Type.Optional(claims),
  }),
  resource: text(200),
  statement: Type.String({ minLength: 1, maxLength: 10_000 }),
  expect: oneOf('allow', 'hold', 'deny'),
  rule: Type.Optional(identifier),
})

export const policyDocumentSchema = closed({
  kind: Type.Literal('policy'),
  name: identifier,
  subjects,
  resources,
  rules: Type.Optional(Type.Array(rule, { maxItems: 200 })),
  masks: Type.Optional(Type.Array(mask, { maxItems: 100 })),
  record: Type.Optional(oneOf('strict', 'buffered')),
  recording: Type.Optional(
    closed({
      rows: Type.Union([oneOf('none', 'digest', 'all'), Type.Integer({ minimum: 1, maximum: 1_000_000 })], {
        description: 'none, digest, all, or a number of rows',
      }),
    }),
  ),
  tests: Type.Optional(Type.Array(test, { maxItems: 200 })),
})

export type PolicyDocument = Static<typeof policyDocumentSchema>
export type RuleDocument = Static<typeof rule>
export type MatchDocument = Static<typeof match>
export type MaskDocument = Static<typeof mask>
export type SubjectsDocument = Static<typeof subjects>
export type ResourcesDocument = Static<typeof resources>
export type HoldDocument = Static<typeof hold>
export type ApproverDocument = Static<typeof approver>
export type PolicyTest = Static<typeof test>
