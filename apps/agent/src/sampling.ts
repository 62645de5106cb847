import { SallyportError } from '@sallyport/core'
import type { Config, Dialer, Protocol, Sampled } from '@sallyport/gate'
import type { PlaneLog } from './plane/plane.js'

/**
 * Reads rows of a target because the control plane asks which of its columns need a label: into the trail first, for it
 * is data that is read. No session waits for it, it has a connection of its own, and values stay in this process: not
 * even a log gets an error's own words.
 */
export interface Sampling {
  /** Throws `SallyportError` whose message may be told. */
  readonly sample: (wanted: SamplingWanted, signal: AbortSignal) => Promise<Sampled>
}

export interface SamplingWanted {
  /** `res_` id. */
  readonly resource: string
  /** Says whether that target is the one that is meant. */
  readonly meant: (target: Readonly<Record<string, unknown>>) => boolean
  /** Of one relation, at most. */
  readonly rows: number
}

export interface SamplingOptions {
  readonly config: Pick<Config, 'current'>
  readonly dialer: Dialer
  readonly protocols: readonly Protocol[]
  readonly log: Pick<PlaneLog, 'info' | 'warn'>
  /** Into the trail; nothing is read before it is durable. */
  readonly note: (detail: { readonly resource: string; readonly rows: number }) => void | Promise<void>
  /** Milliseconds; with what a statement may take it ends before whoever asked gives up. */
  readonly time?: number
  readonly atOnce?: number
}

export function createSampling({ config, dialer, protocols, log, note, time = 40_000, atOnce = 2 }: SamplingOptions): Sampling {
  const busy = new Set<string>()

  function wantedOf({ resource: id, meant }: SamplingWanted) {
    const snapshot = config.current()
    if (snapshot === undefined || snapshot.expiresAt <= Date.now())
      throw new SallyportError('stale', 'this agent has no configuration in force')
    const resource = [...snapshot.resources.values()].find((one) => one.id === id)
    if (resource === undefined) throw new SallyportError('not_found', 'this agent does not serve the resource')
    if (!meant(resource.target)) throw new SallyportError('conflict', 'this agent does not have the present target of the resource yet')
    const load = protocols.find(({ name }) => name === resource.protocol)?.load.sample
    if (load === undefined) throw new SallyportError('unprocessable', `nothing of a ${resource.protocol} target can be sampled`)
    return { resource, load }
  }

  return {
    async sample(wanted, signal) {
      const { resource, load } = wantedOf(wanted)
      const { id, name } = resource
      if (busy.has(id) || busy.size >= atOnce) throw new SallyportError('too_many', 'this agent samples enough already')
      busy.add(id)
      try {
        await note({ resource: name, rows: wanted.rows })
        const sampled = await (await load())({ resource, rows: wanted.rows, time, signal, dial: () => dialer.dial(resource, signal) })
        const { relations, skipped, proposals } = sampled
        log.info({ resource: name, relations, skipped, proposals: proposals.length }, 'a target was sampled')
        return sampled
      } catch (error) {
        if (error instanceof SallyportError) throw error
        log.warn(
          { resource: name, reason: error instanceof Error ? error.name : 'unknown' },
          'a target could not be sampled inside the agent',
        )
        throw new SallyportError('internal', 'an error inside the agent')
      } finally {
        busy.delete(id)
      }
    },
  }
}
