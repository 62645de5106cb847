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
export const formatVersion = 1
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
 * The text of a record. The fields stand in this order, the two of the session only together:
 *
 *     v agent instance spool sequence previous session_sequence session_previous event
 *
 * The link is taken as it is. Throws `EncodingError` for what cannot be recorded.
 */
export function lineEncoder(encode: Encoder<AuditEvent>): (origin: Origin, link: Link, event: AuditEvent) => string {
  let known: Origin | undefined
  let beginning = ''
  return (origin, link, event) => {
    if ((event.session === undefined) !== (link.session === undefined))
      throw new EncodingError('session and session chain must go together')
    if (known === undefined || known.agent !== origin.agent || known.instance !== origin.instance || known.spool !== origin.spool) {
      beginning = beginningOf(origin)
      known = origin
    }
    return `${beginning}${spelledLink(link)},"event":${encode(event)}}`
  }
}

/** The text of one record by itself. */
export function encodeLine(record: AuditRecord): string {
  return lineEncoder(encodeEvent)(record, linkOf(record), record.event)
}

/** The writer of one spool's records, of whose links it may be sure. Throws `EncodingError` for what cannot be recorded. */
export function recordEncoder(
  origin: Origin,
  encode: Encoder<AuditEvent> = encodeEvent,
  room = createRoom(),
): (link: Link, event: AuditEvent) => Encoded {
  const spell = lineEncoder(encode)
  return (link, event) => {
    const written = room.write(domain + spell(origin, link, event))
    const bytes = written.subarray(domain.length)
    if (bytes.length > maxRecordBytes) throw new EncodingError(`a record larger than ${maxRecordBytes} bytes`)
    return { bytes, hash: hash('sha256', written) }
  }
}

/** Canonical bytes (UTF-8) of a record and their hash in hex. Throws `EncodingError`. */
export function encodeRecord(record: AuditRecord): Encoded {
  requireLink(record)
  if (record.session !== undefined) requireLink(record.session)
  return recordEncoder(record)(linkOf(record), record.event)
}

const slabBytes = 64 * 1024

/**
 * Memory for the bytes of many texts, out of few allocations: no two of them overlap. A trail that allocated anew for each
 * would have the collector run for the sake of these bytes alone.
 */
export interface Room {
  write(text: string): Buffer
  /** Nobody looks any more at what was written so far: the memory is used again. */
  again(): void
}

export function createRoom(): Room {
  let slab = Buffer.allocUnsafeSlow(0)
  let used = 0
  return {
    write(text) {
      const most = text.length * 3
      if (most > slabBytes) return Buffer.from(text)
      if (most > slab.length - used) {
        slab = Buffer.allocUnsafeSlow(slabBytes)
        used = 0
      }
      const start = used
      used += slab.write(text, start)
      return slab.subarray(start, used)
    },
    again() {
      used = 0
    },
  }
}

function beginningOf({ agent, instance, spool }: Origin): string {
  return `{"v":${formatVersion},"agent":${text(agent)},"instance":${text(instance)},"spool":${text(spool)},"sequence":`
}

function linkOf({ sequence, previous, session }: AuditRecord): Link {
  return { sequence, previous, session }
}

function spelledLink({ sequence, previous, session }: Link): string {
  const link = `${sequence},"previous":"${previous}"`
  return session === undefined ? link : `${link},"session_sequence":${session.sequence},"session_previous":"${session.previous}"`
}

/** Throws `EncodingError` for what is no place in a chain. */
export function requireLink({ sequence, previous }: SessionLink): void {
  if (!Number.isSafeInteger(sequence) || sequence < 1) throw new EncodingError('a sequence is a whole number from 1')
  if (typeof previous !== 'string' || !/^[0-9a-f]{64}$/.test(previous)) throw new EncodingError('a hash is 64 lower-case hex digits')
}

/** The domain, and room for a record of usual size behind it. */
const tagged = Buffer.alloc(64 * 1024, domain, 'latin1')

/** Hash in hex of canonical bytes. */
export function hashRecord(bytes: Uint8Array): string {
  if (domain.length + bytes.length > tagged.length) return hash('sha256', Buffer.concat([Buffer.from(domain), bytes]))
  tagged.set(bytes, domain.length)
  return hash('sha256', tagged.subarray(0, domain.length + bytes.length))
}

/**
 * For a reader that walks a spool of its own: says whether canonical bytes are the record at a place of it, by their
 * beginning alone. It proves the link, not that the rest is canonical.
 */
export function standsIn(origin: Origin): (bytes: Uint8Array, place: SessionLink) => boolean {
  const beginning = Buffer.from(beginningOf(origin))
  return (bytes, { sequence, previous }) => {
    const link = `${spelledLink({ sequence, previous, session: undefined })},`
    const end = beginning.length + link.length
    const begun = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
    return begun.toString('latin1', beginning.length, end) === link && beginning.compare(begun, 0, beginning.length) === 0
  }
}
