import type { Duplex } from 'node:stream'
import type {
  Action,
  Allow,
  CloseReason,
  Filed,
  HashKey,
  Hold,
  Identity,
  Masks,
  Outcome,
  Refusal,
  Resource,
  SessionFacts,
  Unit,
} from '@sallyport/core'

/**
 * The gate decides; an engine only speaks the wire. An engine gets a `Gate` and nothing else: it cannot dial or judge
 * before `authenticate` and `open` have said yes, because only their results have those methods. A caller must not keep
 * a `GatedSession` beyond its `signal`, nor forward a byte without a `Permit`.
 */
export interface Engine {
  /** Serves one client connection to its end. Resolves when both sides are closed; rejects never for what a client does. */
  serve(client: Connection, gate: Gate): Promise<void>
}

/** A client's transport. The agent owns the sockets: TLS is asked for, not done, by an engine. */
export interface Connection {
  readonly stream: Duplex
  /** Remote address without port. */
  readonly address: string
  /** TLS is already on. */
  readonly encrypted: boolean
  /** The listener's option: secrets may be taken without TLS from loopback. */
  readonly plaintextAllowed: boolean
  /** Aborted when the agent drains or cuts everything. */
  readonly signal: AbortSignal
  /** What ALPN agreed on, where TLS is on and the client asked. */
  readonly alpn?: string
  /**
   * Turns this transport into the server side of TLS; what is still unread in `stream` is the start of the handshake.
   * A protocol that asks for TLS in clear must close instead when bytes came along with the question.
   */
  upgrade(options?: { readonly alpn?: readonly string[] }): Promise<Connection>
}

export interface UpstreamTls {
  /** As libpq: `require` encrypts only, `verify-ca` checks the chain, `verify-full` also the name. */
  readonly verify: 'require' | 'verify-ca' | 'verify-full'
  /** PEM; absent: the system's roots. */
  readonly ca?: string
  readonly servername: string
  readonly alpn?: readonly string[]
}

/** A transport to the target; credentials are injected over it by the engine from `session.resource`. */
export interface Upstream {
  readonly stream: Duplex
  readonly encrypted: boolean
  upgrade(tls: UpstreamTls): Promise<Upstream>
  /** Hash of the peer's certificate (RFC 5929 `tls-server-end-point`), for channel binding; absent without TLS. */
  readonly endPoint?: Uint8Array
}

/** What a caller presented. `claimed` is the name the protocol made it say (`user` of PostgreSQL); it must be the principal's. */
export interface Credential {
  readonly kind: 'bearer'
  readonly token: string
  readonly claimed?: string
  readonly protocol: string
  readonly address: string
}

export interface Target {
  readonly resource: string
  readonly facts: Omit<SessionFacts, 'id'>
  /** What else the session is, once it is known at what; asked only of a resource there is. May throw `SallyportError`, which refuses the session. */
  readonly within?: (resource: Resource) => Pick<SessionFacts, 'database' | 'role'>
}

export interface Gate {
  /** Throws `SallyportError`; the refusal is already recorded. */
  authenticate(credential: Credential): Promise<Identity>
  /** Decides `connect`, records it, and only then hands out a session. Throws `SallyportError`. */
  open(who: Identity, want: Target): Promise<GatedSession>
}

export interface GatedSession {
  readonly id: string
  readonly identity: Identity
  readonly resource: Resource
  /** Aborted with a `CloseReason` as its reason: revoked, locked, expired, stale, drained, terminated. */
  readonly signal: AbortSignal
  /** Connects to the target. May be called again (a cancel request, the target model); throws `SallyportError`. */
  dial(): Promise<Upstream>
  /**
   * As `dial`, until `close` also of a session that was cut: only to ask the target to give up what still runs there,
   * never to start anything. Throws `SallyportError`.
   */
  dialToCancel(): Promise<Upstream>
  /** Answers at once unless it must wait (a strict record, a hold). Throws never: what fails is a refusal. */
  judge(unit: Unit, presenter?: Presenter): Permit | Refusal | Promise<Permit | Refusal>
  /**
   * Whether a fact that costs something to find out could change what is decided about an action. A protocol must not look
   * for it otherwise, and asks `judge` with what it found.
   */
  wants(fact: string, action: Action): boolean
  /** Ends the session and records it, once; later calls do nothing. Never rejects. */
  close(reason: CloseReason): Promise<void>
}

/** Linear: nothing is forwarded without one; one that is not closed by `done` is recorded as outcome unknown. */
export interface Permit {
  readonly kind: 'permit'
  readonly allow: Allow
  /** What this caller may see only masked here, whatever the statement; absent: nothing. The same object as long as it is the same. */
  readonly masks?: Masks
  /** Keys of hashed values, the one for new tokens first; empty or absent: there is none, and what should be hashed is redacted. */
  readonly hashKeys?: readonly HashKey[]
  /**
   * Calls back when it lapses, at once if it has, never after `done`: cancel upstream, cut within a second. One listener,
   * the last one counts. No signal: one that nobody looks at would cost every statement as much as its decision.
   */
  onLapse(listener: (reason: CloseReason) => void): void
  done(outcome: Outcome): void
}

/** How a hold reaches the caller, and how the caller's leaving reaches the hold. */
export interface Presenter {
  /** Hang-up, cancel, deadline of this one question. Made when somebody asks for it. */
  signal(): AbortSignal
  held(hold: Hold, filed: Filed): void
}
