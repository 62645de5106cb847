import type { CloseReason, Outcome, Unit } from '@sallyport/core'
import type { Permit } from './engine.js'
import type { Granted } from './holds.js'

/**
 * The open permits of one session. A permit is linear: it ends once, by `done`, and whatever is still open when the
 * session ends is told as outcome unknown, never dropped.
 */
export interface OpenPermit extends Permit {
  readonly statement: string
  readonly unit: Unit
  /** Milliseconds since the epoch. */
  readonly since: number
  /** What let it run although it is held; it has been used, and lasts as long as what it let run. */
  readonly granted?: Granted
  /** Hands the permit out: from here on, what it permits may have been forwarded. */
  grant(): Permit
  handedOut(): boolean
  lapse(reason: CloseReason): void
  /** Why it lapsed, once it has. */
  lapsed(): CloseReason | undefined
}

export interface Permits {
  open(asked: Pick<OpenPermit, 'statement' | 'unit' | 'since' | 'allow' | 'masks' | 'hashKeys' | 'granted'>): OpenPermit
  /** Those that are open now. */
  all(): readonly OpenPermit[]
  /** Ends every open permit: as unknown what was granted, as cancelled what never was. */
  abandon(): void
}

export interface PermitOptions {
  readonly ended: (permit: OpenPermit, outcome: Outcome) => void
}

export function createPermits({ ended }: PermitOptions): Permits {
  /**
   * Few are open at once, and they end nearly in the order in which they were opened. A set would be the obvious thing, but
   * one that is added to and taken from for ever makes its table anew again and again, and each table keeps the next alive.
   */
  const live: OpenPermit[] = []

  function forget(entry: OpenPermit): boolean {
    const at = live.indexOf(entry)
    if (at === 0) live.shift()
    else if (at > 0) live.splice(at, 1)
    return at >= 0
  }

  return {
    open({ statement, unit, since, allow, masks, hashKeys, granted }) {
      let handedOut = false
      let lapsed: CloseReason | undefined
      let tell: ((reason: CloseReason) => void) | undefined
      const entry: OpenPermit = {
        kind: 'permit',
        allow,
        ...(masks && { masks }),
        ...(hashKeys && { hashKeys }),
        ...(granted && { granted }),
        statement,
        unit,
        since,
        onLapse(listener) {
          if (lapsed) listener(lapsed)
          else tell = listener
        },
        done(outcome) {
          if (forget(entry)) ended(entry, outcome)
        },
        grant() {
          handedOut = true
          return entry
        },
        handedOut: () => handedOut,
        lapsed: () => lapsed,
        lapse(reason) {
          if (lapsed) return
          lapsed = reason
          tell?.(reason)
        },
      }
      live.push(entry)
      return entry
    },
    all: () => [...live],
    abandon() {
      for (let entry = live[0]; entry; entry = live[0]) entry.done({ status: entry.handedOut() ? 'unknown' : 'cancelled' })
    },
  }
}
