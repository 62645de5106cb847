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
  readonly omitted?: OmittedPart
}

export function recordedUnit({ actions, exact, params = none }: Unit): RecordedUnit {
  const told = fitting(exact, (bytes) => Math.min(bytes.length, textBytes), unitBytes)
  const bound = fitting(params, ({ value }) => 16 + Math.min(value?.length ?? 0, paramBytes), unitBytes - told.size)
  return {
    // A batch executes one statement many times: the action is told once, the texts and parameters tell the rest.
    actions: actions.length === 1 ? actions : [...new Set(actions)],
    texts: told.items.map(recordedText),
    params: bound.items.map(recordedParam),
    ...(told.left + bound.left > 0 ? { omitted: { texts: told.left, params: bound.left, sha256: digest(exact, params) } } : {}),
  }
}

const none: readonly Param[] = []

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

function recordedParam(param: Param): RecordedParam {
  const type = param.type === undefined ? {} : { type: param.type }
  if (param.value === null) return { ...type, format: param.format, value: null }
  const shown = param.value.length <= paramBytes ? param.value : cut(param.value, paramBytes)
  const value = param.format === 'text' ? decoded(shown) : hex(shown)
  const cutTo = shown === param.value ? {} : { truncated: param.value.length, sha256: hash('sha256', param.value, 'hex') }
  return { ...type, format: param.format, value, ...cutTo }
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
