import type { Database } from '../db/index.js'
import type { SecretBox } from '../secrets/index.js'

export interface AgentStreamsOptions {
  readonly db: Database
  readonly databaseUrl: string
  readonly secrets: SecretBox
  readonly config: AgentStreamsConfig
  readonly log: StreamsLog
  /** Where people decide on what is held. */
  readonly approvalUrl: (approval: string) => string
  /** Fetches the keys of a trust provider anew; resolves after they were committed. Absent: agents are told that it cannot be done. */
  readonly refetchKeys?: (provider: string, keyId: string) => Promise<void>
}

export interface AgentStreamsConfig {
  readonly bind: string
  /** 0 picks a free one. */
  readonly grpcPort: number
  /** How long an agent enforces a snapshot without the control plane; milliseconds. */
  readonly snapshotTtl: number
  /** Names and addresses of the listener beside `localhost`, `127.0.0.1` and `::1`. */
  readonly grpcNames?: readonly string[]
  /** Of an agent's certificate, milliseconds; at least, and by default, three times the lifetime of a snapshot. */
  readonly certificateLifetime?: number
  /** A listener of this installation is off loopback: trust providers whose issuer is on loopback vouch for nobody. */
  readonly exposed?: boolean
}

export interface StreamsLog {
  info(fields: object, message: string): void
  warn(fields: object, message: string): void
  error(fields: object, message: string): void
}

export interface AgentStreams {
  readonly port: number
  /** PEM of the CA that agents pin. */
  readonly ca: string
  /** Certifies a listener of this control plane under these names; PEM, the certificate with its chain. */
  issueServer(names: readonly string[], lifetime: number): Promise<{ readonly certificate: string; readonly key: string }>
  createJoinToken(wanted: JoinTokenWanted): Promise<{ readonly id: string; readonly token: string; readonly expiresAt: Date }>
  close(): Promise<void>
}

export interface JoinTokenWanted {
  /** None: the agent joins the pool `default`. */
  readonly labels: Readonly<Record<string, string>>
  /** Milliseconds; at most a day. */
  readonly ttl: number
  /** `provider/subject`, or `system`. */
  readonly createdBy: string
}
