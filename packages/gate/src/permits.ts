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
  lapse(reason: CloseReason): void
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
  const granted = new WeakSet<OpenPermit>()
  return {
    open(statement, unit, allow) {
      const controller = new AbortController()
      const permit: Permit = {
        kind: 'permit',
        allow,
        signal: controller.signal,
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
          granted.add(entry)
          return permit
        },
        lapse: (reason) => controller.abort(reason),
      }
      live.add(entry)
      return entry
    },
    all: () => live,
    abandon() {
      for (const entry of live) entry.permit.done({ status: granted.has(entry) ? 'unknown' : 'cancelled' })
    },
  }
}
