import type { FieldError } from './problem.js'

/** Nested deeper than this, no document of ours is. */
const maxDepth = 64
/** PostgreSQL stores no NUL in text, and neither it nor JSON half of a surrogate pair. */
const unstorable = /\0|[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/

/** The first thing in a document that could not be stored as it came: it must be refused before anything walks it. */
export function findUnstorable(document: unknown): FieldError | undefined {
  // A list of our own instead of recursion: the document may be nested as deep as its size allows.
  const left: { readonly value: unknown; readonly path: string; readonly depth: number }[] = [{ value: document, path: '', depth: 0 }]
  for (let item = left.pop(); item !== undefined; item = left.pop()) {
    const { value, path, depth } = item
    if (depth > maxDepth) return { path: path.slice(0, 100), message: `is nested deeper than ${maxDepth} levels` }
    if (typeof value === 'string' && unstorable.test(value)) return { path, message: 'holds a NUL or half of a surrogate pair' }
    if (typeof value !== 'object' || value === null) continue
    for (const [key, part] of Object.entries(value)) {
      if (unstorable.test(key)) return { path, message: 'has a field name with a NUL or half of a surrogate pair' }
      left.push({ value: part, path: `${path}/${key.replaceAll('~', '~0').replaceAll('/', '~1')}`, depth: depth + 1 })
    }
  }
  return undefined
}
