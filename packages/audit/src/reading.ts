import { isAscii, isUtf8 } from 'node:buffer'
import type { AuditEvent } from '@sallyport/core'
import { EncodingError } from './canonical.js'
import { createFamiliar } from './familiar.js'
import { encodeLine, formatVersion, hashRecord, maxRecordBytes, requireLink } from './record.js'
import type { AuditRecord, Link, Origin } from './record.js'

/**
 * Reads canonical bytes and nothing else: what does not encode to the same bytes again is refused. Throws `EncodingError`.
 * What it answers must not be changed.
 */
export type RecordReader = (bytes: Uint8Array) => ReadRecord

export interface ReadRecord extends AuditRecord {
  /** SHA-256 in hex. */
  readonly hash: string
}

/**
 * For records that belong together. Most of them say again what one before them said, of another statement: they are put
 * together out of what is known and the little that is not, for a quarter of what parsing and encoding them costs.
 */
export function createRecordReader(): RecordReader {
  const familiar = createFamiliar()
  return (bytes) => {
    const line = textOf(bytes)
    const known = familiar.read(line)
    if (known !== undefined) return { ...known, hash: hashRecord(bytes) }
    const record = readLine(line)
    familiar.learn(line, record)
    return { ...record, hash: hashRecord(bytes) }
  }
}

/** One record by itself. */
export const decodeRecord: RecordReader = (bytes) => ({ ...readLine(textOf(bytes)), hash: hashRecord(bytes) })

function readLine(line: string): AuditRecord {
  const record = parsed(line)
  requireLink(record)
  if (record.session !== undefined) requireLink(record.session)
  if (encodeLine(record) !== line) throw new EncodingError('the bytes are not canonical')
  return record
}

/** Of what is UTF-8 already, no two texts come out the same. */
function textOf(bytes: Uint8Array): string {
  if (bytes.length > maxRecordBytes) throw new EncodingError(`a record larger than ${maxRecordBytes} bytes`)
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  if (isAscii(buffer)) return buffer.toString('latin1')
  if (!isUtf8(buffer)) throw new EncodingError('the bytes are not JSON in UTF-8')
  return buffer.toString()
}

/** A line as it would be if it were one of ours; encoding it again finds out. */
interface Line extends Origin, Omit<Link, 'session'> {
  readonly v: unknown
  readonly session_sequence?: number
  readonly session_previous?: string
  readonly event: AuditEvent
}

function parsed(text: string): AuditRecord {
  const { session_sequence: sequence, session_previous: previous, v: _version, ...rest } = lineOf(text)
  if ((sequence === undefined) !== (previous === undefined)) throw new EncodingError('half a session chain')
  return sequence === undefined || previous === undefined ? rest : { ...rest, session: { sequence, previous } }
}

function lineOf(text: string): Line {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch {
    throw new EncodingError('the bytes are not JSON in UTF-8')
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw new EncodingError('a record is an object')
  const { event, v } = value as { readonly event?: unknown; readonly v?: unknown }
  if (v !== formatVersion) throw new EncodingError('a record format that this build does not know')
  if (typeof event !== 'object' || event === null) throw new EncodingError('a record has an event')
  return value as Line
}
