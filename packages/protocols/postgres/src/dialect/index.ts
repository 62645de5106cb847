import type { Action, CloseReason, Filed, Hold } from '@sallyport/core'
import type { Dialect, MemoryBudget, Step } from '@sallyport/gate'
import { WireError } from '@sallyport/wire'
import { frontend, type TransactionStatus } from '../codec/index.js'
import type { Veils } from '../masking/veil.js'
import type { Batch } from './batch.js'
import { createClientSide, type Limits } from './client.js'
import { createEstimates, type Estimable } from './estimate.js'
import { createForwarder } from './forward.js'
import { createGoodbye } from './goodbye.js'
import { createInquiries } from './inquiry.js'
import { createJudging } from './judging.js'
import { createNames } from './names.js'
import { createParameters } from './parameters.js'
import type { Answer, Query } from './question.js'
import { endingResponse, heldNotice } from './refusal.js'
import { createServerSide } from './server.js'
import { type Session, settle } from './session.js'
import { createTransaction, type TimeLimits } from './transaction.js'

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
  /** Whether making a value of a type, by OID, runs code that nothing vouches for; of one that is not known it must be true. */
  readonly runsCode: (type: number) => boolean
  /** Which actions policies judge by how many rows the target expects; absent: none. */
  readonly estimable?: Estimable
  /** What lies between the answers and the client, by what a permit says of masks. */
  readonly veils: Veils
  /** For statements of our own at the target: one that nobody can guess. */
  readonly secretName: string
  /** The resource is read-only: no transaction of the session may be anything else. */
  readonly readOnly?: boolean
  /** Time limits that the session began with, in milliseconds; absent: none, or not known. */
  readonly timeouts?: TimeLimits
  /** What the names in actions stand for now; asked of what is held. */
  readonly means?: (actions: readonly Action[]) => readonly string[]
  /** Whether a client that waits for people is told so; it is unless said otherwise. */
  readonly notices?: boolean
  readonly limits?: Partial<Limits>
  /** What is gathered before it is judged is taken from here. */
  readonly memory: MemoryBudget
}

export interface PostgresDialect extends Dialect<Query, Answer> {
  /** Transaction status as of the last ReadyForQuery. */
  status(): TransactionStatus
  /** What the target last reported of a setting; undefined for those that it does not report. */
  reported(setting: string): string | undefined
  /** The client wants no answer any more to what is being judged: it is refused, whatever the verdict, and never forwarded. */
  withdraw(): void
  /** Gives back what it holds of the memory budget; to be called once, when its relay has ended. */
  release(): void
}

const MiB = 1024 * 1024
const defaults: Limits = { unitBytes: 64 * MiB, unitMessages: 10_000, statement: MiB, bind: 64 * MiB }

/** Bytes of later units that are taken while an earlier one must end first. */
const readAhead = 256 * 1024

export function createPostgresDialect(options: PostgresDialectOptions): PostgresDialect {
  const limits = { ...defaults, ...options.limits }
  const session: Session = {
    names: createNames(),
    parameters: createParameters(options.parameters),
    replies: [],
    inFlight: [],
    status: options.status,
    listening: false,
    masked: false,
    hides: false,
    dying: false,
    over: false,
    out: [],
    ending: undefined,
  }
  const forwarder = createForwarder(session)
  const inquiries = createInquiries(session, options.secretName)
  /** The client has said goodbye; the target finishes what it has. */
  let leaving = false
  /** The client is gone; the target still says what became of what it has. */
  let departed = false
  /** The batch that may copy, until it is certain that its data is over. */
  let copying: Batch | undefined
  /** Of the question that people are asked. */
  let goodbye: ReturnType<typeof createGoodbye> | undefined
  /** Of ours, to be said as soon as no message is half out. */
  const unsaid: Uint8Array[] = []

  const client = createClientSide({
    limits,
    memory: options.memory,
    events: {
      complete: () => judging.advance(),
      skipping: () => forwarder.skipping(),
      copied: () => {
        // A query may go on to another COPY; a batch goes on with the Sync that ends it.
        if (copying === forwarder.open()) copying = undefined
        else client.wait()
      },
      data: (bytes) => void session.out.push({ do: 'server', bytes }),
      terminate: () => {
        session.out.push({ do: 'server', bytes: frontend.terminate })
        leaving = true
        client.wait()
        if (session.inFlight.length === 0) session.ending = { code: 'client_closed', message: 'the client closed the session' }
      },
      violated({ kind, message }) {
        session.ending ??= { code: kind === 'too_large' ? 'too_large' : 'protocol_violation', message }
      },
    },
  })
  const transaction = createTransaction(session, options.timeouts ?? {})
  const judging = createJudging({
    session,
    client,
    transaction,
    means: options.means,
    forwarder,
    inquiries,
    estimates: createEstimates({ session, inquiries, estimable: options.estimable }),
    context: options.context,
    runsCode: options.runsCode,
    readOnly: options.readOnly === true,
    settled(copyIn) {
      copying = copyIn ? session.inFlight.at(-1) : undefined
      if (copyIn) client.wait()
      else client.gather()
    },
  })
  const server = createServerSide(session, {
    memory: options.memory,
    inquiries,
    copyIn() {
      forwarder.forgetSync()
      if (!leaving && !departed) client.copy()
    },
    executed(batch) {
      // The COPY is the last message of its batch that is answered.
      if (session.replies.length === 0) copyOver(batch)
    },
    failed: copyOver,
    ready(batch) {
      transaction.ended(batch)
      if (batch === copying) goOn()
      else if (!leaving && !departed) judging.advance()
    },
  })

  /** What might have wanted data, or did, has ended. A batch is then ended by its Sync, a query by itself. */
  function copyOver(batch: Batch): void {
    if (batch !== copying) return
    if (batch !== forwarder.open()) return client.wait()
    if (forwarder.owesSync()) forwarder.sync()
    goOn()
  }

  function goOn(): void {
    copying = undefined
    if (!leaving && !departed) client.gather()
  }

  function turn(work: () => void): readonly Step<Query>[] {
    if (session.over) return nothing
    session.out = []
    work()
    if (departed) departing()
    if (!departed && !server.inside()) for (const bytes of unsaid.splice(0)) session.out.push({ do: 'client', bytes })
    if (session.ending) end(session.ending)
    return session.out
  }

  function runs(): boolean {
    return session.inFlight.some((batch) => batch.parts.some(({ id }) => id !== undefined))
  }

  /** What runs is given up, and how that ends is still recorded. Who said goodbye before lets it finish, as at a server. */
  function depart(): void {
    if (departed || !runs()) return void (session.ending ??= gone('client'))
    departed = true
    client.wait()
    if (leaving) return
    session.out.push({ do: 'cancel' })
    // A target that waits for data hears of no cancel.
    if (session.replies[0]?.copying === 'in') session.out.push({ do: 'server', bytes: frontend.copyFail })
  }

  /** A permit that came too late: nobody is there to have asked. */
  function unused(id: number): void {
    session.out.push({ do: 'done', id, outcome: { status: 'cancelled' } })
  }

  function departing(): void {
    session.out = session.out.filter((step) => step.do !== 'client')
    if (session.inFlight.length === 0) session.ending ??= gone('client')
  }

  function fromClient(chunk: Uint8Array): void {
    if (leaving || departed) return
    client.push(chunk)
    if (client.kept() > 2 * limits.unitBytes) session.ending ??= { code: 'too_large', message: 'too much was sent ahead' }
  }

  function fromServer(chunk: Uint8Array): void {
    try {
      server.push(chunk)
      // A query that ends a flushed batch waits until all of it is answered.
      if (session.replies.length === 0 && client.segment().end === 'query') judging.advance()
    } catch (error) {
      if (!(error instanceof WireError)) throw error
      session.ending = { code: error.kind === 'too_large' ? 'too_large' : 'internal', message: error.message }
    }
  }

  function end(reason: CloseReason): void {
    session.over = true
    // What was asked in this very turn would be answered to nobody, and a permit for it never be ended.
    session.out = session.out.filter((step) => step.do !== 'judge' && step.do !== 'need')
    judging.abandon()
    if (runs()) session.out.push({ do: 'cancel' })
    for (const batch of session.inFlight) settle(session, batch, 'unknown')
    const word = endingResponse(reason)
    // Inside a message of the target's our word would be taken for its data.
    if (word && !departed && !session.dying && !server.inside()) session.out.push({ do: 'client', bytes: word })
    session.out.push({ do: 'end', reason })
  }

  function tellHeld(hold: Hold, filed: Filed): void {
    judging.held()
    goodbye = createGoodbye()
    for (const chunk of client.ahead()) goodbye(chunk)
    if (options.notices !== false) unsaid.push(heldNotice(hold, filed))
  }

  function gone(side: 'client' | 'server'): CloseReason {
    if (side === 'client' || leaving || departed) return { code: 'client_closed', message: 'the client closed the session' }
    return { code: 'target_closed', message: 'the target closed the connection' }
  }

  return {
    full: () => client.stopped() && client.kept() > readAhead,
    status: () => session.status,
    reported: (setting) => session.parameters.known(setting),
    release() {
      client.release()
      server.release()
    },
    client: (chunk) => turn(() => fromClient(chunk)),
    server: (chunk) => turn(() => fromServer(chunk)),
    permitted: (id, permit) => turn(() => (departed ? unused(id) : judging.permitted(id, options.veils(permit)))),
    refused: (id, refusal) => turn(() => void (departed || judging.refused(id, refusal))),
    answered: (id, answer) => turn(() => void (departed || judging.answered(id, answer))),
    held: (_id, hold, filed) => turn(() => tellHeld(hold, filed)),
    leaves: (chunk) => goodbye?.(chunk) === true,
    withdraw: () => judging.withdraw(),
    cut: (reason) => turn(() => void (session.ending ??= reason)),
    ended: (side) => turn(() => (side === 'client' ? depart() : void (session.ending ??= gone('server')))),
  }
}

const nothing: readonly [] = []
