import type { AuditEvent } from '@sallyport/core'
import { EncodingError } from './canonical.js'
import { createEventEncoder } from './events.js'
import { genesis, recordEncoder, type Room } from './record.js'

/**
 * The writer's end of a spool's chain: each record names the hash of the one before it, in the spool and in its session.
 * One chain has one writer; a caller must write the bytes in the order in which `append` answered, or never use it again,
 * and must never change an action or a context that it appended.
 */
export interface Chain {
  /** Throws `EncodingError` and stays as it was when the event cannot be recorded. */
  append(event: AuditEvent): Appended
  /** Where the chain stands: enough to go on from here in another process. */
  state(): ChainState
}

export interface Appended {
  readonly sequence: number
  /** SHA-256 in hex. */
  readonly hash: string
  readonly bytes: Uint8Array
}

export interface ChainState {
  /** 0 before the first record. */
  readonly sequence: number
  readonly hash: string
  /** The last link of every session that has begun and not ended. */
  readonly sessions: Readonly<Record<string, SessionTip>>
}

export interface SessionTip {
  readonly sequence: number
  readonly hash: string
}

export interface ChainOptions {
  readonly agent: string
  readonly instance: string
  readonly spool: string
  /** Where to go on; absent for a new spool. */
  readonly head?: ChainState
  /** Where records are written; memory that is never used again unless told. */
  readonly room?: Room
}

export function createChain(options: ChainOptions): Chain {
  const { head } = options
  const encode = recordEncoder(options, createEventEncoder(), options.room)
  const sessions = new Map<string, Tip>(Object.entries(head?.sessions ?? {}).map(([id, { sequence, hash }]) => [id, { sequence, hash }]))
  const spool: Tip = { sequence: head?.sequence ?? 0, hash: head?.hash ?? genesis }

  return {
    append(event) {
      const tip = tipOf(event, sessions)
      const session = tip && { sequence: tip.sequence + 1, previous: tip.hash }
      const { bytes, hash } = encode({ sequence: spool.sequence + 1, previous: spool.hash, session }, event)
      advance(spool, hash)
      if (tip !== undefined) {
        advance(tip, hash)
        keep(event, tip, sessions)
      }
      return { sequence: spool.sequence, hash, bytes }
    },
    state: () => ({ ...spool, sessions: Object.fromEntries([...sessions].map(([id, tip]) => [id, { ...tip }])) }),
  }
}

/** The last link of a chain, moved on in place: there is one for every open session, and most records move one. */
interface Tip {
  sequence: number
  hash: string
}

function advance(tip: Tip, hash: string): void {
  tip.sequence += 1
  tip.hash = hash
}

/**
 * A session's chain begins with `session.opened` and ends with `session.ended`, or is `session.refused` alone. Anything
 * beside that is refused: a trail in which a session ends twice, or goes on after its end, proves nothing.
 */
function tipOf(event: AuditEvent, sessions: ReadonlyMap<string, Tip>): Tip | undefined {
  if (event.session === undefined) return undefined
  const tip = sessions.get(event.session)
  const begins = event.type === 'session.opened' || event.type === 'session.refused'
  if (begins !== (tip === undefined)) throw new EncodingError(begins ? 'the session is open already' : 'the session is not open')
  return tip ?? { sequence: 0, hash: genesis }
}

function keep(event: AuditEvent, tip: Tip, sessions: Map<string, Tip>): void {
  if (event.session === undefined) return
  if (event.type === 'session.opened') sessions.set(event.session, tip)
  else if (event.type === 'session.ended') sessions.delete(event.session)
}
