/** JSON pointers (RFC 6901) into a target: read one field, or copy the document without some. */
type Document = Readonly<Record<string, unknown>>

export function valueAt(document: Document, pointer: string): unknown {
  let value: unknown = document
  for (const key of segments(pointer)) value = isObject(value) && Object.hasOwn(value, key) ? value[key] : undefined
  return value
}

export function without(document: Document, pointers: readonly string[]): Record<string, unknown> {
  return pointers.reduce<Record<string, unknown>>((rest, pointer) => omit(rest, segments(pointer)), { ...document })
}

export function withValue(document: Document, pointer: string, value: unknown): Record<string, unknown> {
  const [key = '', ...rest] = segments(pointer)
  const inner = document[key]
  const next = rest.length === 0 ? value : withValue(isObject(inner) ? inner : {}, `/${rest.map(escape).join('/')}`, value)
  return { ...document, [key]: next }
}

function omit(document: Document, [key = '', ...rest]: readonly string[]): Record<string, unknown> {
  if (!Object.hasOwn(document, key)) return { ...document }
  const { [key]: inner, ...others } = document
  return rest.length === 0 || !isObject(inner) ? others : { ...others, [key]: omit(inner, rest) }
}

function segments(pointer: string): readonly string[] {
  return pointer
    .split('/')
    .slice(1)
    .map((part) => part.replaceAll('~1', '/').replaceAll('~0', '~'))
}

function escape(segment: string): string {
  return segment.replaceAll('~', '~0').replaceAll('/', '~1')
}

function isObject(value: unknown): value is Document {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
