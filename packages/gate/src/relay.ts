import type { Duplex } from 'node:stream'
import type { CloseReason, Filed, Hold, Refusal, Unit } from '@sallyport/core'
import type { Dialect, Step } from './dialect.js'
import type { GatedSession, Permit, Presenter } from './engine.js'
import { createLane, endLane, holdLane, type Lane, startLane, uncorkLane, writeLane } from './lane.js'

/**
 * The only I/O loop of the message protocols: it carries a dialect's steps out in order, asks the session for permits
 * and holds bytes back under pressure. It knows no protocol and decides nothing. A caller must hand over both streams
 * for good, with whatever was read too far already unshifted.
 */
export interface RelayOptions<Q, A> {
  readonly client: Duplex
  readonly target: Duplex
  readonly session: GatedSession
  readonly dialect: Dialect<Q, A>
  /** Answers a `need`, at once where it can. A rejection ends the session. */
  readonly answer: (query: Q) => A | Promise<A>
  /** Asks the target, out of band, to give up what runs; one that says nothing to it must be destroyed after a moment. */
  readonly cancel: () => void
  readonly limits?: Partial<RelayLimits>
}

export interface RelayLimits {
  /** Client bytes kept while a question is open, before its socket is paused. */
  readonly readAhead: number
  /** Bytes that one side may leave unread before the other is not read any more. */
  readonly unsent: number
  /** Milliseconds that a closing side gets to take its last bytes. */
  readonly linger: number
  /** Milliseconds that people may be asked for a client that is not read: nobody would notice if it left. */
  readonly unwatched: number
}

const defaults: RelayLimits = { readAhead: 256 * 1024, unsent: 128 * 1024, linger: 1000, unwatched: 5000 }

/**
 * One relay. Plain data and functions over it: thousands of sessions stand idle at once, and a function of its own for
 * each thing that a session may do would be most of what a session weighs.
 */
interface Relay<Q, A> {
  readonly options: RelayOptions<Q, A>
  readonly limits: RelayLimits
  readonly client: Lane
  readonly target: Lane
  /** Few at a time, and the oldest mostly ends first. */
  readonly permits: { readonly id: number; readonly permit: Permit }[]
  /** What came from the client while a question was open. */
  readonly backlog: Uint8Array[]
  backlogBytes: number
  readonly queue: Step<Q>[]
  running: boolean
  /** The id of the one question that is open; undefined when none is. */
  asked: number | undefined
  /** Made when somebody looks at it: most questions are answered at once. */
  leaving: AbortController | undefined
  left: boolean
  /** People are asked the open question. */
  held: boolean
  /** Runs while they are and the client is not read. */
  unwatched: NodeJS.Timeout | undefined
  ending: CloseReason | undefined
  readonly presenter: Presenter
  readonly onLapse: (reason: CloseReason) => void
  readonly onCut: () => void
  readonly over: () => void
}

/** Resolves when both sides are closed and the session is recorded as ended. Never rejects. */
export function relay<Q, A>(options: RelayOptions<Q, A>): Promise<void> {
  const { session } = options
  const limits = options.limits ? { ...defaults, ...options.limits } : defaults
  return new Promise((over) => {
    const client: Lane = createLane(options.client, limits.unsent, {
      onChunk: (chunk) => fromClient(relay, chunk),
      onGone: () => gone(relay, 'client'),
      onBlocked: (on) => holdLane(target, 'peer', on),
    })
    const target: Lane = createLane(options.target, limits.unsent, {
      onChunk: (chunk) => fromTarget(relay, chunk),
      onGone: () => gone(relay, 'server'),
      onBlocked: (on) => holdLane(client, 'peer', on),
    })
    const relay: Relay<Q, A> = {
      options,
      limits,
      client,
      target,
      permits: [],
      backlog: [],
      backlogBytes: 0,
      queue: [],
      running: false,
      asked: undefined,
      leaving: undefined,
      left: false,
      held: false,
      unwatched: undefined,
      ending: undefined,
      presenter: { signal: () => leavingSignal(relay), held: (hold, filed) => held(relay, hold, filed) },
      onLapse: (reason) => lapse(relay, reason),
      onCut: () => cutOff(relay),
      over,
    }
    session.signal.addEventListener('abort', relay.onCut, { once: true })
    if (session.signal.aborted) cutOff(relay)
    startLane(client)
    startLane(target)
  })
}

function leavingSignal<Q, A>(relay: Relay<Q, A>): AbortSignal {
  if (relay.left || relay.ending || relay.asked === undefined) return AbortSignal.abort()
  relay.leaving ??= new AbortController()
  return relay.leaving.signal
}

function held<Q, A>(relay: Relay<Q, A>, hold: Hold, filed: Filed): void {
  const id = relay.asked
  if (id === undefined || relay.ending) return
  relay.held = true
  attempt(relay, () => relay.options.dialect.held(id, hold, filed))
  for (const chunk of relay.backlog) watch(relay, chunk)
  // What came in one read with the question was handed over with it.
  watch(relay, nothing)
}

const nothing = new Uint8Array()

/** Whoever says goodbye, or can no longer be seen to be there, waits for nothing. */
function watch<Q, A>(relay: Relay<Q, A>, chunk: Uint8Array): void {
  if (relay.options.dialect.leaves?.(chunk) === true) return giveUp(relay)
  if (relay.client.held === 0) return
  relay.unwatched ??= setTimeout(() => {
    relay.unwatched = undefined
    if (relay.client.held !== 0) giveUp(relay)
  }, relay.limits.unwatched).unref()
}

function giveUp<Q, A>(relay: Relay<Q, A>): void {
  relay.leaving ??= new AbortController()
  relay.leaving.abort()
}

function fromClient<Q, A>(relay: Relay<Q, A>, chunk: Uint8Array): void {
  if (relay.ending) return
  if (relay.asked !== undefined) return keep(relay, chunk)
  try {
    carry(relay, relay.options.dialect.client(chunk))
  } catch {
    broken(relay)
  }
}

function keep<Q, A>(relay: Relay<Q, A>, chunk: Uint8Array): void {
  relay.backlog.push(chunk)
  relay.backlogBytes += chunk.length
  if (relay.backlogBytes > relay.limits.readAhead) holdLane(relay.client, 'question', true)
  if (relay.held) watch(relay, chunk)
}

function fromTarget<Q, A>(relay: Relay<Q, A>, chunk: Uint8Array): void {
  if (relay.ending) return
  try {
    carry(relay, relay.options.dialect.server(chunk))
  } catch {
    broken(relay)
  }
}

function gone<Q, A>(relay: Relay<Q, A>, side: 'client' | 'server'): void {
  if (side === 'client') {
    relay.left = true
    relay.leaving?.abort()
    // It takes nothing more, and the target may still have something to say of what runs.
    holdLane(relay.target, 'peer', false)
  }
  if (!relay.ending) attempt(relay, () => relay.options.dialect.ended(side))
}

function cutOff<Q, A>(relay: Relay<Q, A>): void {
  const { dialect, session } = relay.options
  if (!relay.ending) attempt(relay, () => dialect.cut(session.signal.reason as CloseReason))
}

/** For what is rare; bytes take the same way without a function made for each. */
function attempt<Q, A>(relay: Relay<Q, A>, produce: () => readonly Step<Q>[]): void {
  try {
    carry(relay, produce())
  } catch {
    broken(relay)
  }
}

/** Steps may beget steps: they are carried out in order, by whoever came first. */
function carry<Q, A>(relay: Relay<Q, A>, steps: readonly Step<Q>[]): void {
  const { queue, client, target } = relay
  for (const step of steps) queue.push(step)
  if (relay.running) return
  relay.running = true
  client.corked = true
  target.corked = true
  for (let next = 0; next < queue.length && !relay.ending; next++) carryOut(relay, queue[next]!)
  queue.length = 0
  relay.running = false
  uncorkLane(client)
  uncorkLane(target)
  goOn(relay)
}

function carryOut<Q, A>(relay: Relay<Q, A>, step: Step<Q>): void {
  switch (step.do) {
    case 'client':
      return writeLane(relay.client, step.bytes)
    case 'server':
      return writeLane(relay.target, step.bytes)
    case 'judge':
      return judge(relay, step.id, step.unit)
    case 'need':
      return ask(relay, step.id, step.query)
    case 'done':
      return takePermit(relay.permits, step.id)?.done(step.outcome)
    case 'cancel':
      return relay.options.cancel()
    case 'end':
      return finish(relay, step.reason)
    default:
      return step satisfies never
  }
}

/** Takes it out: it is about to end. */
function takePermit(permits: { readonly id: number; readonly permit: Permit }[], id: number): Permit | undefined {
  if (permits[0]?.id === id) return permits.shift()!.permit
  const at = permits.findIndex((one) => one.id === id)
  return at < 0 ? undefined : permits.splice(at, 1)[0]!.permit
}

function judge<Q, A>(relay: Relay<Q, A>, id: number, unit: Unit): void {
  relay.asked = id
  const verdict = relay.options.session.judge(unit, relay.presenter)
  if (!(verdict instanceof Promise)) return verdicted(relay, id, verdict)
  verdict.then(
    (v) => (relay.ending ? tooLate(v) : late(relay, () => verdicted(relay, id, v))),
    () => broken(relay),
  )
}

function verdicted<Q, A>(relay: Relay<Q, A>, id: number, verdict: Permit | Refusal): void {
  const { dialect } = relay.options
  settle(relay)
  if (verdict.kind !== 'permit') return carry(relay, dialect.refused(id, verdict))
  relay.permits.push({ id, permit: verdict })
  verdict.onLapse(relay.onLapse)
  if (!relay.ending) carry(relay, dialect.permitted(id, verdict))
}

function ask<Q, A>(relay: Relay<Q, A>, id: number, query: Q): void {
  relay.asked = id
  const reply = relay.options.answer(query)
  if (!(reply instanceof Promise)) return answered(relay, id, reply)
  reply.then(
    (a) => late(relay, () => answered(relay, id, a)),
    () => broken(relay),
  )
}

function answered<Q, A>(relay: Relay<Q, A>, id: number, reply: A): void {
  settle(relay)
  carry(relay, relay.options.dialect.answered(id, reply))
}

function settle<Q, A>(relay: Relay<Q, A>): void {
  relay.asked = undefined
  relay.leaving = undefined
  relay.held = false
  clearTimeout(relay.unwatched)
  relay.unwatched = undefined
}

function late<Q, A>(relay: Relay<Q, A>, work: () => void): void {
  if (relay.ending) return
  try {
    work()
  } catch {
    broken(relay)
  }
}

/** The session ended while the question was open: nothing of the unit was forwarded, and nothing will be. */
function tooLate(verdict: Permit | Refusal): void {
  if (verdict.kind === 'permit') verdict.done({ status: 'cancelled' })
}

function broken<Q, A>(relay: Relay<Q, A>): void {
  finish(relay, { code: 'internal', message: 'an error inside the gateway ended this session' })
}

/** What runs is no longer allowed: cancelled at the target, and the session is cut before its answer goes on. */
function lapse<Q, A>(relay: Relay<Q, A>, reason: CloseReason): void {
  if (relay.ending) return
  relay.options.cancel()
  attempt(relay, () => relay.options.dialect.cut(reason))
}

function goOn<Q, A>(relay: Relay<Q, A>): void {
  const { backlog, client, limits, options } = relay
  while (relay.asked === undefined && !relay.ending && !relay.running && backlog.length > 0) {
    const chunk = backlog.shift()!
    relay.backlogBytes -= chunk.length
    fromClient(relay, chunk)
  }
  holdLane(client, 'question', relay.backlogBytes > limits.readAhead)
  holdLane(client, 'dialect', options.dialect.full?.() === true)
}

function finish<Q, A>(relay: Relay<Q, A>, reason: CloseReason): void {
  if (relay.ending) return
  const { client, target, limits } = relay
  const { session } = relay.options
  relay.ending = reason
  session.signal.removeEventListener('abort', relay.onCut)
  relay.leaving?.abort()
  clearTimeout(relay.unwatched)
  relay.queue.length = 0
  relay.backlog.length = 0
  uncorkLane(client)
  uncorkLane(target)
  void Promise.all([endLane(client, limits.linger), endLane(target, limits.linger)])
    .then(() => session.close(reason))
    .then(relay.over)
}
