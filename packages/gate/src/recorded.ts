import { hash } from 'node:crypto'
import type { Action, Param, RecordedParam, RecordedText, Unit } from '@sallyport/core'

/** What of a unit goes into the trail: whole where it is small, cut with a digest where it is not. Never re-parsed. */
const textBytes = 64 * 1024
const paramBytes = 1024
const most = 256

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

export interface RecordedUnit {
  readonly actions: readonly Action[]
  readonly texts: readonly RecordedText[]
  readonly params: readonly RecordedParam[]
}

export function recordedUnit(unit: Unit): RecordedUnit {
  return {
    // A batch executes one statement many times: the action is told once, the texts and parameters tell the rest.
    actions: unit.actions.length === 1 ? unit.actions : [...new Set(unit.actions)].slice(0, most),
    texts: unit.exact.slice(0, most).map(recordedText),
    params: unit.params ? unit.params.slice(0, most).map(recordedParam) : [],
  }
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
  return { ...type, format: param.format, value, ...(shown === param.value ? {} : { truncated: param.value.length }) }
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
