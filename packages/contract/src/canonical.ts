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
  if (value === null) return 'null'
  if (typeof value === 'string' || typeof value === 'boolean') return JSON.stringify(value)
  if (typeof value === 'number' && Number.isFinite(value)) return JSON.stringify(value)
  if (Array.isArray(value)) return `[${value.map((item) => encode(item, depth + 1)).join(',')}]`
  if (typeof value === 'object') return encodeObject(value, depth)
  throw new CanonicalError('a value that JSON cannot hold')
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
