import type { KeyObject } from 'node:crypto'

/**
 * What makes this agent itself: ids that the control plane issued, keys that never left this machine. A caller must not
 * run two processes on one data directory: the second one is a copy, and the control plane quarantines for it.
 */
export interface AgentIdentity {
  /** `agt_` id. */
  readonly agentId: string
  /** `ins_` id of the one process that writes this data directory's spool. */
  readonly instanceId: string
  /** Ed25519: signs the heads of the trail. */
  readonly auditKey: KeyObject
  /** X25519: opens the secrets of the snapshot. */
  readonly sealingKey: KeyObject
}
