import { hash } from 'node:crypto'
import type { AuditEvent } from '@sallyport/core'
import { EncodingError, text } from './canonical.js'
import type { Encoder } from './canonical.js'
import { encodeEvent } from './events.js'

/**
 * One line of the trail: an event inside its two chains, that of the spool and that of its session. The bytes are the
 * truth: hashed, signed, spooled, streamed and kept as they are. A caller must not re-serialise a record that it decoded.
 */

/** Format of the record, and the largest one in bytes: a longer one is refused, so a unit that needs it may not run. */
const formatVersion = 1
export const maxRecordBytes = 2 * 1024 * 1024

/** What the first record of a chain names as the hash before it. */
export const genesis = '0'.repeat(64)

/** Hashed before the bytes, so that a hash of the trail can never stand for a hash of anything else. */
const domain = 'sallyport.audit.record.v1\n'

export interface AuditRecord {
  readonly agent: string
  readonly instance: string
  readonly spool: string
  /** 1 for the first record of the spool, then without a gap. */
  readonly sequence: number
  /** Hash in hex of the record before it in the spool. */
  readonly previous: string
  /** Set when the event belongs to a session: its place in that session's own chain. */
  readonly session?: SessionLink
  readonly event: AuditEvent
}

export interface SessionLink {
  /** 1 for the first record of the session, then without a gap. */
  readonly sequence: number
  /** Hash in hex of the session's record before it. */
  readonly previous: string
}

export type Origin = Pick<AuditRecord, 'agent' | 'instance' | 'spool'>
export type Link = Pick<AuditRecord, 'sequence' | 'previous'> & { readonly session: SessionLink | undefined }

export interface Encoded {
  readonly bytes: Uint8Array
  /** SHA-256 in hex. */
  readonly hash: string
}

/**
 * The writer of one spool's records. The fields stand in this order, the two of the session only together:
 *
 *     v agent instance spool sequence previous session_sequence session_previous event
 *
 * The link is the writer's own and taken as it is. Throws `EncodingError` for what cannot be recorded.
 */
export function recordEncoder(origin: Origin, encode: Encoder<AuditEvent> = encodeEvent): (link: Link, event: AuditEvent) => Encoded {
  const beginning = domain + beginningOf(origin)
  const slab = createSlab()
  return (link, event) => {
    if ((event.session === undefined) !== (link.session === undefined))
      throw new EncodingError('session and session chain must go together')
    const tagged = slab(`${beginning}${linkOf(link)},"event":${encode(event)}}`)
    const bytes = tagged.subarray(domain.length)
    if (bytes.length > maxRecordBytes) throw new EncodingError(`a record larger than ${maxRecordBytes} bytes`)
    return { bytes, hash: hash('sha256', tagged) }
  }
}

/** Canonical bytes (UTF-8) of a record and their hash in hex. Throws `EncodingError`. */
export function encodeRecord(record: AuditRecord): Encoded {
  const { sequence, previous, session } = record
  requireLink({ sequence, previous })
  if (session !== undefined) requireLink(session)
  return recordEncoder(record)({ sequence, previous, session }, record.event)
}

const slabBytes = 64 * 1024

/** Bytes of many texts out of few allocations. No two of them overlap, and nothing is written twice. */
function createSlab(): (text: string) => Buffer {
  let slab = Buffer.allocUnsafeSlow(0)
  let used = 0
  return (text) => {
    const most = text.length * 3
    if (most > slabBytes) return Buffer.from(text)
    if (most > slab.length - used) {
      slab = Buffer.allocUnsafeSlow(slabBytes)
      used = 0
    }
    const start = used
    used += slab.write(text, start)
    return slab.subarray(start, used)
  }
}

function beginningOf({ agent, instance, spool }: Origin): string {
  return `{"v":${formatVersion},"agent":${text(agent)},"instance":${text(instance)},"spool":${text(spool)},"sequence":`
}

function linkOf({ sequence, previous, session }: Link): string {
  const link = `${sequence},"previous":"${previous}"`
  return session === undefined ? link : `${link},"session_sequence":${session.sequence},"session_previous":"${session.previous}"`
}

/** Throws `EncodingError` for what is no place in a chain. */
export function requireLink({ sequence, previous }: SessionLink): void {
  if (!Number.isSafeInteger(sequence) || sequence < 1) throw new EncodingError('a sequence is a whole number from 1')
  if (typeof previous !== 'string' || !/^[0-9a-f]{64}$/.test(previous)) throw new EncodingError('a hash is 64 lower-case hex digits')
}

/** Hash in hex of canonical bytes. */
export function hashRecord(bytes: Uint8Array): string {
  return hash('sha256', Buffer.concat([Buffer.from(domain), bytes]))
}

/**
 * Says whether canonical bytes are the record at this place of this spool, by their beginning alone. For a reader that
 * walks its own spool; it proves the link, not that the rest is canonical.
 */
export function standsAt(bytes: Uint8Array, place: Omit<AuditRecord, 'event' | 'session'>): boolean {
  const beginning = Buffer.from(
    `${beginningOf(place)}${linkOf({ sequence: place.sequence, previous: place.previous, session: undefined })},`,
  )
  return beginning.equals(bytes.subarray(0, beginning.length))
}

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

/** Reads canonical bytes and nothing else: what does not encode to the same bytes again is refused. Throws `EncodingError`. */
export function decodeRecord(bytes: Uint8Array): AuditRecord & { readonly hash: string } {
  if (bytes.length > maxRecordBytes) throw new EncodingError(`a record larger than ${maxRecordBytes} bytes`)
  const line = parse(bytes)
  const { session_sequence: sequence, session_previous: previous, v: _version, ...rest } = line
  if ((sequence === undefined) !== (previous === undefined)) throw new EncodingError('half a session chain')
  const record: AuditRecord = sequence === undefined || previous === undefined ? rest : { ...rest, session: { sequence, previous } }
  const again = encodeRecord(record)
  if (Buffer.compare(again.bytes, bytes) !== 0) throw new EncodingError('the bytes are not canonical')
  return { ...record, hash: again.hash }
}

/** A line as it would be if it were one of ours; encoding it again finds out. */
interface Line extends Origin, Omit<Link, 'session'> {
  readonly v: unknown
  readonly session_sequence?: number
  readonly session_previous?: string
  readonly event: AuditEvent
}

function parse(bytes: Uint8Array): Line {
  let value: unknown
  try {
    value = JSON.parse(utf8.decode(bytes))
  } catch {
    throw new EncodingError('the bytes are not JSON in UTF-8')
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw new EncodingError('a record is an object')
  const { event, v } = value as { readonly event?: unknown; readonly v?: unknown }
  if (v !== formatVersion) throw new EncodingError('a record format that this build does not know')
  if (typeof event !== 'object' || event === null) throw new EncodingError('a record has an event')
  return value as Line
}
