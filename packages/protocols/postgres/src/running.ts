import type { Refusal, Unit } from '@sallyport/core'
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

export interface RunningEvents {
  /** A permitted unit has ended at the target, or its end will never be known. */
  readonly ended: (unit: Unit) => void
  /** A cancel on its way to the target: until it has got there nothing else may run, or it would hit that. */
  readonly cancelling: () => Promise<void> | undefined
  /** Runs before the session is closed, while it can still dial. */
  readonly closing: () => Promise<void>
}

export function trackRunning(session: GatedSession, { ended, cancelling, closing }: RunningEvents): Running {
  let open = 0
  const waiting = new Set<Question>()
  /** One that was answered at once, and that nobody looked at: it serves the next time. */
  let spare: Question | undefined

  function counted(permit: Permit, unit: Unit): Permit {
    let done = false
    open++
    return {
      kind: 'permit',
      allow: permit.allow,
      ...(permit.masks && { masks: permit.masks }),
      ...(permit.hashKeys && { hashKeys: permit.hashKeys }),
      onLapse: (listener) => permit.onLapse(listener),
      done(outcome) {
        permit.done(outcome)
        if (done) return
        done = true
        open--
        ended(unit)
      },
    }
  }

  const settled = (verdict: Permit | Refusal, unit: Unit) => (verdict.kind === 'permit' ? counted(verdict, unit) : verdict)

  return {
    session: {
      id: session.id,
      identity: session.identity,
      resource: session.resource,
      signal: session.signal,
      dial: () => session.dial(),
      dialToCancel: () => session.dialToCancel(),
      wants: (fact, action) => session.wants(fact, action),
      close: (reason) => closing().then(() => session.close(reason)),
      judge(unit, presenter) {
        const question = spare && spare.of === presenter ? spare : withdrawable(presenter)
        spare = undefined
        const verdict = cancelling()?.then(() => session.judge(unit, question.presenter)) ?? session.judge(unit, question.presenter)
        if (!(verdict instanceof Promise)) {
          spare = question.seen() ? undefined : question
          return settled(verdict, unit)
        }
        waiting.add(question)
        return verdict.finally(() => waiting.delete(question)).then((v) => settled(v, unit))
      },
    },
    busy: () => open > 0,
    withdraw() {
      for (const question of waiting) question.withdraw()
    },
  }
}

interface Question {
  /** Who asks. */
  readonly of: Presenter | undefined
  readonly presenter: Presenter | undefined
  /** Somebody has looked at its signal. */
  seen(): boolean
  withdraw(): void
}

/** Most questions are answered at once and nobody looks at their signal: it is made when somebody does. */
function withdrawable(presenter: Presenter | undefined): Question {
  let controller: AbortController | undefined
  let withdrawn = false
  const withdraw = () => {
    withdrawn = true
    controller?.abort()
  }
  const seen = () => controller !== undefined
  if (!presenter) return { of: presenter, presenter, seen, withdraw }
  const signal = () => {
    if (!controller) {
      controller = new AbortController()
      if (withdrawn || presenter.signal().aborted) withdraw()
      else presenter.signal().addEventListener('abort', withdraw, { once: true })
    }
    return controller.signal
  }
  return {
    of: presenter,
    presenter: {
      signal,
      held: (hold, filed) => presenter.held(hold, filed),
    },
    seen,
    withdraw,
  }
}
