import type { MemoryBudget } from '@sallyport/gate'
import { createGrowing, type Fate, type Growing, reserve, take, WireError } from '@sallyport/wire'
import { errorResponse } from '../codec/index.js'
import { mostRow, type RowMask } from '../masking/rows.js'
import type { Reply } from './batch.js'
import type { Session } from './session.js'

/**
 * Rows that do not pass as they are: each result is described before its rows come, and then they are rewritten, those of
 * one chunk into one run. A row that comes undescribed ends the session. Plain data, one per session: a caller changes it
 * through the functions below only, and must `flushRows` before anything else goes to the client and when a chunk has ended.
 */
export interface RowRun {
  readonly session: Session
  readonly memory: MemoryBudget
  readonly out: Growing
  /** Whose rows are being rewritten, and how. */
  present: Reply | undefined
  mask: RowMask | undefined
  /** Bytes of the budget that the row being gathered holds. */
  taken: number
}

export function createRowRun(session: Session, memory: MemoryBudget): RowRun {
  return { session, memory, out: createGrowing(), present: undefined, mask: undefined, taken: 0 }
}

/** A RowDescription that answers this must be read. */
export function describes({ kind, part }: Reply): boolean {
  return part.veil !== undefined && (kind === 'query' || kind === 'describe_portal')
}

/** One that answers the first reply; its fate. */
export function described({ session }: RowRun, frame: Uint8Array): 'pass' | 'drop' {
  const { replies } = session
  const reply = replies[0]!
  if (reply.kind === 'query') {
    // A second description within one statement is of rows that the statement does not tell of.
    const again = reply.described === reply.step
    reply.described = reply.step
    describe(reply, frame, again ? undefined : reply.shown[reply.step])
    return 'pass'
  }
  replies.shift()
  const next = replies[0]
  if (next?.kind === 'execute' && next.part === reply.part) describe(next, frame, next.shown[0])
  return reply.ours ? 'drop' : 'pass'
}

function describe(reply: Reply, frame: Uint8Array, shown: Reply['shown'][number]): void {
  const rows = reply.part.veil!.rows(frame, shown)
  reply.show = rows.mask ?? 'as_is'
  for (const column of rows.contradicted) (reply.part.contradicted ??= new Set()).add(column)
}

/** The fate of a row that does not simply pass. */
export function rowHead(run: RowRun, reply: Reply, size: number): Fate {
  if (reply.show === 'too_large') return 'drop'
  if (typeof reply.show !== 'object') throw new WireError('malformed', 'the target sent rows that it had not described')
  if (!fits(run, size)) {
    giveUp(run, reply)
    return 'drop'
  }
  run.present = reply
  run.mask = reply.show
  return 'rewrite'
}

/** Room for a row as it comes and as it goes; those that come in one read cost nothing that is not there anyway. */
function fits(run: RowRun, size: number): boolean {
  if (size > mostRow) return false
  if (size <= oneRead) return true
  if (!run.memory.take(2 * size)) return false
  run.taken = 2 * size
  return true
}

function giveUp({ session }: RowRun, reply: Reply): void {
  reply.show = 'too_large'
  session.out.push({ do: 'cancel' })
}

export function rewriteRow(run: RowRun, bytes: Uint8Array, start: number, end: number): void {
  const { out, mask, present } = run
  const before = out.at
  if (before === 0) reserve(out, bytes.length)
  try {
    mask!.rewrite(bytes, start, end, out)
  } catch (error) {
    if (!(error instanceof WireError) || error.kind !== 'too_large') throw error
    giveUp(run, present!)
  } finally {
    if (run.taken > 0) releaseRows(run)
  }
  present!.part.bytes += out.at - before
}

/** Puts what passes behind the rows. */
export function passBehind(run: RowRun, bytes: Uint8Array): void {
  const { out } = run
  if (out.at === 0 || bytes.length > fewBytes) {
    flushRows(run)
    run.session.out.push({ do: 'client', bytes })
    return
  }
  reserve(out, bytes.length)
  out.bytes.set(bytes, out.at)
  out.at += bytes.length
}

export function flushRows({ out, session }: RowRun): void {
  if (out.at > 0) session.out.push({ do: 'client', bytes: take(out) })
}

/** The statement has ended well. @throws {WireError} when a row of it was left out. */
export function rowsEnded(run: RowRun, reply: Reply): void {
  if (reply.show === 'too_large') throw new WireError('too_large', tooLarge)
  if (reply.part.veil) reply.show = 'undescribed'
  run.present = undefined
  run.mask = undefined
}

/** It ended with an error: the one to say in its place, if it was given up because of us. */
export function givenUp(reply: Reply): Uint8Array | undefined {
  return reply.show === 'too_large' ? errorResponse({ severity: 'ERROR', code: '54000', message: tooLarge, hint }) : undefined
}

/** Gives back what is held of the budget. */
export function releaseRows(run: RowRun): void {
  run.memory.give(run.taken)
  run.taken = 0
}

/** A copy of so many costs less than a piece of their own. */
const fewBytes = 1024

/** What a read of a socket brings at most. */
const oneRead = 64 * 1024

const tooLarge = `a row with masked columns may have at most ${mostRow / 1024 / 1024} MiB, and as much as the gateway has room for`
const hint = 'select fewer or shorter columns'
