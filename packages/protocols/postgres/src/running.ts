import type { Refusal } from '@sallyport/core'
import type { GatedSession, Permit, Presenter } from '@sallyport/gate'

/**
 * Knows what of a client's runs at the target and what waits for people, so that a cancel request reaches exactly that:
 * never a target that works for nobody. A caller must give the relay the session from here, not the original.
 */
export interface Running {
  readonly session: GatedSession
  /** A unit of the client's own is at the target. */
  busy(): boolean
  /** Withdraws the question that waits, if one does. */
  withdraw(): void
}

export function trackRunning(session: GatedSession): Running {
  let open = 0
  const waiting = new Set<AbortController>()

  function counted(permit: Permit): Permit {
    let done = false
    open++
    return {
      kind: 'permit',
      allow: permit.allow,
      signal: permit.signal,
      done(outcome) {
        if (!done) open--
        done = true
        permit.done(outcome)
      },
    }
  }

  const settled = (verdict: Permit | Refusal) => (verdict.kind === 'permit' ? counted(verdict) : verdict)

  return {
    session: {
      id: session.id,
      identity: session.identity,
      resource: session.resource,
      signal: session.signal,
      dial: () => session.dial(),
      close: (reason) => session.close(reason),
      judge(unit, presenter) {
        const withdrawn = new AbortController()
        const verdict = session.judge(unit, presenter && joined(presenter, withdrawn.signal))
        if (!(verdict instanceof Promise)) return settled(verdict)
        waiting.add(withdrawn)
        return verdict.finally(() => waiting.delete(withdrawn)).then(settled)
      },
    },
    busy: () => open > 0,
    withdraw() {
      for (const controller of waiting) controller.abort()
    },
  }
}

function joined(presenter: Presenter, withdrawn: AbortSignal): Presenter {
  return { signal: AbortSignal.any([presenter.signal, withdrawn]), held: (hold) => presenter.held(hold) }
}
