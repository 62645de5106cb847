import type { AgentStreams } from './agent-streams/options.js'
import type { KeyStore } from './auth/key-store.js'
import type { Config } from './config.js'
import type { ConfigChanges, Database } from './db/index.js'
import type { RunningJobs } from './jobs/index.js'
import type { Log } from './log.js'
import type { SecretBox } from './secrets/index.js'

/** What the modules are made of. A service takes the two or three parts it uses, never the whole. */
export interface Context {
  readonly config: Pick<Config, 'audience' | 'apiAudience' | 'bind'>
  readonly db: Database
  readonly changes: Pick<ConfigChanges, 'revision'>
  readonly secrets: SecretBox
  readonly keys: KeyStore
  readonly log: Log
  readonly now: () => number
  /** A listener of this installation is off loopback. */
  readonly exposed: boolean
  /** Absent where only REST runs (tests of REST, the generator of the OpenAPI document). */
  readonly jobs?: Pick<RunningJobs, 'suggestLabels'>
  readonly streams?: Pick<AgentStreams, 'createJoinToken'>
}
