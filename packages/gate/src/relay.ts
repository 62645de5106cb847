import type { Duplex } from 'node:stream'
import type { CloseReason, Refusal, Unit } from '@sallyport/core'
import type { Dialect, Step } from './dialect.js'
import type { GatedSession, Permit, Presenter } from './engine.js'
import { createLane, type Lane } from './lane.js'

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
}

const defaults: RelayLimits = { readAhead: 256 * 1024, unsent: 128 * 1024, linger: 1000 }

/** Resolves when both sides are closed and the session is recorded as ended. Never rejects. */
export function relay<Q, A>(options: RelayOptions<Q, A>): Promise<void> {
  const { session, dialect, answer, cancel } = options
  const limits = { ...defaults, ...options.limits }
  return new Promise((resolve) => {
    /** Few at a time, and the oldest mostly ends first. */
    const permits: { readonly id: number; readonly permit: Permit }[] = []
    const client: Lane = createLane(options.client, {
      unsent: limits.unsent,
      onChunk: fromClient,
      onGone: () => gone('client'),
      onBlocked: (b) => target.hold('peer', b),
    })
    const target: Lane = createLane(options.target, {
      unsent: limits.unsent,
      onChunk: fromTarget,
      onGone: () => gone('server'),
      onBlocked: (b) => client.hold('peer', b),
    })
    const backlog: Uint8Array[] = []
    let backlogBytes = 0
    /** The id of the one question that is open; undefined when none is. */
    let asked: number | undefined
    /** Made when somebody looks at it: most questions are answered at once. */
    let leaving: AbortController | undefined
    let left = false
    let ending: CloseReason | undefined
    let running = false
    const queue: Step<Q>[] = []
    const presenter: Presenter = {
      signal() {
        if (left || ending || asked === undefined) return AbortSignal.abort()
        leaving ??= new AbortController()
        return leaving.signal
      },
      held(hold) {
        const id = asked
        if (id !== undefined && !ending) attempt(() => dialect.held(id, hold))
      },
    }

    session.signal.addEventListener('abort', onCut, { once: true })
    if (session.signal.aborted) onCut()

    function fromClient(chunk: Uint8Array): void {
      if (ending) return
      if (asked !== undefined) return keep(chunk)
      try {
        carry(dialect.client(chunk))
      } catch {
        broken()
      }
    }

    function keep(chunk: Uint8Array): void {
      backlog.push(chunk)
      backlogBytes += chunk.length
      if (backlogBytes > limits.readAhead) client.hold('question', true)
    }

    function fromTarget(chunk: Uint8Array): void {
      if (ending) return
      try {
        carry(dialect.server(chunk))
      } catch {
        broken()
      }
    }

    function gone(side: 'client' | 'server'): void {
      if (side === 'client') {
        left = true
        leaving?.abort()
        // It takes nothing more, and the target may still have something to say of what runs.
        target.hold('peer', false)
      }
      if (!ending) attempt(() => dialect.ended(side))
    }

    function onCut(): void {
      if (!ending) attempt(() => dialect.cut(session.signal.reason as CloseReason))
    }

    /** For what is rare; bytes take the same way without a function made for each. */
    function attempt(produce: () => readonly Step<Q>[]): void {
      try {
        carry(produce())
      } catch {
        broken()
      }
    }

    /** Steps may beget steps: they are carried out in order, by whoever came first. */
    function carry(steps: readonly Step<Q>[]): void {
      for (const step of steps) queue.push(step)
      if (running) return
      running = true
      client.cork()
      target.cork()
      for (let next = 0; next < queue.length && !ending; next++) carryOut(queue[next]!)
      queue.length = 0
      running = false
      client.uncork()
      target.uncork()
      goOn()
    }

    function carryOut(step: Step<Q>): void {
      switch (step.do) {
        case 'client':
          return client.write(step.bytes)
        case 'server':
          return target.write(step.bytes)
        case 'judge':
          return judge(step.id, step.unit)
        case 'need':
          return ask(step.id, step.query)
        case 'done':
          return permitOf(step.id)?.done(step.outcome)
        case 'cancel':
          return cancel()
        case 'end':
          return finish(step.reason)
        default:
          return step satisfies never
      }
    }

    /** Takes it out: it is about to end. */
    function permitOf(id: number): Permit | undefined {
      if (permits[0]?.id === id) return permits.shift()!.permit
      const at = permits.findIndex((one) => one.id === id)
      return at < 0 ? undefined : permits.splice(at, 1)[0]!.permit
    }

    function judge(id: number, unit: Unit): void {
      asked = id
      const verdict = session.judge(unit, presenter)
      if (!(verdict instanceof Promise)) return verdicted(id, verdict)
      verdict.then((v) => (ending ? tooLate(v) : late(() => verdicted(id, v))), broken)
    }

    function verdicted(id: number, verdict: Permit | Refusal): void {
      settle()
      if (verdict.kind !== 'permit') return carry(dialect.refused(id, verdict))
      permits.push({ id, permit: verdict })
      verdict.onLapse(lapse)
      if (!ending) carry(dialect.permitted(id, verdict))
    }

    function ask(id: number, query: Q): void {
      asked = id
      const reply = answer(query)
      if (reply instanceof Promise) reply.then((a) => late(() => answered(id, a)), broken)
      else answered(id, reply)
    }

    function answered(id: number, reply: A): void {
      settle()
      carry(dialect.answered(id, reply))
    }

    function settle(): void {
      asked = undefined
      leaving = undefined
    }

    function late(work: () => void): void {
      if (ending) return
      try {
        work()
      } catch {
        broken()
      }
    }

    /** The session ended while the question was open: nothing of the unit was forwarded, and nothing will be. */
    function tooLate(verdict: Permit | Refusal): void {
      if (verdict.kind === 'permit') verdict.done({ status: 'cancelled' })
    }

    function broken(): void {
      finish({ code: 'internal', message: 'an error inside the gateway ended this session' })
    }

    /** What runs is no longer allowed: cancelled at the target, and the session is cut before its answer goes on. */
    function lapse(reason: CloseReason): void {
      if (ending) return
      cancel()
      attempt(() => dialect.cut(reason))
    }

    function goOn(): void {
      while (asked === undefined && !ending && !running && backlog.length > 0) {
        const chunk = backlog.shift()!
        backlogBytes -= chunk.length
        fromClient(chunk)
      }
      client.hold('question', backlogBytes > limits.readAhead)
      client.hold('dialect', dialect.full?.() === true)
    }

    function finish(reason: CloseReason): void {
      if (ending) return
      ending = reason
      session.signal.removeEventListener('abort', onCut)
      leaving?.abort()
      queue.length = 0
      backlog.length = 0
      client.uncork()
      target.uncork()
      void Promise.all([client.end(limits.linger), target.end(limits.linger)])
        .then(() => session.close(reason))
        .then(resolve)
    }

    client.start()
    target.start()
  })
}
