import type { AuditEvent, Filed, Grant, HashKey, HoldRequest, Identity, IdPrefix, Lock, Resource, Unapproved } from '@sallyport/core'
import type { Policy } from '@sallyport/policy'
import type { Credential, Upstream } from './engine.js'

/** What the gate needs of the world, one small port each. The agent implements them; testkit has a fake for every one. */
export interface Ports {
  readonly clock: Clock
  readonly config: Config
  readonly journal: Journal
  readonly authenticator: Authenticator
  readonly dialer: Dialer
  /** Absent: there is nobody to ask, and what is held is refused. */
  readonly approvals?: Approvals
  readonly newId: (prefix: IdPrefix) => string
  /** This agent's id, which locks may name. */
  readonly agent: string
}

export interface Clock {
  /** Milliseconds since the epoch. */
  now(): number
  /** Calls back once after `ms`; the result cancels it. Must not keep the process alive. */
  after(ms: number, callback: () => void): () => void
}

/** The configuration in force. A snapshot is immutable; a change is another snapshot. */
export interface Snapshot {
  readonly version: string
  /** Milliseconds since the epoch: after it nothing new is allowed and live sessions are cut as `stale`. */
  readonly expiresAt: number
  readonly policies: readonly Policy[]
  readonly resources: ReadonlyMap<string, Resource>
  readonly locks: readonly Lock[]
  /** Names of the trust providers in force: an identity whose provider is gone has lapsed. */
  readonly providers: ReadonlySet<string>
  /** What people approved, for whatever is served here; used up ones and those that ran out may still be among them. */
  readonly grants?: readonly Grant[]
  /** Of the tenant, the one for new tokens first. */
  readonly hashKeys?: readonly HashKey[]
}

export interface Config {
  current(): Snapshot | undefined
  /** Called after each change, synchronously and in order. Returns how to unsubscribe. */
  onChange(listener: (snapshot: Snapshot) => void): () => void
  /** Sessions that the control plane wants ended; called with the session's id and why. */
  onTerminate(listener: (session: string, message: string) => void): () => void
}

/** The trail's writer. Order of calls is order of the trail. */
export interface Journal {
  /** `strict` answers when the event is durable; `buffered` answers at once unless its buffer is full. Throws or rejects when the trail cannot be written. */
  append(event: AuditEvent, durability: 'strict' | 'buffered'): void | Promise<void>
  /** Aborted at the first write error: every session must be cut. */
  readonly failed: AbortSignal
}

/** Verifies a credential against the trust providers of the snapshot. Throws `SallyportError`. */
export interface Authenticator {
  authenticate(credential: Credential): Promise<Identity>
}

/** The way to people. Only the control plane has one, so that every method may fail for its being away. */
export interface Approvals {
  /** The same request asked again is the same approval. Throws `SallyportError`. */
  file(request: HoldRequest): Promise<Filed>
  /** Takes one use of a grant, compared and set at the control plane and durable here when it resolves. Throws `SallyportError`: then nothing may run. */
  use(grant: Grant, statement: string): Promise<void>
  /** Whoever asked with this statement has gone and need not be decided for any more. Does not fail; what could not be said is said later, or expires. */
  withdraw(approval: string, why: string, statement: string): void
  /** Calls back when a request ended without a grant. Returns how to unsubscribe. */
  onUnapproved(listener: (ended: Unapproved) => void): () => void
}

export interface Dialer {
  /** Connects to `target.host` and `target.port` (or what the protocol's target names); throws `SallyportError`. */
  dial(resource: Resource, signal: AbortSignal): Promise<Upstream>
}
