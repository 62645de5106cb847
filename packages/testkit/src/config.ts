import type { Config, Snapshot } from '@sallyport/gate'

export interface FakeConfig extends Config {
  apply(change: Partial<Snapshot>): void
  terminate(session: string, message: string): void
}

/** A configuration that a test changes by hand; every change is a new snapshot with a new version. */
export function createFakeConfig(first: Snapshot): FakeConfig {
  let current = first
  let version = 1
  const listeners = new Set<(snapshot: Snapshot) => void>()
  const terminators = new Set<(session: string, message: string) => void>()
  const subscribe = <T>(set: Set<T>, listener: T) => {
    set.add(listener)
    return () => void set.delete(listener)
  }
  return {
    current: () => current,
    onChange: (listener) => subscribe(listeners, listener),
    onTerminate: (listener) => subscribe(terminators, listener),
    apply(change) {
      current = { ...current, ...change, version: String(++version) }
      for (const listener of listeners) listener(current)
    },
    terminate(session, message) {
      for (const listener of terminators) listener(session, message)
    },
  }
}
