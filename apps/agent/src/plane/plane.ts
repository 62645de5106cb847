import type { Approvals, Config, ReadModel } from '@sallyport/gate'
import type { KeySource, TrustProvider } from '@sallyport/identity'
import type { Probed } from '../probes.js'
import type { Sampling } from '../sampling.js'
import type { SpoolReader } from '../spool/reader.js'

/**
 * The control plane as the agent sees it: what is in force, and whether it can be reached. Everything here goes on
 * without a connection until the snapshot expires. A caller must take `current` anew for each decision.
 */
export interface Plane extends Config, KeySource {
  readonly agentId: string
  /** The trust providers of the current snapshot, for the authenticator. */
  providers(): readonly TrustProvider[]
  state(): PlaneState
  /** Resolves when a snapshot that has not expired is in force; rejects when `signal` aborts first. */
  ready(signal: AbortSignal): Promise<void>
  /** Of a resource assigned to this agent; throws `SallyportError`, `unprocessable` for what would be refused again. */
  uploadTargetModel(model: ReadModel): Promise<void>
  /** The same. */
  uploadPosture(probed: Probed): Promise<void>
  /** Who answers when the control plane wants a target sampled; until somebody does it is told to ask later. */
  onSample(sample: Sampling['sample']): void
  /** The way to people; each of its methods says what it does without a connection. */
  readonly approvals: Approvals
  close(): Promise<void>
}

export interface PlaneState {
  /** `refused`: the control plane knows this agent and will not have it; its snapshot is gone. */
  readonly link: 'connecting' | 'connected' | 'refused' | 'closed'
  /** Why it is not connected; one sentence without secrets. */
  readonly lastError?: string
  readonly snapshot?: { readonly version: string; readonly expiresAt: number }
  /** Why the last configuration was refused. */
  readonly lastNack?: string
  /** Milliseconds since the epoch. */
  readonly certificateExpiresAt: number
  /** The last sequence of the spool that the control plane has committed. */
  readonly acknowledged: number
}

export interface PlaneOptions {
  readonly dataDir: string
  /** `HOST:PORT`. */
  readonly server: string
  readonly spool: SpoolReader
  readonly agentVersion: string
  readonly log: PlaneLog
  /** A listener is off loopback: trust providers whose issuer is on loopback vouch for nobody. */
  readonly exposed?: boolean
}

export interface PlaneLog {
  info(fields: object, message: string): void
  warn(fields: object, message: string): void
}
