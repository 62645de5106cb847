import type { StoredIdentity } from '../enrol/identity.js'
import { judgeUpdate } from '../snapshot/accept.js'
import type { HeldSnapshot, ReceivedUpdate } from '../snapshot/accept.js'
import type { Compilation } from '../snapshot/compile.js'
import type { Current } from '../snapshot/current.js'
import type { SnapshotFile } from '../snapshot/file.js'

/**
 * The one place where a snapshot comes into force: judged, understood, on disk, then installed, in that order. So what
 * the agent enforces is what it will enforce after a crash.
 */
export interface Holder {
  held(): HeldSnapshot | undefined
  pinned(): Uint8Array
  take(update: ReceivedUpdate): Promise<Taken>
  /** From disk, at the start; an expired one is left alone. */
  restore(): Promise<void>
  /** The control plane will not have this agent any more: nothing of its configuration stays, in memory or on disk. */
  drop(): Promise<void>
  lastNack(): string | undefined
}

export type Taken = { readonly ok: true } | { readonly ok: false; readonly reason: string; readonly resync: boolean }

export interface HolderOptions {
  readonly identity: StoredIdentity
  readonly file: SnapshotFile
  readonly compile: (held: HeldSnapshot) => Compilation
  readonly current: Current
}

export function createHolder({ identity, file, compile, current }: HolderOptions): Holder {
  let held: HeldSnapshot | undefined
  let lastNack: string | undefined

  const refuse = (reason: string, resync: boolean): Taken => {
    lastNack = reason
    return { ok: false, reason, resync }
  }

  return {
    held: () => held,
    pinned: () => identity.signer(),
    lastNack: () => lastNack,
    take: async (update) => {
      const verdict = judgeUpdate(update, { agent: identity.agentId, pinned: identity.signer(), held, now: Date.now() })
      if (!verdict.ok) return refuse(verdict.reason, verdict.resync)
      const { snapshot } = verdict
      const compilation = compile(snapshot)
      if (!compilation.ok) return refuse(compilation.problems.join('\n'), false)
      await file.store(snapshot)
      if (Buffer.compare(snapshot.head.signer, identity.signer()) !== 0) await identity.replaceSigner(snapshot.head.signer)
      held = snapshot
      lastNack = undefined
      current.install(compilation.compiled)
      return { ok: true }
    },
    restore: async () => {
      const stored = await file.load(identity.signer())
      if (stored === undefined) return
      const compilation = compile(stored)
      if (!compilation.ok) return
      held = stored
      if (stored.head.expiresAt > Date.now()) current.install(compilation.compiled)
    },
    drop: async () => {
      held = undefined
      current.revoke()
      await file.remove()
    },
  }
}
