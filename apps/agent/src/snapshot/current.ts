import type { Config, Snapshot } from '@sallyport/gate'
import type { CompiledSnapshot } from './compile.js'

/** The snapshot in force and who wants to know of the next. Listeners are told synchronously and in order. */
export interface Current {
  readonly current: Config['current']
  readonly onChange: Config['onChange']
  compiled(): CompiledSnapshot | undefined
  install(compiled: CompiledSnapshot): void
  /** Ends what is in force: from now on nothing new is allowed and live sessions are stale. */
  revoke(): void
}

export function createCurrent(): Current {
  const listeners = new Set<(snapshot: Snapshot) => void>()
  let compiled: CompiledSnapshot | undefined
  const install = (next: CompiledSnapshot): void => {
    compiled = next
    for (const listener of listeners) listener(next.snapshot)
  }
  return {
    current: () => compiled?.snapshot,
    compiled: () => compiled,
    onChange: (listener) => {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
    install,
    revoke: () => {
      if (compiled !== undefined && compiled.snapshot.expiresAt > 0)
        install({ ...compiled, snapshot: { ...compiled.snapshot, expiresAt: 0 } })
    },
  }
}
