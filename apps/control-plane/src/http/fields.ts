import { FormatRegistry, Type, type SchemaOptions, type TSchema } from '@sinclair/typebox'

/** Field types that several modules share, so that one kind of value is written one way everywhere. */
FormatRegistry.Set(
  'date-time',
  (value) => /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,9})?(Z|[+-]\d\d:\d\d)$/.test(value) && !Number.isNaN(Date.parse(value)),
)

export const Time = Type.String({ format: 'date-time', description: 'RFC 3339, UTC' })

export const ResourceName = Type.String({
  pattern: '^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$',
  description: 'lower-case letters, digits and -, at most 63, no - at the ends: it is also a host name',
})

export const DocumentName = Type.String({
  pattern: '^[a-z0-9][a-z0-9._-]{0,62}$',
  description: 'lower-case letters, digits, ., _ and -, at most 63, a letter or digit first',
})

/** A name of somebody else's world: a group, a subject, a claim. */
export const ForeignName = Type.String({
  minLength: 1,
  maxLength: 255,
  pattern: '^[^\\u0000-\\u001f\\u007f]+$',
  description: '1 to 255 characters without control characters',
})

export const Labels = Type.Record(
  Type.String({ pattern: '^[A-Za-z0-9][A-Za-z0-9._/-]{0,62}$' }),
  Type.String({ maxLength: 200, pattern: '^[^\\u0000-\\u001f\\u007f]*$' }),
  { maxProperties: 32, additionalProperties: false, description: 'Names and values; policies and scoped roles match them' },
)

export function idOf(prefix: string): TSchema & { static: string } {
  return Type.String({ pattern: `^${prefix}_[0-9a-z]{26}$`, description: `an id: ${prefix}_ and 26 of [0-9a-z]` })
}

export function oneOf<T extends string>(...values: readonly T[]) {
  return Type.Unsafe<T>(Type.Union(values.map((value) => Type.Literal(value))))
}

export function nullable<T extends TSchema>(schema: T) {
  return Type.Union([schema, Type.Null()])
}

/** The same type with another description or bound. */
export function described<T extends TSchema>(schema: T, options: SchemaOptions & { readonly minProperties?: number }): T {
  return { ...schema, ...options }
}
