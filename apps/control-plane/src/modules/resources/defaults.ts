/** A target with the defaults of its protocol's schema where a field at the top is absent: what is saved says all that counts. */
export function withDefaults(schema: Document, target: Document): Document {
  const fields = Object.entries((schema['properties'] ?? {}) as Readonly<Record<string, Field>>)
  const missing = fields.filter(([name, field]) => field.default !== undefined && target[name] === undefined)
  return { ...target, ...Object.fromEntries(missing.map(([name, field]) => [name, field.default])) }
}

type Document = Readonly<Record<string, unknown>>

interface Field {
  readonly default?: unknown
}
