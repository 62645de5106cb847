import { setTimeout as sleep } from 'node:timers/promises'
import type { Upstream } from '@sallyport/gate'
import type { TargetModel } from '@sallyport/sql'
import { openSide, type SideConnection } from '../backend/side.js'
import type { PostgresTarget } from '../target.js'
import { loadModel, type Loaded, readFingerprint } from './load.js'

/**
 * The target models in use: one per resource and database, shared by its sessions, loaded at the first need and again
 * when the catalog may have changed. A model that could not be loaded is absent, and then nothing that depends on names
 * is certain. A caller must `release` its lease when its session ends.
 */
export interface ModelSource {
  lease(options: LeaseOptions): ModelLease
}

export interface LeaseOptions {
  /** Tells databases apart: resource id, target and login. */
  readonly key: string
  /** `res_` id. */
  readonly resource: string
  readonly target: PostgresTarget
  readonly password: string | undefined
  /** Opens a transport of this session; others of the same key may use it while the lease lives. */
  readonly dial: () => Promise<Upstream>
}

export interface ModelLease {
  current(): TargetModel | undefined
  /** Waits for the first load, no longer than the limit; undefined when there is still none. */
  ready(): Promise<TargetModel | undefined>
  /**
   * The catalog has changed, or (`age` above 0) might have: reads it again, unless it was looked at in the last `age`
   * milliseconds. Answers the model in force after that; a change that could not be read leaves none.
   */
  refresh(age: number): Promise<TargetModel | undefined>
  release(): void
}

export interface ModelLimits {
  /** Milliseconds a login waits for the first load. */
  readonly wait: number
  /** Milliseconds a look at the catalog may take. */
  readonly load: number
  /** Milliseconds between looks at the catalog while sessions live. */
  readonly poll: number
  /** Milliseconds before a failed load is tried again. */
  readonly retry: number
  /** Milliseconds a model outlives the last look that found it true, while looks fail. */
  readonly stale: number
  /** Milliseconds a model outlives its last session. */
  readonly keep: number
}

export const modelLimits: ModelLimits = { wait: 5000, load: 30_000, poll: 10_000, retry: 1000, stale: 60_000, keep: 60_000 }

interface Shared {
  loaded: Loaded | undefined
  loading: Promise<TargetModel | undefined> | undefined
  /** Of the last look that worked, and of the last that did not; milliseconds of the monotonic clock. */
  seenAt: number
  failedAt: number
  readonly leases: Set<LeaseOptions>
  poll: NodeJS.Timeout | undefined
  forget: NodeJS.Timeout | undefined
}

export interface ModelEvents {
  readonly warn: (fields: object, message: string) => void
  /** A model was read that differs from the one before. */
  readonly read: (lease: LeaseOptions, model: TargetModel) => void
}

export function createModelSource(events: ModelEvents, limits: ModelLimits = modelLimits): ModelSource {
  const all = new Map<string, Shared>()

  function sharedFor(key: string): Shared {
    const known = all.get(key)
    if (known) return known
    const never = -Infinity
    const made: Shared = {
      loaded: undefined,
      loading: undefined,
      seenAt: never,
      failedAt: never,
      leases: new Set(),
      poll: undefined,
      forget: undefined,
    }
    all.set(key, made)
    return made
  }

  /** One look at a time, whoever asks. Answers undefined when it failed. */
  function load(shared: Shared): Promise<TargetModel | undefined> {
    shared.loading ??= attempt(shared).finally(() => (shared.loading = undefined))
    return shared.loading
  }

  async function attempt(shared: Shared): Promise<TargetModel | undefined> {
    for (;;) {
      const lease = [...shared.leases].at(-1)
      if (!lease) return undefined
      try {
        return await look(shared, lease)
      } catch (error) {
        // A session that ended took its transports along: another one may look.
        if (!shared.leases.has(lease)) continue
        failed(shared, error)
        return undefined
      }
    }
  }

  /** Nobody said that something changed: a look that fails may be the network's doing, for a while. */
  function failed(shared: Shared, error: unknown): void {
    shared.failedAt = performance.now()
    if (shared.failedAt - shared.seenAt > limits.stale) shared.loaded = undefined
    events.warn({ reason: error instanceof Error ? error.message : 'unknown' }, 'the target model could not be read')
  }

  async function look(shared: Shared, lease: LeaseOptions): Promise<TargetModel> {
    const side = await openSide({ ...lease, settings: sideSettings(lease.target), signal: AbortSignal.timeout(limits.load) })
    try {
      const began = performance.now()
      const known = shared.loaded
      if (!known || (await readFingerprintAlone(side)) !== known.fingerprint) {
        const loaded = await loadModel(side, known?.model)
        // The same catalog keeps the same object: what was derived from it stays good.
        const same = loaded.model.epoch === known?.model.epoch
        shared.loaded = same ? { ...loaded, model: known.model } : loaded
        if (!same) events.read(lease, loaded.model)
      }
      shared.seenAt = began
      return shared.loaded!.model
    } finally {
      side.close()
    }
  }

  function lease(options: LeaseOptions): ModelLease {
    const shared = sharedFor(options.key)
    shared.leases.add(options)
    clearTimeout(shared.forget)
    shared.poll ??= setInterval(() => void load(shared), limits.poll).unref()
    return {
      current: () => shared.loaded?.model,
      ready() {
        if (shared.loaded) return Promise.resolve(shared.loaded.model)
        if (performance.now() - shared.failedAt < limits.retry) return Promise.resolve(undefined)
        return Promise.race([load(shared), sleep(limits.wait, undefined, { ref: false })])
      },
      async refresh(age) {
        // A look that began before the change may have missed it.
        await shared.loading
        if (shared.loaded && performance.now() - shared.seenAt < age) return shared.loaded.model
        const model = await load(shared)
        if (!model && age === 0) shared.loaded = undefined
        return model ?? shared.loaded?.model
      },
      release() {
        if (!shared.leases.delete(options) || shared.leases.size > 0) return
        clearInterval(shared.poll)
        shared.poll = undefined
        shared.forget = setTimeout(() => all.delete(options.key), limits.keep).unref()
      },
    }
  }

  return { lease }
}

async function readFingerprintAlone(side: SideConnection): Promise<string> {
  await side.query('set search_path = pg_catalog')
  const mark = await readFingerprint(side)
  await side.query('reset search_path')
  return mark
}

/** The same search path as sessions get, no JIT for small queries, and an end to what hangs. */
function sideSettings({ imposed }: PostgresTarget): Readonly<Record<string, string>> {
  return {
    application_name: 'sallyport/model',
    statement_timeout: '30000',
    jit: 'off',
    ...(imposed.searchPath && { search_path: quoted(imposed.searchPath) }),
  }
}

/** A list of schemas as a setting's value. */
export function quoted(path: readonly string[]): string {
  return path.map((schema) => `"${schema.replaceAll('"', '""')}"`).join(', ')
}
