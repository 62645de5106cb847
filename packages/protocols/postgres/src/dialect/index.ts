import type { CloseReason } from '@sallyport/core'
import type { Dialect, Step } from '@sallyport/gate'
import type { Classification } from '@sallyport/sql'
import { WireError } from '@sallyport/wire'
import { frontend, type TransactionStatus } from '../codec/index.js'
import { createClientSide, type Limits } from './client.js'
import { createForwarder } from './forward.js'
import { createJudging } from './judging.js'
import { createNames } from './names.js'
import { createParameters } from './parameters.js'
import { endingResponse, heldNotice } from './refusal.js'
import { createServerSide } from './server.js'
import { type Session, settle } from './session.js'

/**
 * PostgreSQL's protocol 3 after the login, as a pure state machine: sync units are gathered, judged and forwarded whole
 * or not at all, and every answer is matched with its question. A caller must first have sent the client everything up to
 * its first ReadyForQuery, and must hand over bytes of one connection only. Chunks are never kept: what is needed longer
 * is copied. Outputs depend on the bytes alone, not on how they were cut into chunks.
 */
export interface PostgresDialectOptions {
  /** ParameterStatus as the target reported it during the login. */
  readonly parameters: Readonly<Record<string, string>>
  readonly status: TransactionStatus
  /** Settings that change what statements mean: database, role, search_path. They go with every unit. */
  readonly context: Readonly<Record<string, string>>
  readonly limits?: Partial<Limits>
}

export interface Query {
  readonly kind: 'classify'
  readonly texts: readonly string[]
  /** A permitted statement may have changed the search path: names cannot be resolved by the one of the login. */
  readonly renamed: boolean
}

export interface Answer {
  /** One per text, in order. */
  readonly classifications: readonly Classification[]
}

export interface PostgresDialect extends Dialect<Query, Answer> {
  /** Transaction status as of the last ReadyForQuery. */
  readonly status: TransactionStatus
}

const MiB = 1024 * 1024
const defaults: Limits = { unitBytes: 64 * MiB, unitMessages: 10_000, statement: MiB, bind: 64 * MiB }

export function createPostgresDialect(options: PostgresDialectOptions): PostgresDialect {
  const limits = { ...defaults, ...options.limits }
  const session: Session = {
    names: createNames(),
    parameters: createParameters(options.parameters),
    replies: [],
    inFlight: [],
    status: options.status,
    renamed: false,
    listening: false,
    dying: false,
    over: false,
    out: [],
    ending: undefined,
  }
  const forwarder = createForwarder(session)
  /** The client has said goodbye; the target finishes what it has. */
  let leaving = false
  /** `awaited`: only the target knows whether data comes next, so the client is not read. */
  let copy: 'none' | 'awaited' | 'data' = 'none'
  /** Of ours, to be said as soon as no message is half out. */
  const unsaid: Uint8Array[] = []

  const client = createClientSide(limits, {
    complete: () => judging.advance(),
    skipping: () => forwarder.skipping,
    open: () => forwarder.open !== undefined,
    copied: () => {
      // A query may go on to another COPY; a batch goes on with the Sync that ends it.
      copy = forwarder.open ? 'none' : 'awaited'
      if (copy === 'awaited') client.stop()
    },
    data: (bytes) => void session.out.push({ do: 'server', bytes }),
    terminate: () => {
      session.out.push({ do: 'server', bytes: frontend.terminate })
      leaving = true
      client.stop()
      if (session.inFlight.length === 0) session.ending = { code: 'client_closed', message: 'the client closed the session' }
    },
  })
  const judging = createJudging({
    session,
    client,
    forwarder,
    context: options.context,
    settled(copyIn) {
      copy = copyIn ? 'awaited' : 'none'
      if (!copyIn) client.gather()
    },
  })
  const { scanner } = createServerSide(session, {
    copyIn() {
      forwarder.forgetSync()
      copy = 'data'
      if (!leaving) client.copy()
    },
    // Of the messages of a batch the COPY is the last one that is answered.
    executed: () => void (session.replies.length === 0 && copyOver()),
    failed: copyOver,
    ready() {
      if (copy !== 'none') goOn()
      else if (!leaving) judging.advance()
    },
  })

  /** What might have wanted data, or did, has ended. A batch is then ended by its Sync, a query by itself. */
  function copyOver(): void {
    if (copy === 'none') return
    if (forwarder.owesSync) forwarder.sync()
    else if (!forwarder.open) {
      copy = 'awaited'
      return client.stop()
    }
    goOn()
  }

  function goOn(): void {
    copy = 'none'
    if (!leaving) client.gather()
  }

  function turn(work: () => void): readonly Step<Query>[] {
    if (session.over) return nothing
    session.out = []
    work()
    if (!scanner.inside()) for (const bytes of unsaid.splice(0)) session.out.push({ do: 'client', bytes })
    if (session.ending) end(session.ending)
    return session.out
  }

  function fromClient(chunk: Uint8Array): void {
    if (leaving) return
    try {
      client.scanner.push(chunk)
      if (client.scanner.kept() > 2 * limits.unitBytes) throw new WireError('too_large', 'too much was sent ahead')
    } catch (error) {
      if (!(error instanceof WireError)) throw error
      session.ending = { code: error.kind === 'too_large' ? 'too_large' : 'protocol_violation', message: error.message }
    }
  }

  function fromServer(chunk: Uint8Array): void {
    try {
      scanner.push(chunk)
    } catch (error) {
      if (!(error instanceof WireError)) throw error
      session.ending = { code: 'internal', message: error.message }
    }
  }

  function end(reason: CloseReason): void {
    session.over = true
    if (session.inFlight.some((batch) => batch.parts.some(({ id }) => id !== undefined))) session.out.push({ do: 'cancel' })
    for (const batch of session.inFlight) settle(session, batch, 'unknown')
    const word = endingResponse(reason)
    // Inside a message of the target's our word would be taken for its data.
    if (word && !session.dying && !scanner.inside()) session.out.push({ do: 'client', bytes: word })
    session.out.push({ do: 'end', reason })
  }

  function gone(side: 'client' | 'server'): CloseReason {
    if (side === 'client' || leaving) return { code: 'client_closed', message: 'the client closed the session' }
    return { code: 'target_closed', message: 'the target closed the connection' }
  }

  return {
    get status() {
      return session.status
    },
    client: (chunk) => turn(() => fromClient(chunk)),
    server: (chunk) => turn(() => fromServer(chunk)),
    permitted: (id) => turn(() => judging.permitted(id)),
    refused: (id, refusal) => turn(() => judging.refused(id, refusal)),
    answered: (id, answer) => turn(() => judging.answered(id, answer)),
    held: (_id, hold) => turn(() => void unsaid.push(heldNotice(hold))),
    cut: (reason) => turn(() => void (session.ending ??= reason)),
    ended: (side) => turn(() => void (session.ending ??= gone(side))),
  }
}

const nothing: readonly [] = []
