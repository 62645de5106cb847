import { createHash, hash } from 'node:crypto'
import type { Action, OmittedPart, Param, RecordedParam, RecordedText, Unit } from '@sallyport/core'

/**
 * What of a unit goes into the trail: whole where it is small; where it is not, cut with a digest that names the whole,
 * and the number of what is left out. Nothing is left out unsaid, and nothing is parsed again.
 */
const textBytes = 64 * 1024
const paramBytes = 1024
/** All texts and parameters of one unit together, so that a record stays far below what a trail takes. */
const unitBytes = 256 * 1024

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

export interface RecordedUnit {
  readonly actions: readonly Action[]
  readonly texts: readonly RecordedText[]
  readonly params: readonly RecordedParam[]
  readonly omitted: OmittedPart | undefined
}

/** Texts that one session remembers, and bytes of the longest of them. */
const mostTexts = 32
const keptBytes = 4 * 1024
/** Parameters that are told without adding up: so many stay far below the limit of a unit. */
const fewParams = 64

/**
 * For one session, which runs the same statements over and over: what is told of them again is the same object again. A
 * caller must never change the bytes of a unit.
 */
export function createRecording(): (unit: Unit) => RecordedUnit {
  /** By the bytes themselves: a prepared statement comes with the same ones each time. */
  const known = new Map<Uint8Array, readonly RecordedText[]>()

  function textsOf(exact: readonly Uint8Array[], bytes: Uint8Array): readonly RecordedText[] {
    const before = known.get(bytes)
    if (before) return before
    const texts = exact.map(recordedText)
    // A part of something larger would hold on to all of it, and does not come again.
    if (bytes.length > keptBytes || bytes.buffer.byteLength > 2 * bytes.length + 256) return texts
    if (known.size >= mostTexts) known.clear()
    known.set(bytes, texts)
    return texts
  }

  return (unit) => {
    const { actions, exact, params = none } = unit
    const bytes = exact[0]
    const plain = actions.length === 1 && exact.length === 1 && bytes !== undefined && bytes.length <= textBytes
    if (!plain || params.length > fewParams) return recordedUnit(unit)
    return { actions, texts: textsOf(exact, bytes), params: params.length === 0 ? none : params.map(recordedParam), omitted: undefined }
  }
}

function recordedUnit({ actions, exact, params = none }: Unit): RecordedUnit {
  const told = fitting(exact, (bytes) => Math.min(bytes.length, textBytes), unitBytes)
  const bound = fitting(params, ({ value }) => 16 + Math.min(value?.length ?? 0, paramBytes), unitBytes - told.size)
  const left = told.left + bound.left
  return {
    // A batch executes one statement many times: the action is told once, the texts and parameters tell the rest.
    actions: actions.length === 1 ? actions : [...new Set(actions)],
    texts: told.items.map(recordedText),
    params: bound.items.map(recordedParam),
    omitted: left > 0 ? { texts: told.left, params: bound.left, sha256: digest(exact, params) } : undefined,
  }
}

const none: readonly [] = []

/** The first items whose sizes fit the budget. */
function fitting<T>(items: readonly T[], sizeOf: (item: T) => number, budget: number) {
  let size = 0
  let count = 0
  for (const item of items) {
    const more = sizeOf(item)
    if (size + more > budget) break
    size += more
    count++
  }
  return { items: count === items.length ? items : items.slice(0, count), size, left: items.length - count }
}

function digest(exact: readonly Uint8Array[], params: readonly Param[]): string {
  const hashing = createHash('sha256')
  const length = Buffer.alloc(4)
  const add = (bytes: Uint8Array | null) => {
    length.writeInt32BE(bytes?.length ?? -1)
    hashing.update(length)
    if (bytes) hashing.update(bytes)
  }
  for (const bytes of exact) add(bytes)
  for (const { value } of params) add(value)
  return hashing.digest('hex')
}

function recordedText(bytes: Uint8Array): RecordedText {
  if (bytes.length <= textBytes) return { text: decoded(bytes) }
  return { text: decoded(cut(bytes, textBytes)), truncated: bytes.length, sha256: hash('sha256', bytes, 'hex') }
}

function recordedParam({ type, format, value }: Param): RecordedParam {
  const known = type === undefined ? undefined : { type }
  if (value === null) return { ...known, format, value }
  if (value.length > paramBytes) {
    const whole = { truncated: value.length, sha256: hash('sha256', value, 'hex') }
    return { ...known, format, value: shown(format, cut(value, paramBytes)), ...whole }
  }
  const told = shown(format, value)
  return known ? { ...known, format, value: told } : { format, value: told }
}

function shown(format: Param['format'], bytes: Uint8Array): string {
  return format === 'text' ? decoded(bytes) : hex(bytes)
}

/** Cuts before a UTF-8 continuation byte, so that a valid text stays valid. */
function cut(bytes: Uint8Array, limit: number): Uint8Array {
  let end = limit
  while (end > limit - 4 && (bytes[end]! & 0xc0) === 0x80) end--
  return bytes.subarray(0, end)
}

function decoded(bytes: Uint8Array): string {
  try {
    return utf8.decode(bytes)
  } catch {
    return `base64:${Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('base64')}`
  }
}

function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('hex')
}
