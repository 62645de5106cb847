import type { KeyObject } from 'node:crypto'
import { EncodingError } from './canonical.js'
import { verifyHead } from './head.js'
import type { SignedHead } from './head.js'
import { createRecordReader } from './reading.js'
import type { ReadRecord, RecordReader } from './reading.js'
import { genesis } from './record.js'

/**
 * The reader's end: says whether records are exactly what the agent wrote, in order, with nothing left out. A caller
 * must not use events of a batch that did not verify, nor take `previous` from the batch itself.
 */

export interface Batch {
  /** What the reader has already: the last record it accepted of this spool; sequence 0 and `genesis` before the first. */
  readonly previous: { readonly sequence: number; readonly hash: string }
  /** Canonical bytes, in order. */
  readonly records: readonly Uint8Array[]
  /** Must cover exactly these records. */
  readonly head: SignedHead
  /** The agent's Ed25519 key, known from enrolment. */
  readonly publicKey: KeyObject
}

export type BatchVerdict =
  | { readonly ok: true; readonly events: readonly ReadRecord[]; readonly hash: string }
  /** `at` is the sequence of the first record that is wrong; that of the head when the head is. */
  | { readonly ok: false; readonly reason: BatchFault; readonly at: number }

export type BatchFault =
  /** Not canonical bytes of this format. */
  | 'encoding'
  /** Another agent, instance or spool than the head's. */
  | 'origin'
  /** A sequence missing, repeated or out of place. */
  | 'sequence'
  /** It does not name the hash of the record before it. */
  | 'chain'
  /** It does not follow the session's record before it. */
  | 'session_chain'
  /** The head covers more, less or something else: a tail was cut or changed. */
  | 'head'
  /** The agent's key did not sign this head. */
  | 'signature'

export function verifyBatch(batch: Batch): BatchVerdict {
  const { head } = batch
  if (!verifyHead(head, batch.publicKey)) return { ok: false, reason: 'signature', at: head.sequence }
  const sessions = new Map<string, { readonly sequence: number; readonly hash: string } | 'ended'>()
  const events: ReadRecord[] = []
  const read = createRecordReader()
  let { sequence, hash } = batch.previous
  for (const bytes of batch.records) {
    sequence += 1
    const record = decode(read, bytes)
    const reason = record === undefined ? 'encoding' : faultOf(record, { sequence, hash, head, sessions })
    if (record === undefined || reason !== undefined) return { ok: false, reason: reason ?? 'encoding', at: sequence }
    hash = record.hash
    events.push(record)
  }
  if (head.sequence !== sequence || head.hash !== hash) return { ok: false, reason: 'head', at: head.sequence }
  return { ok: true, events, hash }
}

interface Expected {
  readonly sequence: number
  readonly hash: string
  readonly head: SignedHead
  readonly sessions: Map<string, { readonly sequence: number; readonly hash: string } | 'ended'>
}

function faultOf(record: ReadRecord, expected: Expected): BatchFault | undefined {
  const { head } = expected
  if (record.agent !== head.agent || record.instance !== head.instance || record.spool !== head.spool) return 'origin'
  if (record.sequence !== expected.sequence) return 'sequence'
  if (record.previous !== expected.hash) return 'chain'
  return followsSession(record, expected.sessions) ? undefined : 'session_chain'
}

/** Sessions that began in an earlier batch are checked from their first record here on; `verifySession` checks them whole. */
function followsSession(record: ReadRecord, sessions: Expected['sessions']): boolean {
  const id = record.event.session
  if (id === undefined || record.session === undefined) return true
  const tip = sessions.get(id)
  if (tip === 'ended') return false
  const begins = record.event.type === 'session.opened' || record.event.type === 'session.refused'
  if (begins && (tip !== undefined || record.session.sequence !== 1 || record.session.previous !== genesis)) return false
  if (!begins && record.session.sequence === 1) return false
  if (tip !== undefined && (record.session.sequence !== tip.sequence + 1 || record.session.previous !== tip.hash)) return false
  const over = record.event.type === 'session.ended' || record.event.type === 'session.refused'
  sessions.set(id, over ? 'ended' : { sequence: record.session.sequence, hash: record.hash })
  return true
}

export type SessionVerdict =
  /** `complete`: the trail reaches the end of the session. */
  | { readonly ok: true; readonly events: readonly ReadRecord[]; readonly complete: boolean }
  /** `at` is the position in the list, from 0. */
  | { readonly ok: false; readonly reason: 'encoding' | 'session_chain'; readonly at: number }

/**
 * Verifies the whole trail of one session by itself, from `session.opened` on. That its last record is the agent's is
 * proved by the head of the spool it lies in, not here.
 */
export function verifySession(session: string, records: readonly Uint8Array[]): SessionVerdict {
  const sessions: Expected['sessions'] = new Map()
  const events: ReadRecord[] = []
  const read = createRecordReader()
  for (const [at, bytes] of records.entries()) {
    const record = decode(read, bytes)
    if (record === undefined) return { ok: false, reason: 'encoding', at }
    const first = at === 0 && record.session?.sequence !== 1
    if (record.event.session !== session || first || !followsSession(record, sessions)) return { ok: false, reason: 'session_chain', at }
    events.push(record)
  }
  return { ok: true, events, complete: sessions.get(session) === 'ended' }
}

function decode(read: RecordReader, bytes: Uint8Array): ReadRecord | undefined {
  try {
    return read(bytes)
  } catch (error) {
    if (error instanceof EncodingError) return undefined
    throw error
  }
}
