import { createReader, readBytes, readCString, readEnd, readInt16, readInt32, readUint16, readUint8, WireError } from '@sallyport/wire'
import type { TransactionStatus } from './backend.js'
import { decodeText } from './text.js'

/**
 * What of the target's answers has to be understood; everything else passes by its header. Frames come whole, header
 * included. A target that breaks the format makes these throw `WireError`, and its session ends.
 */

/** ErrorResponse: the severity in English (`V`, or `S` from before 9.6) and the SQLSTATE. */
export interface TargetError {
  readonly fatal: boolean
  readonly code: string
}

/** ErrorResponse, NoticeResponse: 'E' or 'N' · int32 length · { byte1 field · string }* · byte1 0. By the letters of its fields. */
export function readReport(frame: Uint8Array): ReadonlyMap<string, Uint8Array> {
  const reader = createReader(frame, 5)
  const fields = new Map<string, Uint8Array>()
  for (let letter = readUint8(reader); letter !== 0; letter = readUint8(reader)) {
    fields.set(String.fromCharCode(letter), readCString(reader))
  }
  readEnd(reader)
  return fields
}

export function readTargetError(frame: Uint8Array): TargetError {
  const fields = readReport(frame)
  const severity = ascii(fields.get('V') ?? fields.get('S'))
  const code = ascii(fields.get('C'))
  return { fatal: severity === 'FATAL' || severity === 'PANIC', code: /^[0-9A-Z]{5}$/.test(code) ? code : 'XX000' }
}

/** ReadyForQuery: 'Z' · int32 5 · byte1 status */
export function readReady(frame: Uint8Array): TransactionStatus {
  const reader = createReader(frame, 5)
  const status = String.fromCharCode(readUint8(reader))
  readEnd(reader)
  if (status !== 'I' && status !== 'T' && status !== 'E') throw new WireError('malformed', 'an unknown transaction status')
  return status
}

/** NotificationResponse: 'A' · int32 length · int32 process · string channel · string payload. The channel. */
export function readNotification(frame: Uint8Array): Uint8Array {
  const reader = createReader(frame, 5)
  readInt32(reader)
  const channel = readCString(reader)
  readCString(reader)
  readEnd(reader)
  return channel
}

/** ParameterStatus: 'S' · int32 length · string name · string value */
export function readParameterStatus(frame: Uint8Array): { readonly name: string; readonly value: string } {
  const reader = createReader(frame, 5)
  const name = utf8(readCString(reader))
  const value = utf8(readCString(reader))
  readEnd(reader)
  return { name, value }
}

/** One column of a result: where its values come from (OID and attribute number, 0 is nowhere) and how they are written. */
export interface DescribedColumn {
  readonly name: string
  readonly table: number
  /** 0 is the whole row, a negative one a column of the system. */
  readonly attnum: number
  readonly type: number
  readonly typmod: number
  /** 0 is text, 1 is binary. */
  readonly format: number
}

/** RowDescription: 'T' · int32 length · int16 count · { string name · int32 table · int16 column · int32 type · int16 size · int32 modifier · int16 format }* */
export function readRowDescription(frame: Uint8Array): readonly DescribedColumn[] {
  const reader = createReader(frame, 5)
  const columns: DescribedColumn[] = []
  for (let left = readUint16(reader); left > 0; left--) {
    const name = utf8(readCString(reader))
    const table = readInt32(reader) >>> 0
    const attnum = readInt16(reader)
    const type = readInt32(reader) >>> 0
    readInt16(reader)
    columns.push({ name, table, attnum, type, typmod: readInt32(reader), format: readUint16(reader) })
  }
  readEnd(reader)
  return columns
}

/** CommandComplete: 'C' · int32 length · string tag. The rows that a tag such as `INSERT 0 5` ends with; none for `BEGIN`. */
export function readTagRows(frame: Uint8Array): number | undefined {
  const reader = createReader(frame, 5)
  const tag = readCString(reader)
  readEnd(reader)
  let rows = 0
  let at = tag.length
  for (let place = 1; at > 0 && tag[at - 1]! >= 0x30 && tag[at - 1]! <= 0x39; at--, place *= 10) rows += (tag[at - 1]! - 0x30) * place
  const digits = tag.length - at
  // More than 15 are no number of rows, and no number that we could write down.
  return digits > 0 && digits <= 15 && tag[at - 1] === 0x20 ? rows : undefined
}

/** DataRow: 'D' · int32 length · int16 count · { int32 length (-1 is NULL) · bytes }*. Values in text format. */
export function readRow(frame: Uint8Array): readonly (string | null)[] {
  const reader = createReader(frame, 5)
  const values: (string | null)[] = []
  for (let left = readUint16(reader); left > 0; left--) {
    const length = readInt32(reader)
    values.push(length === -1 ? null : utf8(readBytes(reader, length)))
  }
  readEnd(reader)
  return values
}

function utf8(bytes: Uint8Array): string {
  try {
    return decodeText(bytes)
  } catch {
    throw new WireError('malformed', 'the target sent text that is not UTF-8')
  }
}

function ascii(bytes: Uint8Array | undefined): string {
  return bytes ? String.fromCharCode(...bytes.subarray(0, 32)) : ''
}
