/**
 * One value, one spelling: JSON with object keys in code-unit order and no blanks. What is signed, digested or compared
 * between the planes is spelled here. A caller must not sign what `JSON.stringify` made: it keeps insertion order.
 */

/** Nested deeper than this is refused, either way. */
const maxDepth = 64

export class CanonicalError extends Error {
  override readonly name = 'CanonicalError'
}

/** Undefined fields are left out; what JSON cannot hold throws `CanonicalError`, whose message never quotes the value. */
export function canonicalJson(value: unknown): string {
  return encode(value, 0)
}

export function canonicalBytes(value: unknown): Buffer {
  return Buffer.from(canonicalJson(value))
}

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

/** Reads canonical bytes and nothing else: what would be spelled otherwise (a repeated key, a blank) is refused. */
export function parseCanonical(bytes: Uint8Array): unknown {
  let value: unknown
  let text: string
  try {
    text = utf8.decode(bytes)
    value = JSON.parse(text)
  } catch {
    throw new CanonicalError('not JSON in UTF-8')
  }
  if (encode(value, 0) !== text) throw new CanonicalError('not the canonical spelling')
  return value
}

function encode(value: unknown, depth: number): string {
  if (depth > maxDepth) throw new CanonicalError('nested too deeply')
  switch (typeof value) {
    case 'string':
      return JSON.stringify(value)
    case 'boolean':
      return value ? 'true' : 'false'
    case 'number':
      if (!Number.isFinite(value)) throw new CanonicalError('a number that JSON cannot hold')
      return JSON.stringify(value)
    case 'object':
      if (value === null) return 'null'
      return Array.isArray(value) ? `[${value.map((item) => encode(item, depth + 1)).join(',')}]` : encodeObject(value, depth)
    default:
      throw new CanonicalError('a value that JSON cannot hold')
  }
}

function encodeObject(value: object, depth: number): string {
  const prototype: unknown = Object.getPrototypeOf(value)
  if (prototype !== Object.prototype && prototype !== null) throw new CanonicalError('an object that is not plain')
  const fields: string[] = []
  for (const [key, field] of Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1))) {
    if (field !== undefined) fields.push(`${JSON.stringify(key)}:${encode(field, depth + 1)}`)
  }
  return `{${fields.join(',')}}`
}
