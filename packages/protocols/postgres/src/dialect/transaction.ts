import type { Batch } from './batch.js'
import type { Session } from './session.js'

/**
 * What the session holds at the target while nothing of the present unit is there: a transaction in which something ran,
 * and how long an answer may take by the session's own setting. Where batches are still in flight it tells the worst that
 * they may leave. A rolled back SET still counts: it only moves when a wait becomes a request to ask again.
 */
export interface Transaction {
  /** The batch was answered to its end. */
  ended(batch: Batch): void
  /** `open`: the batch of which a part was forwarded, if there is one. */
  state(open: Batch | undefined): 'none' | 'open'
  /** `statement_timeout` in milliseconds; undefined where there is none, or it is not known. */
  patience(): number | undefined
}

export function createTransaction(session: Session, statementTimeout: number | undefined): Transaction {
  /** Something ran in the open transaction. */
  let worked = false
  let timeout = statementTimeout
  /** Until the transaction ends. */
  let local: { readonly to: number | undefined } | undefined

  return {
    ended({ works, timeout: change, error }) {
      const { status } = session
      worked = status !== 'I' && (worked || works || status === 'E')
      if (change && error === undefined) {
        const to = change.to ?? statementTimeout
        if (change.local) local = { to }
        else timeout = to
      }
      if (status === 'I') local = undefined
    },
    state(open) {
      const { status, inFlight } = session
      if (worked || status === 'E') return 'open'
      const block = status === 'T' || open !== undefined || inFlight.some(({ begins }) => begins)
      return block && inFlight.some(({ works }) => works) ? 'open' : 'none'
    },
    patience: () => (local ? local.to : timeout) || undefined,
  }
}
