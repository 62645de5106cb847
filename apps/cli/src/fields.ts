/** Parts of an answer whose shape REST leaves open: events of the trail, actions as policies see them. */
export type Fields = Readonly<Record<string, unknown>>

export function fieldsOf(value: unknown): Fields {
  return typeof value === 'object' && value !== null ? (value as Fields) : {}
}

/** The entries of a list field; empty when it is none. */
export function listOf(value: unknown): readonly Fields[] {
  return Array.isArray(value) ? (value as unknown[]).map(fieldsOf) : []
}
