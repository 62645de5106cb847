/**
 * One value, one spelling: canonical JSON out of tables. The fields of a known shape stand in the order of its table,
 * absent ones are left out, nothing else is written; the keys of open maps stand in code-unit order. A caller must not
 * build canonical bytes by any other way (`JSON.stringify` keeps insertion order and drops what it cannot say).
 */

/** Answers the canonical JSON of a value, or throws `EncodingError`: nothing is coerced and nothing is guessed. */
export type Encoder<T> = (value: T) => string

/** A value that has no canonical spelling. Its message names the kind of problem, never the value. */
export class EncodingError extends Error {
  override readonly name = 'EncodingError'
}

/** Nested deeper than this is refused: open maps hold what callers sent. */
const maxDepth = 32

export const text: Encoder<string> = (value) => {
  if (typeof value !== 'string') throw new EncodingError('expected a string')
  return isPlainAscii(value) ? `"${value}"` : JSON.stringify(value)
}

/** Short and with nothing to escape, as most are: looking is cheaper than asking the runtime. */
function isPlainAscii(value: string): boolean {
  if (value.length > 64) return false
  for (let i = 0; i < value.length; i++) {
    const code = value.charCodeAt(i)
    if (code < 0x20 || code > 0x7e || code === 0x22 || code === 0x5c) return false
  }
  return true
}

export const number: Encoder<number> = (value) => {
  if (typeof value !== 'number' || !Number.isFinite(value)) throw new EncodingError('expected a finite number')
  return `${value}`
}

export const boolean: Encoder<boolean> = (value) => {
  if (typeof value !== 'boolean') throw new EncodingError('expected a boolean')
  return value ? 'true' : 'false'
}

/** A string out of a closed set; a member the set does not name is refused, not passed through. */
export function oneOf<T extends string>(members: Readonly<Record<T, true>>): Encoder<T> {
  const spellings = new Map<unknown, string>(Object.keys(members).map((member) => [member, JSON.stringify(member)]))
  return (value) => {
    const spelling = spellings.get(value)
    if (spelling === undefined) throw new EncodingError('a value outside its closed set')
    return spelling
  }
}

export function nullable<T>(encode: Encoder<T>): Encoder<T | null> {
  return (value) => (value === null ? 'null' : encode(value))
}

export function list<T>(encode: Encoder<T>): Encoder<readonly T[]> {
  return (value) => {
    if (!Array.isArray(value)) throw new EncodingError('expected a list')
    let out = '['
    for (let i = 0; i < value.length; i++) out += i === 0 ? encode(value[i] as T) : `,${encode(value[i] as T)}`
    return `${out}]`
  }
}

/** A field that may be absent; it is left out then. */
export interface Optional<T> {
  readonly optional: Encoder<T>
}

export function optional<T>(encode: Encoder<T>): Optional<T> {
  return { optional: encode }
}

/**
 * The table of a known shape: every field of `T`, in the order in which it is written. The compiler misses none, nor
 * one that became optional or ceased to be.
 */
export type Fields<T> = {
  readonly [K in keyof Required<T>]: object extends Pick<T, K> ? Optional<Required<T>[K]> : Encoder<Required<T>[K]>
}

/**
 * Fields that the table does not name are not written, so that an object that carries more than its declared shape
 * (a resource with its secrets) never leaks it into the trail.
 */
export function object<T extends object>(fields: Fields<T>): Encoder<T> {
  const columns = Object.entries<Encoder<never> | Optional<never>>(fields).map(([name, field]) => ({
    name,
    prefix: `${JSON.stringify(name)}:`,
    encode: typeof field === 'function' ? field : field.optional,
    optional: typeof field !== 'function',
  }))
  return (value) => {
    requirePlain(value)
    let out = '{'
    for (const column of columns) {
      const field = (value as Readonly<Record<string, never>>)[column.name]
      if (field === undefined) {
        if (column.optional) continue
        throw new EncodingError(`the field ${column.name} is missing`)
      }
      out += out.length === 1 ? column.prefix : `,${column.prefix}`
      out += column.encode(field)
    }
    return `${out}}`
  }
}

/** Spellings kept at once. A weak map would forget by itself, but the collector pays for each of its entries again and again. */
const mostRemembered = 256

/**
 * Remembers the spelling of a value: for what is said again and again. A caller must never change a value that it has
 * given to it.
 */
export function remembered<T extends object>(encode: Encoder<T>): Encoder<T> {
  const spellings = new Map<T, string>()
  return (value) => {
    const known = spellings.get(value)
    if (known !== undefined) return known
    const spelling = encode(value)
    if (spellings.size >= mostRemembered) spellings.clear()
    spellings.set(value, spelling)
    return spelling
  }
}

/** An open map: keys in code-unit order, undefined values left out. */
export function map<T>(encode: Encoder<T>): Encoder<Readonly<Record<string, T>>> {
  return (value) => {
    requirePlain(value)
    let out = '{'
    for (const key of orderedKeys(value)) {
      const field = value[key]
      if (field === undefined) continue
      out += out.length === 1 ? `${JSON.stringify(key)}:` : `,${JSON.stringify(key)}:`
      out += encode(field)
    }
    return `${out}}`
  }
}

/** Any plain JSON: claims, facts. Dates, bigints, buffers, functions and class instances are refused. */
export const json: Encoder<unknown> = (value) => encodeJson(value, 0)

function encodeJson(value: unknown, depth: number): string {
  if (depth > maxDepth) throw new EncodingError('nested too deeply')
  if (value === null) return 'null'
  if (typeof value === 'string') return JSON.stringify(value)
  if (typeof value === 'boolean') return value ? 'true' : 'false'
  if (typeof value === 'number') return number(value)
  const inner = (item: unknown): string => encodeJson(item, depth + 1)
  if (Array.isArray(value)) return list(inner)(value)
  if (typeof value === 'object') return map(inner)(value as Readonly<Record<string, unknown>>)
  throw new EncodingError('a value that JSON cannot hold')
}

function orderedKeys(value: object): readonly string[] {
  const keys = Object.keys(value)
  for (let i = 1; i < keys.length; i++) {
    if ((keys[i - 1] as string) > (keys[i] as string)) return keys.sort()
  }
  return keys
}

export function requirePlain(value: unknown): asserts value is object {
  if (!isPlain(value)) throw new EncodingError('expected an object')
}

function isPlain(value: unknown): value is object {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return false
  const prototype: unknown = Object.getPrototypeOf(value)
  return prototype === Object.prototype || prototype === null
}
