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
  /** Asks the target, out of band, to give up what runs. */
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
    const permits = new Map<number, Permit>()
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
    let question: Question | undefined
    let ending: CloseReason | undefined
    let running = false
    const queue: Step<Q>[] = []

    session.signal.addEventListener('abort', onCut, { once: true })
    if (session.signal.aborted) onCut()

    function fromClient(chunk: Uint8Array): void {
      if (ending) return
      if (!question) return run(() => dialect.client(chunk))
      backlog.push(chunk)
      backlogBytes += chunk.length
      if (backlogBytes > limits.readAhead) client.hold('question', true)
    }

    function fromTarget(chunk: Uint8Array): void {
      if (!ending) run(() => dialect.server(chunk))
    }

    function gone(side: 'client' | 'server'): void {
      if (side === 'client') question?.leave()
      if (!ending) run(() => dialect.ended(side))
    }

    function onCut(): void {
      if (!ending) run(() => dialect.cut(session.signal.reason as CloseReason))
    }

    /** Steps may beget steps: they are carried out in order, by whoever came first. */
    function run(produce: () => readonly Step<Q>[]): void {
      try {
        for (const step of produce()) queue.push(step)
        if (running) return
        running = true
        client.cork()
        target.cork()
        for (let step = queue.shift(); step && !ending; step = queue.shift()) carryOut(step)
      } catch {
        finish({ code: 'internal', message: 'an error inside the gateway ended this session' })
      }
      running = false
      client.uncork()
      target.uncork()
      drainBacklog()
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
        case 'done': {
          const permit = permits.get(step.id)
          permits.delete(step.id)
          return permit?.done(step.outcome)
        }
        case 'cancel':
          return cancel()
        case 'end':
          return finish(step.reason)
        default:
          return step satisfies never
      }
    }

    function judge(id: number, unit: Unit): void {
      const asked = createQuestion(id)
      question = asked
      const presenter: Presenter = {
        get signal() {
          return asked.signal()
        },
        held: (hold) => run(() => dialect.held(id, hold)),
      }
      const verdict = session.judge(unit, presenter)
      if (verdict instanceof Promise) verdict.then((v) => (ending ? tooLate(v) : settle(id, () => verdicted(id, v))), broken)
      else settle(id, () => verdicted(id, verdict))
    }

    function verdicted(id: number, verdict: Permit | Refusal): readonly Step<Q>[] {
      if (verdict.kind !== 'permit') return dialect.refused(id, verdict)
      permits.set(id, verdict)
      verdict.onLapse((reason) => lapse(id, reason))
      return dialect.permitted(id, verdict)
    }

    function ask(id: number, query: Q): void {
      question = createQuestion(id)
      const reply = answer(query)
      if (reply instanceof Promise) reply.then((a) => settle(id, () => dialect.answered(id, a)), broken)
      else settle(id, () => dialect.answered(id, reply))
    }

    function settle(id: number, produce: () => readonly Step<Q>[]): void {
      if (ending) return
      if (question?.id === id) question = undefined
      run(produce)
    }

    /** The session ended while the question was open: nothing of the unit was forwarded, and nothing will be. */
    function tooLate(verdict: Permit | Refusal): void {
      if (verdict.kind === 'permit') verdict.done({ status: 'cancelled' })
    }

    function broken(): void {
      finish({ code: 'internal', message: 'an error inside the gateway ended this session' })
    }

    /** What runs is no longer allowed: cancelled at the target, and the session is cut before its answer goes on. */
    function lapse(id: number, reason: CloseReason): void {
      if (ending || !permits.has(id)) return
      cancel()
      run(() => dialect.cut(reason))
    }

    function drainBacklog(): void {
      while (!question && !ending && !running && backlog.length > 0) {
        const chunk = backlog.shift()!
        backlogBytes -= chunk.length
        run(() => dialect.client(chunk))
      }
      if (backlogBytes <= limits.readAhead) client.hold('question', false)
      client.hold('dialect', dialect.full === true)
    }

    function finish(reason: CloseReason): void {
      if (ending) return
      ending = reason
      session.signal.removeEventListener('abort', onCut)
      question?.leave()
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

/** What is asked and not answered yet. Most is answered at once, so its signal is made when somebody looks at it. */
interface Question {
  readonly id: number
  /** Aborted when the client left: a hold ends with it. */
  signal(): AbortSignal
  leave(): void
}

function createQuestion(id: number): Question {
  let controller: AbortController | undefined
  let left = false
  return {
    id,
    signal() {
      controller ??= new AbortController()
      if (left) controller.abort()
      return controller.signal
    },
    leave() {
      left = true
      controller?.abort()
    },
  }
}
