import type { MemoryBudget } from '@sallyport/gate'
import { createGrowing, type Fate, reserve, take, WireError } from '@sallyport/wire'
import { errorResponse } from '../codec/index.js'
import { mostRow, type RowMask } from '../masking/rows.js'
import type { Reply } from './batch.js'
import type { Session } from './session.js'

/**
 * Rows that do not pass as they are: each result is described before its rows come, and then they are rewritten, those of
 * one chunk into one run. A row that comes undescribed ends the session. A caller must `flush` before anything else goes to
 * the client, and when a chunk has ended.
 */
export interface RowRun {
  /** A RowDescription that answers this must be read. */
  describes(reply: Reply): boolean
  /** One that answers the first reply; its fate. */
  described(frame: Uint8Array): 'pass' | 'drop'
  head(reply: Reply, size: number): Fate
  rewrite(bytes: Uint8Array, start: number, end: number): void
  /** Puts what passes behind the rows. */
  pass(bytes: Uint8Array): void
  flush(): void
  /** The statement has ended well. @throws {WireError} when a row of it was left out. */
  ended(reply: Reply): void
  /** It ended with an error: the one to say in its place, if it was given up because of us. */
  given(reply: Reply): Uint8Array | undefined
  /** Gives back what it holds of the budget: the session is over. */
  release(): void
}

export function createRowRun(session: Session, memory: MemoryBudget): RowRun {
  const { replies } = session
  const out = createGrowing()
  /** Whose rows are being rewritten, and how. */
  let present: Reply | undefined
  let mask: RowMask | undefined
  /** Bytes of the budget that the row being gathered holds. */
  let taken = 0

  function describe(reply: Reply, frame: Uint8Array, shown: Reply['shown'][number]): void {
    const rows = reply.part.veil!.rows(frame, shown)
    reply.show = rows.mask ?? 'as_is'
    for (const column of rows.contradicted) (reply.part.contradicted ??= new Set()).add(column)
  }

  function flush(): void {
    if (out.at > 0) session.out.push({ do: 'client', bytes: take(out) })
  }

  function release(): void {
    memory.give(taken)
    taken = 0
  }

  /** Room for a row as it comes and as it goes; those that come in one read cost nothing that is not there anyway. */
  function fits(size: number): boolean {
    if (size > mostRow) return false
    if (size <= oneRead) return true
    if (!memory.take(2 * size)) return false
    taken = 2 * size
    return true
  }

  function giveUp(reply: Reply): void {
    reply.show = 'too_large'
    session.out.push({ do: 'cancel' })
  }

  return {
    describes: ({ kind, part }) => part.veil !== undefined && (kind === 'query' || kind === 'describe_portal'),
    described(frame) {
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
    },
    head(reply, size) {
      if (reply.show === 'too_large') return 'drop'
      if (typeof reply.show !== 'object') throw new WireError('malformed', 'the target sent rows that it had not described')
      if (!fits(size)) {
        giveUp(reply)
        return 'drop'
      }
      present = reply
      mask = reply.show
      return 'rewrite'
    },
    rewrite(bytes, start, end) {
      const before = out.at
      if (before === 0) reserve(out, bytes.length)
      try {
        mask!.rewrite(bytes, start, end, out)
      } catch (error) {
        if (!(error instanceof WireError) || error.kind !== 'too_large') throw error
        giveUp(present!)
      } finally {
        if (taken > 0) release()
      }
      present!.part.bytes += out.at - before
    },
    pass(bytes) {
      if (out.at === 0 || bytes.length > fewBytes) {
        flush()
        session.out.push({ do: 'client', bytes })
        return
      }
      reserve(out, bytes.length)
      out.bytes.set(bytes, out.at)
      out.at += bytes.length
    },
    flush,
    ended(reply) {
      if (reply.show === 'too_large') throw new WireError('too_large', tooLarge)
      if (reply.part.veil) reply.show = 'undescribed'
      present = undefined
      mask = undefined
    },
    release,
    given: (reply) =>
      reply.show === 'too_large' ? errorResponse({ severity: 'ERROR', code: '54000', message: tooLarge, hint }) : undefined,
  }
}

/** A copy of so many costs less than a piece of their own. */
const fewBytes = 1024

/** What a read of a socket brings at most. */
const oneRead = 64 * 1024

const tooLarge = `a row with masked columns may have at most ${mostRow / 1024 / 1024} MiB, and as much as the gateway has room for`
const hint = 'select fewer or shorter columns'
