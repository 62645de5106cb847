import type { MemoryBudget } from '@sallyport/gate'
import { createScanner, type Fate, type FrameHandler, int32At, isInside, scanChunk, WireError } from '@sallyport/wire'
import { readParameterStatus, readReady, readTagRows, readTargetError } from '../codec/index.js'
import type { Batch, Reply } from './batch.js'
import type { Inquiries } from './inquiry.js'
import { unnamedGone } from './names.js'
import { noticeFate, notificationFate, shownError, shownNotice, shownNotification, tellsSettings } from './reports.js'
import {
  createRowRun,
  described,
  describes,
  flushRows,
  givenUp,
  passBehind,
  releaseRows,
  rewriteRow,
  rowHead,
  type RowRun,
  rowsEnded,
} from './rows.js'
import { type Session, settle } from './session.js'

/**
 * The target's direction: every message is matched with what was asked. What nobody asked for ends the session; what is
 * the client's passes as runs of the chunk; only what carries an outcome is read. Rows are counted by their headers.
 */
export interface ServerSide {
  push(chunk: Uint8Array): void
  /** A message to the client is out only in part. */
  inside(): boolean
  /** Gives back what it holds of the memory budget. */
  release(): void
}

export interface ServerEvents {
  /** Rows that must be masked are gathered out of it. */
  readonly memory: MemoryBudget
  /** What we ask ourselves. */
  readonly inquiries: Inquiries
  /** COPY data is wanted. */
  copyIn(): void
  /** An Execute has ended well. */
  executed(batch: Batch): void
  /** A batch has failed: the target ignores the rest of it. */
  failed(batch: Batch): void
  /** A batch is complete. */
  ready(batch: Batch): void
}

/** One per session; what handles its frames is shared by all. */
interface Answering {
  readonly session: Session
  readonly events: ServerEvents
  readonly rows: RowRun
}

export function createServerSide(session: Session, events: ServerEvents): ServerSide {
  const answering: Answering = { session, events, rows: createRowRun(session, events.memory) }
  const scanner = createScanner(handler, answering)
  return {
    push(chunk) {
      try {
        scanChunk(scanner, chunk)
      } finally {
        flushRows(answering.rows)
      }
    },
    inside: () => isInside(scanner),
    release: () => releaseRows(answering.rows),
  }
}

const handler: FrameHandler<Answering> = {
  header: 5,
  size(bytes, at) {
    const length = int32At(bytes, at + 1)
    if (length < 4) throw new WireError('malformed', 'the target sent a message whose length cannot be')
    return length + 1
  },
  head,
  whole,
  rewrite: ({ rows }, bytes, start, end) => rewriteRow(rows, bytes, start, end),
  run: ({ rows }, bytes) => passBehind(rows, bytes),
}

/** Messages that are gathered whole are small; a target that sends more is broken. */
const mostGathered = 16 * 1024 * 1024

/** What may come as an answer, besides rows and errors. */
const answers: Readonly<Record<Reply['kind'], string>> = {
  parse: '1',
  bind: '2',
  close: '3',
  describe_statement: 'tTn',
  describe_portal: 'Tn',
  execute: 'CIsGHdc',
  sync: 'Z',
  query: 'TCIGHdcZ',
}

function unexpected(type: string): never {
  throw new WireError('malformed', `the target sent a message of type ${type} that nothing asked for`)
}

/** The entry that a message of this type answers. */
function due({ replies }: Session, type: string): Reply {
  const reply = replies[0]
  if (!reply || !answers[reply.kind].includes(type)) return unexpected(type)
  if (reply.refusal && type !== 'Z') return unexpected(type)
  if (reply.batch.error !== undefined && type !== 'Z') return unexpected(type)
  if ((type === 'd' || type === 'c') && reply.copying !== 'out') return unexpected(type)
  return reply
}

function head(of: Answering, bytes: Uint8Array, at: number, size: number): Fate {
  const { session, rows } = of
  const first = session.replies[0]
  if (bytes[at] === 0x44 && first && takesRows(first)) {
    first.rows++
    if (first.show !== 'as_is') return rowHead(rows, first, size)
    first.part.bytes += size
    return 'pass'
  }
  const type = String.fromCharCode(bytes[at]!)
  const { inquiries } = of.events
  switch (type) {
    case 'N':
      return inquiries.open() ? 'drop' : heard(noticeFate(session), size)
    case 'A':
      return heard(notificationFate(session), size)
    case 'S':
    case 'E':
      return gathered(size)
    default:
  }
  if (first === undefined && inquiries.open()) return inquiries.head(type, size)
  const reply = due(session, type)
  reply.part.bytes += size
  if (type === 'C' || type === 'Z' || type === 'G' || (type === 'T' && describes(reply))) return gathered(size)
  passing(of, type, reply)
  return reply.ours ? 'drop' : 'pass'
}

/** Types that pass by their header alone, and what they mean for the queue. */
function passing({ session, events, rows }: Answering, type: string, reply: Reply): void {
  const { replies } = session
  switch (type) {
    case '1':
    case '2':
    case '3':
      confirm(session, reply, 0)
      replies.shift()
      return
    case 't':
      if (reply.step++ > 0) unexpected(type)
      return
    case 'T':
    case 'n':
      if (reply.kind === 'query' || reply.kind === 'execute') return
      if (reply.kind === 'describe_statement' && reply.step === 0) unexpected(type)
      replies.shift()
      return
    case 'I':
    case 's':
      if (type === 's') reply.part.rows = (reply.part.rows ?? 0) + reply.rows
      rowsEnded(rows, reply)
      if (reply.kind !== 'execute') return
      replies.shift()
      events.executed(reply.batch)
      return
    case 'H':
      if (!reply.part.copyOut) unexpected(type)
      reply.copying = 'out'
      return
    case 'c':
      reply.copying = undefined
      return
    default:
  }
}

function whole(of: Answering, frame: Uint8Array): 'pass' | 'drop' | Uint8Array {
  const { session, events, rows } = of
  const type = String.fromCharCode(frame[0]!)
  if (events.inquiries.open() && (type === 'D' || type === 'Z')) {
    events.inquiries.whole(frame)
    return 'drop'
  }
  switch (type) {
    case 'C':
      complete(of, frame)
      return 'pass'
    case 'Z':
      ready(of, frame)
      return 'pass'
    case 'E':
      return failed(of, frame)
    case 'G':
      wantsData(of)
      return 'pass'
    case 'T':
      return described(rows, frame)
    case 'A':
      return shownNotification(frame)
    case 'N':
      return shownNotice(session, frame)
    default:
      return told(session, frame)
  }
}

function confirm({ names }: Session, reply: Reply, at: number): void {
  const change = reply.changes[at]
  if (change) names.apply(change)
}

function wantsData({ session, events }: Answering): void {
  const reply = session.replies[0]!
  if (!reply.part.copyIn) unexpected('G')
  reply.copying = 'in'
  events.copyIn()
}

function complete({ session, events, rows }: Answering, frame: Uint8Array): void {
  const reply = session.replies[0]!
  const count = readTagRows(frame) ?? (reply.rows > 0 ? reply.rows : undefined)
  if (count !== undefined) reply.part.rows = (reply.part.rows ?? 0) + count
  rowsEnded(rows, reply)
  reply.rows = 0
  reply.copying = undefined
  confirm(session, reply, reply.step++)
  if (reply.kind !== 'execute') return
  session.replies.shift()
  events.executed(reply.batch)
}

function failed({ session, events }: Answering, frame: Uint8Array): 'pass' | 'drop' | Uint8Array {
  const { fatal, code } = readTargetError(frame)
  if (fatal) session.dying = true
  const reply = session.replies[0]
  if (!reply && !fatal && events.inquiries.open()) {
    // An error of what we asked is nobody's but ours.
    events.inquiries.failed()
    return 'drop'
  }
  if (!reply) return fatal ? 'pass' : unexpected('E')
  reply.part.bytes += frame.length
  const shown = shownError(session, reply, frame)
  if (fatal) {
    reply.batch.error ??= code
    return shown
  }
  if (reply.batch.error !== undefined) unexpected('E')
  const ours = givenUp(reply)
  // What shares a batch with something refused failed because of the refusal.
  reply.batch.error = reply.refusal ? '42501' : ours ? '54000' : code
  reply.copying = undefined
  if (reply.kind !== 'query') skip(session, reply)
  events.failed(reply.batch)
  return reply.refusal ?? ours ?? shown
}

/** The target ignores the rest of the batch: only its Sync is answered. */
function skip({ replies }: Session, { batch }: Reply): void {
  while (replies[0] && replies[0].batch === batch && replies[0].kind !== 'sync') replies.shift()
}

function ready({ session, events }: Answering, frame: Uint8Array): void {
  const { names, inFlight } = session
  const reply = session.replies.shift()!
  if (reply.refusal && reply.batch.error === undefined) unexpected('Z')
  session.status = readReady(frame)
  if (reply.kind === 'query') for (const change of unnamedGone) names.apply(change)
  if (session.status === 'I') names.endTransaction()
  inFlight.shift()
  if (session.status === 'I') session.hides = inFlight.some(({ parts }) => parts.some(({ hides }) => hides))
  settle(session, reply.batch, 'answered')
  events.ready(reply.batch)
}

function told(session: Session, frame: Uint8Array): 'pass' | 'drop' {
  const { name, value } = readParameterStatus(frame)
  const verdict = session.parameters.report(name, value)
  if (typeof verdict === 'object') throw new WireError('malformed', `${verdict.over}: no statement can be judged any more`)
  return verdict === 'tell' && tellsSettings(session) ? 'pass' : 'drop'
}

function takesRows({ kind, refusal, batch }: Reply): boolean {
  return (kind === 'execute' || kind === 'query') && refusal === undefined && batch.error === undefined
}

function heard(fate: Fate, size: number): Fate {
  return fate === 'whole' ? gathered(size) : fate
}

function gathered(size: number): Fate {
  if (size > mostGathered) throw new WireError('too_large', 'the target sent an answer that is too large')
  return 'whole'
}
