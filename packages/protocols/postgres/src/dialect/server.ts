import type { MemoryBudget } from '@sallyport/gate'
import { createScanner, type Fate, int32At, WireError } from '@sallyport/wire'
import { readParameterStatus, readReady, readTagRows, readTargetError } from '../codec/index.js'
import type { Batch, Reply } from './batch.js'
import type { Inquiries } from './inquiry.js'
import { unnamedGone } from './names.js'
import { createReports } from './reports.js'
import { createRowRun } from './rows.js'
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

export function createServerSide(session: Session, events: ServerEvents): ServerSide {
  const { replies, names, parameters } = session
  const { inquiries } = events
  const rows = createRowRun(session, events.memory)
  const reports = createReports(session)

  function unexpected(type: string): never {
    throw new WireError('malformed', `the target sent a message of type ${type} that nothing asked for`)
  }

  /** The entry that a message of this type answers. */
  function due(type: string): Reply {
    const reply = replies[0]
    if (!reply || !answers[reply.kind].includes(type)) return unexpected(type)
    if (reply.refusal && type !== 'Z') return unexpected(type)
    if (reply.batch.error !== undefined && type !== 'Z') return unexpected(type)
    if ((type === 'd' || type === 'c') && reply.copying !== 'out') return unexpected(type)
    return reply
  }

  function confirm(reply: Reply, at: number): void {
    const change = reply.changes[at]
    if (change) names.apply(change)
  }

  /** Types that pass by their header alone, and what they mean for the queue. */
  function passing(type: string, reply: Reply): void {
    switch (type) {
      case '1':
      case '2':
      case '3':
        confirm(reply, 0)
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
        rows.ended(reply)
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

  function head(bytes: Uint8Array, at: number, size: number): Fate {
    const first = replies[0]
    if (bytes[at] === 0x44 && first && takesRows(first)) {
      first.rows++
      if (first.show !== 'as_is') return rows.head(first, size)
      first.part.bytes += size
      return 'pass'
    }
    const type = String.fromCharCode(bytes[at]!)
    switch (type) {
      case 'N':
        return inquiries.open() ? 'drop' : heard(reports.notice(), size)
      case 'A':
        return heard(reports.notification(), size)
      case 'S':
      case 'E':
        return gathered(size)
      default:
    }
    if (first === undefined && inquiries.open()) return inquiries.head(type, size)
    const reply = due(type)
    reply.part.bytes += size
    if (type === 'C' || type === 'Z' || type === 'G' || (type === 'T' && rows.describes(reply))) return gathered(size)
    passing(type, reply)
    return reply.ours ? 'drop' : 'pass'
  }

  function wantsData(): void {
    const reply = replies[0]!
    if (!reply.part.copyIn) unexpected('G')
    reply.copying = 'in'
    events.copyIn()
  }

  function complete(frame: Uint8Array): void {
    const reply = replies[0]!
    const count = readTagRows(frame) ?? (reply.rows > 0 ? reply.rows : undefined)
    if (count !== undefined) reply.part.rows = (reply.part.rows ?? 0) + count
    rows.ended(reply)
    reply.rows = 0
    reply.copying = undefined
    confirm(reply, reply.step++)
    if (reply.kind !== 'execute') return
    replies.shift()
    events.executed(reply.batch)
  }

  /** An error of what we asked is nobody's but ours. */
  function ours(): 'drop' {
    inquiries.failed()
    return 'drop'
  }

  function failed(frame: Uint8Array): 'pass' | 'drop' | Uint8Array {
    const { fatal, code } = readTargetError(frame)
    if (fatal) session.dying = true
    const reply = replies[0]
    if (!reply && !fatal && inquiries.open()) return ours()
    if (!reply) return fatal ? 'pass' : unexpected('E')
    reply.part.bytes += frame.length
    const told = reports.error(reply, frame)
    if (fatal) {
      reply.batch.error ??= code
      return told
    }
    if (reply.batch.error !== undefined) unexpected('E')
    // What shares a batch with something refused failed because of the refusal.
    const tooLarge = rows.given(reply)
    reply.batch.error = reply.refusal ? '42501' : tooLarge ? '54000' : code
    reply.copying = undefined
    if (reply.kind !== 'query') skip(reply)
    events.failed(reply.batch)
    return reply.refusal ?? tooLarge ?? told
  }

  /** The target ignores the rest of the batch: only its Sync is answered. */
  function skip({ batch }: Reply): void {
    while (replies[0] && replies[0].batch === batch && replies[0].kind !== 'sync') replies.shift()
  }

  function ready(frame: Uint8Array): void {
    const reply = replies.shift()!
    if (reply.refusal && reply.batch.error === undefined) unexpected('Z')
    session.status = readReady(frame)
    if (reply.kind === 'query') for (const change of unnamedGone) names.apply(change)
    if (session.status === 'I') names.endTransaction()
    session.inFlight.shift()
    if (session.status === 'I') session.hides = session.inFlight.some(({ parts }) => parts.some(({ hides }) => hides))
    settle(session, reply.batch, 'answered')
    events.ready(reply.batch)
  }

  function told(frame: Uint8Array): 'pass' | 'drop' {
    const { name, value } = readParameterStatus(frame)
    const verdict = parameters.report(name, value)
    if (typeof verdict === 'object') throw new WireError('malformed', `${verdict.over}: no statement can be judged any more`)
    return verdict === 'tell' && reports.settings() ? 'pass' : 'drop'
  }

  const scanner = createScanner({
    header: 5,
    size(bytes, at) {
      const length = int32At(bytes, at + 1)
      if (length < 4) throw new WireError('malformed', 'the target sent a message whose length cannot be')
      return length + 1
    },
    head,
    whole(frame) {
      const type = String.fromCharCode(frame[0]!)
      if (inquiries.open() && (type === 'D' || type === 'Z')) {
        inquiries.whole(frame)
        return 'drop'
      }
      switch (type) {
        case 'C':
          complete(frame)
          return 'pass'
        case 'Z':
          ready(frame)
          return 'pass'
        case 'E':
          return failed(frame)
        case 'G':
          wantsData()
          return 'pass'
        case 'T':
          return rows.described(frame)
        case 'A':
          return reports.notified(frame)
        case 'N':
          return reports.noticed(frame)
        default:
          return told(frame)
      }
    },
    rewrite: (bytes, start, end) => rows.rewrite(bytes, start, end),
    run: (bytes) => rows.pass(bytes),
  })
  return {
    push(chunk) {
      try {
        scanner.push(chunk)
      } finally {
        rows.flush()
      }
    },
    inside: () => scanner.inside(),
    release: () => rows.release(),
  }
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
