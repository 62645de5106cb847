import type { CloseReason, Outcome } from '@sallyport/core'
import type { Step } from '@sallyport/gate'
import type { TransactionStatus } from '../codec/index.js'
import type { Batch, Reply } from './batch.js'
import type { Names } from './names.js'
import type { Parameters } from './parameters.js'
import type { Query } from './question.js'

/**
 * What both directions of one connection share. The client's side adds to `replies` and `inFlight`, the server's side
 * takes from them, and both put their steps into `out`. It belongs to one connection and dies with it.
 */
export interface Session {
  readonly names: Names
  readonly parameters: Parameters
  readonly replies: Reply[]
  /** Batches of which something was forwarded and whose ReadyForQuery has not come, in order. */
  readonly inFlight: Batch[]
  status: TransactionStatus
  /** A LISTEN was permitted: notifications are the client's. */
  listening: boolean
  /** Something may be shown to the caller only masked, by the last permit. */
  masked: boolean
  /** The open transaction, or one on its way, touches what the caller may not see. */
  hides: boolean
  /** The target said FATAL: it closes by itself. */
  dying: boolean
  over: boolean
  out: Step<Query>[]
  /** Set by the side that notices; carried out once the bytes before it are on their way. */
  ending: CloseReason | undefined
}

/** The parts of a batch that hold permits have ended. */
export function settle(session: Session, batch: Batch, status: 'answered' | 'unknown'): void {
  const { error: code } = batch
  for (const { id, rows, bytes, contradicted } of batch.parts) {
    if (id === undefined) continue
    const ended = status === 'unknown' ? status : code === undefined ? 'ok' : code === '57014' ? 'cancelled' : 'failed'
    const outcome: Outcome = rows === undefined ? { status: ended, bytes } : { status: ended, rows, bytes }
    const told = code === undefined || status === 'unknown' ? outcome : { ...outcome, code }
    session.out.push({ do: 'done', id, outcome: contradicted ? { ...told, alert: alertOf(contradicted) } : told })
  }
}

function alertOf(columns: ReadonlySet<string>): string {
  return `masked by what the target says of them, though the statement was read as not showing them: ${[...columns].join(', ')}`.slice(
    0,
    2000,
  )
}
