import type { Allow, CloseReason, Outcome, Unit } from '@sallyport/core'
import type { Permit } from './engine.js'

/**
 * The open permits of one session. A permit is linear: it ends once, by `done`, and whatever is still open when the
 * session ends is told as outcome unknown, never dropped.
 */
export interface OpenPermit {
  readonly statement: string
  readonly unit: Unit
  readonly since: number
  readonly permit: Permit
  /** Hands the permit out: from here on, what it permits may have been forwarded. */
  grant(): Permit
  granted(): boolean
  lapse(reason: CloseReason): void
  /** Why it lapsed, once it has. */
  lapsed(): CloseReason | undefined
}

export interface Permits {
  open(statement: string, unit: Unit, allow: Allow): OpenPermit
  all(): Iterable<OpenPermit>
  /** Ends every open permit: as unknown what was granted, as cancelled what never was. */
  abandon(): void
}

export interface PermitOptions {
  readonly now: () => number
  readonly ended: (permit: OpenPermit, outcome: Outcome) => void
}

export function createPermits({ now, ended }: PermitOptions): Permits {
  const live = new Set<OpenPermit>()
  return {
    open(statement, unit, allow) {
      // Most permits end before they lapse, and nobody asks for their signal: it is made when somebody does.
      let controller: AbortController | undefined
      let granted = false
      let lapsed: CloseReason | undefined
      let tell: ((reason: CloseReason) => void) | undefined
      const permit: Permit = {
        kind: 'permit',
        allow,
        get signal() {
          if (!controller) {
            controller = new AbortController()
            if (lapsed) controller.abort(lapsed)
          }
          return controller.signal
        },
        onLapse(listener) {
          if (lapsed) listener(lapsed)
          else tell = listener
        },
        done(outcome) {
          if (live.delete(entry)) ended(entry, outcome)
        },
      }
      const entry: OpenPermit = {
        statement,
        unit,
        since: now(),
        permit,
        grant() {
          granted = true
          return permit
        },
        granted: () => granted,
        lapsed: () => lapsed,
        lapse(reason) {
          if (lapsed) return
          lapsed = reason
          controller?.abort(reason)
          tell?.(reason)
        },
      }
      live.add(entry)
      return entry
    },
    all: () => live,
    abandon() {
      for (const entry of live) entry.permit.done({ status: entry.granted() ? 'unknown' : 'cancelled' })
    },
  }
}
