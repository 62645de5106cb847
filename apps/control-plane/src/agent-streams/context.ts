import type { DirectDatabase } from '../db/index.js'
import type { Authority } from './authority.js'
import type { Links } from './links.js'
import type { AgentStreamsOptions } from './options.js'
import type { Registry } from './registry.js'

/** What the streams of one replica share. */
export interface StreamsContext extends Pick<AgentStreamsOptions, 'db' | 'secrets' | 'log' | 'refetchKeys' | 'approvalUrl'> {
  readonly authority: Authority
  readonly links: Links
  /** For the trail alone. */
  readonly trail: DirectDatabase
  readonly registry: Registry
  /** Lifetime of a snapshot, milliseconds. */
  readonly snapshotTtl: number
}
