/**
 * Reads documents of the other plane: every field is named, and one that this build does not know is refused, never
 * ignored, for it may be the one that forbids. A caller gets a new object that holds nothing but what was named.
 */

/** Answers the value, or throws `EntityError` that names the path and never quotes the value. */
export type Read<T> = (value: unknown, path: string) => T

export class EntityError extends Error {
  override readonly name = 'EntityError'
  constructor(path: string, problem: string) {
    super(`${path === '' ? '/' : path}: ${problem}`)
  }
}

export const text: Read<string> = (value, path) => {
  if (typeof value !== 'string') throw new EntityError(path, 'expected a string')
  return value
}

export const number: Read<number> = (value, path) => {
  if (typeof value !== 'number' || !Number.isFinite(value)) throw new EntityError(path, 'expected a number')
  return value
}

export const boolean: Read<boolean> = (value, path) => {
  if (typeof value !== 'boolean') throw new EntityError(path, 'expected true or false')
  return value
}

export function oneOf<const T extends string>(...values: readonly T[]): Read<T> {
  return (value, path) => {
    const found = values.find((one) => one === value)
    if (found === undefined) throw new EntityError(path, `expected one of ${values.join(', ')}`)
    return found
  }
}

/** base64url without padding. */
export const bytes: Read<Uint8Array> = (value, path) => {
  const decoded = Buffer.from(text(value, path), 'base64url')
  if (decoded.toString('base64url') !== value) throw new EntityError(path, 'expected base64url')
  return decoded
}

/** Any JSON object: its own reader checks it later. */
export const document: Read<Readonly<Record<string, unknown>>> = (value, path) => {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw new EntityError(path, 'expected an object')
  return value as Readonly<Record<string, unknown>>
}

export function list<T>(read: Read<T>): Read<readonly T[]> {
  return (value, path) => {
    if (!Array.isArray(value)) throw new EntityError(path, 'expected a list')
    return value.map((item, index) => read(item, `${path}/${index}`))
  }
}

export function map<T>(read: Read<T>): Read<Readonly<Record<string, T>>> {
  return (value, path) =>
    Object.fromEntries(Object.entries(document(value, path)).map(([key, item]) => [key, read(item, `${path}/${key}`)]))
}

export function optional<T>(read: Read<T>): { readonly optional: Read<T> } {
  return { optional: read }
}

/** The table of a known shape: the compiler misses no field of `T`, nor one that became optional or ceased to be. */
export type Fields<T> = {
  readonly [K in keyof Required<T>]: object extends Pick<T, K> ? { readonly optional: Read<Required<T>[K]> } : Read<T[K]>
}

export function object<T extends object>(fields: Fields<T>): Read<T> {
  const table = new Map(Object.entries<Read<unknown> | { readonly optional: Read<unknown> }>(fields))
  return (value, path) => {
    const given = document(value, path)
    const unknown = Object.keys(given).find((key) => !table.has(key))
    if (unknown !== undefined) throw new EntityError(`${path}/${unknown}`, 'not known to this build')
    const out: Record<string, unknown> = {}
    for (const [key, field] of table) {
      const has = Object.hasOwn(given, key)
      if (!has && typeof field === 'function') throw new EntityError(`${path}/${key}`, 'missing')
      if (has) out[key] = (typeof field === 'function' ? field : field.optional)(given[key], `${path}/${key}`)
    }
    return out as T
  }
}
