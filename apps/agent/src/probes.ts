import type { Resource } from '@sallyport/core'
import { SallyportError } from '@sallyport/core'
import type { Config, Dialer, Posture, Probe, ProbeOptions, Protocol, Snapshot } from '@sallyport/gate'
import type { PlaneLog } from './plane/plane.js'

/**
 * Looks at every target that this agent serves: when it is new or was changed, when its catalog has changed, and now and
 * then. No session waits for it. What is found, or why nothing could be, is told each time.
 */
export interface Probes {
  /** The catalog of this resource's target has changed. */
  changed(resource: string): void
  close(): void
}

export interface Probed {
  /** `res_` id. */
  readonly resource: string
  readonly database: string
  /** What was looked at. */
  readonly target: Resource['target']
  /** Milliseconds of the monotonic clock. */
  readonly at: number
  readonly outcome: { readonly findings: Posture['findings'] } | { readonly error: string }
}

export interface ProbesOptions {
  readonly config: Pick<Config, 'current' | 'onChange'>
  readonly dialer: Dialer
  readonly protocols: readonly Protocol[]
  readonly tell: (probed: Probed) => void
  readonly log: Pick<PlaneLog, 'warn'>
  readonly limits?: ProbeLimits
}

/** Milliseconds unless said. */
export interface ProbeLimits {
  /** Between two looks at a target that answers. */
  readonly every: number
  /** Before a target that did not answer is looked at again; doubles with each failure, up to `every`. */
  readonly retry: number
  /** Between two looks, however often its catalog changes. */
  readonly least: number
  /** One look. */
  readonly time: number
  /** Looks at a time. */
  readonly atOnce: number
}

export const probeLimits: ProbeLimits = { every: 600_000, retry: 5_000, least: 30_000, time: 30_000, atOnce: 4 }

interface Watched {
  readonly resource: Resource
  readonly masked: ProbeOptions['masked']
  readonly gone: AbortController
  timer: NodeJS.Timeout | undefined
  lookedAt: number
  failures: number
}

export function createProbes({ config, dialer, protocols, tell, log, limits = probeLimits }: ProbesOptions): Probes {
  const watched = new Map<string, Watched>()
  const queue = new Set<Watched>()
  let looking = 0

  function follow(snapshot: Snapshot | undefined): void {
    const served = snapshot === undefined || snapshot.expiresAt <= Date.now() ? [] : [...snapshot.resources.values()]
    const wanted = new Map(served.filter((resource) => probeOf(resource) !== undefined).map((resource) => [resource.id, resource]))
    for (const [id, one] of watched) if (!wanted.has(id)) forget(id, one)
    const masking = snapshot?.policies.filter(({ masks }) => masks.length > 0) ?? []
    for (const [id, resource] of wanted) {
      const masked = maskedBy(masking, resource)
      const known = watched.get(id)
      // A resource that was not changed stays the same object from snapshot to snapshot.
      if (known?.resource === resource && JSON.stringify(known.masked) === JSON.stringify(masked)) continue
      if (known) forget(id, known)
      const one: Watched = { resource, masked, gone: new AbortController(), timer: undefined, lookedAt: -Infinity, failures: 0 }
      watched.set(id, one)
      enqueue(one)
    }
  }

  function probeOf({ protocol }: Resource): (() => Promise<Probe>) | undefined {
    return protocols.find(({ name }) => name === protocol)?.load.probe
  }

  function forget(id: string, one: Watched): void {
    clearTimeout(one.timer)
    one.gone.abort()
    queue.delete(one)
    watched.delete(id)
  }

  function enqueue(one: Watched): void {
    queue.add(one)
    next()
  }

  function next(): void {
    for (const one of queue) {
      if (looking >= limits.atOnce) return
      queue.delete(one)
      looking += 1
      void look(one).finally(() => {
        looking -= 1
        next()
      })
    }
  }

  async function look(one: Watched): Promise<void> {
    const { resource, masked, gone } = one
    // Without a configuration in force the agent has no business there.
    if ((config.current()?.expiresAt ?? 0) <= Date.now()) return again(one, limits.every)
    clearTimeout(one.timer)
    one.lookedAt = performance.now()
    const signal = AbortSignal.any([gone.signal, AbortSignal.timeout(limits.time)])
    let outcome: Probed['outcome']
    let database = databaseOf(resource)
    try {
      const probe = await probeOf(resource)!()
      const posture = await probe({ resource, masked, signal, dial: () => dialer.dial(resource, signal) })
      outcome = { findings: posture.findings }
      database = posture.database
    } catch (error) {
      outcome = { error: reasonOf(error, resource) }
    }
    if (gone.signal.aborted) return
    one.failures = 'error' in outcome ? one.failures + 1 : 0
    again(one, one.failures === 0 ? limits.every : Math.min(limits.every, limits.retry * 2 ** (one.failures - 1)))
    tell({ resource: resource.id, database, target: resource.target, at: one.lookedAt, outcome })
  }

  /** Not all at one moment. */
  function again(one: Watched, ms: number): void {
    clearTimeout(one.timer)
    one.timer = setTimeout(() => enqueue(one), ms * (0.9 + Math.random() / 5)).unref()
  }

  /** What is known of it may be told: a refusal by the target names at most the agent's own login. */
  function reasonOf(error: unknown, { name }: Resource): string {
    if (error instanceof SallyportError) return error.message
    log.warn({ resource: name, reason: error instanceof Error ? error.message : 'unknown' }, 'a look at a target failed inside the agent')
    return 'an error inside the agent'
  }

  const unsubscribe = config.onChange(follow)
  follow(config.current())
  return {
    changed(id) {
      const one = watched.get(id)
      if (one !== undefined) again(one, Math.max(limits.retry / 5, one.lookedAt + limits.least - performance.now()))
    },
    close() {
      unsubscribe()
      for (const [id, one] of watched) forget(id, one)
    },
  }
}

function maskedBy(policies: Snapshot['policies'], resource: Resource): ProbeOptions['masked'] {
  const covering = policies.filter((policy) => policy.covers(resource))
  return covering.flatMap(({ document }) => (document.masks ?? []).map(({ columns = [], labels = [] }) => ({ columns, labels })))
}

function databaseOf({ target }: Resource): string {
  const { database } = target
  return typeof database === 'string' ? database : ''
}
