import type { AuditEvent } from '@sallyport/core'
import type { Journal } from '@sallyport/gate'

export interface FakeJournal extends Journal {
  readonly events: AuditEvent[]
  ofType<T extends AuditEvent['type']>(type: T): Extract<AuditEvent, { type: T }>[]
  /** Strict appends wait until `release`. */
  stall(): void
  release(): void
  /** From now on every append fails, as on a full disk. */
  breakDown(): void
}

/** A trail in memory that can be slow or full on demand. */
export function createFakeJournal(): FakeJournal {
  const events: AuditEvent[] = []
  const failure = new AbortController()
  let gate: { promise: Promise<void>; open: () => void } | undefined
  let broken = false
  return {
    events,
    failed: failure.signal,
    ofType: (type) => events.filter((e): e is never => e.type === type),
    append(event, durability) {
      if (broken) {
        failure.abort()
        throw new Error('no space left on device')
      }
      events.push(event)
      return durability === 'strict' ? gate?.promise : undefined
    },
    stall() {
      let open = () => {}
      const promise = new Promise<void>((resolve) => (open = resolve))
      gate = { promise, open }
    },
    release() {
      gate?.open()
      gate = undefined
    },
    breakDown() {
      broken = true
    },
  }
}
