import type { timeLimits } from '../target-fields.js'
import type { Batch } from './batch.js'
import type { IsolationChange, TimeoutChange } from './control.js'
import type { Session } from './session.js'

/**
 * What the session holds at the target while nothing of the present unit is there: a transaction in which something ran,
 * and how long a wait may last by the session's own limits. Where batches are still in flight it tells the worst that
 * they may leave. A rolled back SET still counts: it only moves when a wait becomes a request to ask again.
 */
export interface Transaction {
  /** The batch was answered to its end. */
  ended(batch: Batch): void
  /** `open`: the batch of which a part was forwarded, if there is one. */
  state(open: Batch | undefined): 'none' | 'open'
  /**
   * Milliseconds after which the session's own limits would end a wait, as far as they are known: an answer is late then, or
   * the target has ended a session that it takes for idle.
   */
  patience(): number | undefined
  /** The statement that set the isolation that the next one will have, also one on its way; undefined: it is as the session began. */
  isolation(): string | undefined
}

export type TimeLimits = Readonly<Partial<Record<(typeof timeLimits)[number], number>>>

/** Limits that count by a block's status; `most`: how much of one may pass, for what is idle was so before. */
const counting = {
  block: { statement_timeout: 1, idle_in_transaction_session_timeout: 0.9, transaction_timeout: 0.9 },
  none: { statement_timeout: 1, idle_session_timeout: 0.9 },
} as const

/** `began`: what the session began with, in milliseconds. */
export function createTransaction(session: Session, began: TimeLimits): Transaction {
  /** Something ran in the open transaction. */
  let worked = false
  let limits: Readonly<Record<string, number | undefined>> = began
  /** Until the transaction ends. */
  let local: Readonly<Record<string, number | undefined>> | undefined
  /** Asked of every statement: worked out again only when a limit has changed. */
  let least = { block: leastOf(began, 'block'), none: leastOf(began, 'none') }

  let isolation: IsolationChange | undefined
  let isolationHere: IsolationChange | undefined

  function isolate(change: IsolationChange): void {
    if (change.local) isolationHere = change
    else isolation = change
  }

  function set({ name, to, local: here }: TimeoutChange): void {
    if (name === undefined) {
      limits = began
      local = undefined
      return
    }
    const change = { [name]: to ?? began[name as keyof TimeLimits] }
    if (here) local = { ...local, ...change }
    else limits = { ...limits, ...change }
  }

  return {
    ended({ works, timeouts, isolation: isolated, error }) {
      const { status } = session
      if (isolated && error === undefined) isolate(isolated)
      if (status === 'I') isolationHere = undefined
      worked = status !== 'I' && (worked || works || status === 'E')
      if (!local && timeouts.length === 0) return
      if (error === undefined) for (const change of timeouts) set(change)
      if (status === 'I') local = undefined
      const now = { ...limits, ...local }
      least = { block: leastOf(now, 'block'), none: leastOf(now, 'none') }
    },
    state(open) {
      const { status, inFlight } = session
      if (worked || status === 'E') return 'open'
      const block = status === 'T' || open !== undefined || inFlight.some(({ begins }) => begins)
      return block && inFlight.some(({ works }) => works) ? 'open' : 'none'
    },
    isolation() {
      for (let i = session.inFlight.length - 1; i >= 0; i--) {
        const change = session.inFlight[i]!.isolation
        if (change) return change.by
      }
      return (isolationHere ?? isolation)?.by
    },
    patience: () => least[session.status === 'I' ? 'none' : 'block'],
  }
}

function leastOf(limits: Readonly<Record<string, number | undefined>>, where: keyof typeof counting): number | undefined {
  const all = Object.entries(counting[where]).flatMap(([name, most]) => (limits[name] ? [Math.floor(limits[name] * most)] : []))
  return all.length === 0 ? undefined : Math.min(...all)
}
