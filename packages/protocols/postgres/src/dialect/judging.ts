import type { Action, Outcome, Refusal } from '@sallyport/core'
import type { Veil } from '../masking/veil.js'
import type { ClientSide } from './client.js'
import type { Forwarder } from './forward.js'
import type { Estimates } from './estimate.js'
import type { Inquiries } from './inquiry.js'
import type { Answer, Told } from './question.js'
import { refusalResponse, troubleResponse } from './refusal.js'
import type { Session } from './session.js'
import type { Transaction } from './transaction.js'
import { type Trouble, troubleAction, troubles } from './trouble.js'
import { type Item, type Plan, resolve } from './unit.js'
import { createUnits, sameShown, type Shown } from './asked.js'
import { unmaskable } from './unmaskable.js'

/**
 * From a complete segment to its fate: wait until its meaning is certain, have it classified, have it judged as a whole,
 * then forward all of it or a poison. One question is open at a time, and nothing of the client's is read meanwhile.
 */
export interface Judging {
  /** Goes on with the complete segment as far as it can; called again whenever a batch has ended. */
  advance(): void
  answered(id: number, answer: Answer): void
  /** `veil` undefined: nothing is masked. */
  permitted(id: number, veil: Veil | undefined): void
  refused(id: number, refusal: Refusal): void
  /** People are asked the open question. */
  held(): void
  /** What the open question is about is refused, whatever the answer; nothing if none is open. */
  withdraw(): void
  /** The session ends: a permit that was not used is handed back. */
  abandon(): void
}

export interface JudgingParts {
  readonly session: Session
  readonly client: ClientSide
  readonly forwarder: Forwarder
  readonly inquiries: Inquiries
  readonly estimates: Estimates
  readonly context: Readonly<Record<string, string>>
  readonly transaction: Transaction
  readonly means?: ((actions: readonly Action[]) => readonly string[]) | undefined
  readonly runsCode: (type: number) => boolean
  readonly readOnly: boolean
  /** The segment is dealt with. `copyIn`: the target decides first whether data follows. */
  readonly settled: (copyIn: boolean) => void
}

type Question =
  | { readonly id: number; readonly asks: 'classify'; readonly texts: readonly string[] }
  | { readonly id: number; readonly asks: 'target' }
  | { readonly id: number; readonly asks: 'plan'; readonly plan: Plan; shown?: Shown }
  | { readonly id: number; readonly asks: 'trouble'; readonly trouble: Trouble }

/** Permitted after people were asked; it goes on if it still is what they were shown. */
interface Released {
  readonly id: number
  readonly veil: Veil | undefined
  readonly shown: Shown
}

/** As a server says it to a statement that was cancelled. */
const withdrawn = { code: '57014', message: 'canceling statement due to user request' } as const

/** SQLSTATE of what was refused. */
const refusedState = '42501'

/** Batches that may be in flight before another one is judged. */
const mostInFlight = 256

export function createJudging({
  session,
  client,
  forwarder,
  inquiries,
  estimates,
  context,
  transaction,
  means,
  runsCode,
  readOnly,
  settled,
}: JudgingParts): Judging {
  let question: Question | undefined
  let released: Released | undefined
  let ids = 0
  const units = createUnits({ session, transaction, means, context })

  /** Nothing that is still running can change what the segment means, nor how its text is read. */
  function certain(): boolean {
    const others = forwarder.others()
    if (others.length === 0) return true
    return others.length < mostInFlight && client.segment().indifferent && others.every((batch) => batch.neutral)
  }

  function advance(): void {
    const segment = client.segment()
    const open = forwarder.open()
    if (!segment.end || question) return
    if (forwarder.skipping()) return ignore()
    // An error in what was flushed would make the target skip the query too.
    if (segment.end === 'query' && open && session.replies.length > 0) return wait()
    if (segment.trouble) return askTrouble(segment.trouble, [])
    if (segment.messages.length === 0) return endBatch()
    if (!certain()) return wait()
    if (!segment.indifferent && !session.parameters.settled()) return askTrouble(troubles.unsettled, [])
    // A part that was flushed may have changed settings, and the target reports them only after Sync.
    if (!segment.indifferent && open && !open.neutral) return askTrouble(troubles.unsynced, [])
    const scope = {
      names: session.names,
      own: open?.changes ?? [],
      others: forwarder.others(),
      classified: segment.classified,
      runsCode,
      readOnly,
    }
    const resolution = resolve(segment.messages, scope)
    switch (resolution.is) {
      case 'missing':
        return askClassification(resolution.texts)
      case 'open':
        return wait()
      case 'trouble':
        return askTrouble(resolution.trouble, resolution.items)
      case 'resolved':
        return released ? goOn(released, resolution.plan) : askEstimates(resolution.plan)
      default:
        return resolution satisfies never
    }
  }

  /** What was classified may be stale once something else has ended. */
  function wait(): void {
    client.segment().classified.clear()
  }

  /** The target would ignore it: only Sync counts. */
  function ignore(): void {
    handBack({ status: 'failed', code: forwarder.open()?.error ?? refusedState })
    if (client.segment().end === 'sync') forwarder.sync()
    settled(false)
  }

  /** Sync or Flush with nothing before it. */
  function endBatch(): void {
    if (client.segment().end === 'sync') forwarder.sync()
    else forwarder.flush()
    settled(false)
  }

  function askClassification(texts: readonly string[], told?: Told): void {
    question = { id: ++ids, asks: 'classify', texts }
    const renamed = forwarder.open()?.renames === true
    const askable = session.inFlight.length === 0
    const about = { ...(told ? { told } : released && { fresh: true as const }) }
    session.out.push({ do: 'need', id: ids, query: { kind: 'classify', texts, renamed, askable, ...about } })
  }

  function askTarget(statements: readonly string[], texts: readonly string[]): void {
    if (session.inFlight.length > 0) throw new Error('the target can be asked only when nothing is in flight')
    question = { id: ++ids, asks: 'target' }
    inquiries.ask(statements, (told) => {
      question = undefined
      askClassification(texts, told)
    })
  }

  /** A part of a batch that is flushed cannot wait for the batch to end: there the fact stays out. */
  function askEstimates(resolved: Plan): void {
    const plan = estimates.known(resolved)
    if (forwarder.open() || !estimates.wanted(plan)) return askPlan(plan)
    if (session.inFlight.length > 0) return wait()
    question = { id: ++ids, asks: 'target' }
    estimates.ask(plan, (told) => {
      question = undefined
      askPlan(told)
    })
  }

  function askPlan(plan: Plan): void {
    if (forwarder.open()?.alone && plan.items.length > 0) return askTrouble(troubles.alone, plan.items)
    if (plan.items.length === 0) return pass(plan, { id: undefined, veil: undefined })
    question = { id: ++ids, asks: 'plan', plan }
    session.out.push({ do: 'judge', id: ids, unit: units.of(plan, forwarder.open()) })
  }

  /** The catalog may have changed while people were asked: it is read again as if it had just come. */
  function readAgain(before: Released): void {
    released = before
    client.segment().classified.clear()
    advance()
  }

  function goOn({ id, veil, shown: before }: Released, plan: Plan): void {
    released = undefined
    if (client.segment().withdrawn) return fail(withdrawn, id, 'cancelled')
    if (!sameShown(before, units.shown(plan))) return fail(troubles.changed, id)
    forward(plan, { id, veil })
  }

  function forward(plan: Plan, { id, veil }: { readonly id: number; readonly veil: Veil | undefined }): void {
    const trouble = veil && unmaskable(plan, veil)
    if (trouble) fail(trouble, id)
    else pass(plan, { id, veil })
  }

  function handBack(outcome: Outcome): void {
    if (released) session.out.push({ do: 'done', id: released.id, outcome })
    released = undefined
  }

  function askTrouble(trouble: Trouble, items: readonly Item[]): void {
    handBack({ status: 'failed', code: trouble.code })
    question = { id: ++ids, asks: 'trouble', trouble }
    session.out.push({ do: 'judge', id: ids, unit: units.broken(items, troubleAction(trouble), client.segment().broken) })
  }

  function pass(plan: Plan, permitted: Parameters<Forwarder['pass']>[2]): void {
    const { id } = permitted
    // The batch failed while the question was open: the target would ignore it.
    if (forwarder.skipping()) {
      if (id !== undefined)
        session.out.push({ do: 'done', id, outcome: { status: 'failed', code: forwarder.open()?.error ?? refusedState } })
      return ignore()
    }
    forwarder.pass(client.segment(), plan, permitted)
    settled(plan.copyIn)
  }

  function refuse(response: Uint8Array, id: number): void {
    if (forwarder.skipping()) return ignore()
    forwarder.refuse(client.segment(), response, id)
    settled(false)
  }

  /** It was permitted, and does not run all the same. */
  function fail(trouble: Pick<Trouble, 'code' | 'message'>, id: number, status: Outcome['status'] = 'failed'): void {
    session.out.push({ do: 'done', id, outcome: { status, code: trouble.code } })
    refuse(troubleResponse(trouble), id)
  }

  /** Answers must fit the open question: anything else is an error of whoever drives the dialect. */
  function closed<A extends Question['asks']>(id: number, ...asks: readonly A[]): Extract<Question, { asks: A }> {
    const asked = question
    if (!asked || asked.id !== id || !asks.some((a) => a === asked.asks)) throw new Error(`nothing was asked under ${id}`)
    question = undefined
    return asked as Extract<Question, { asks: A }>
  }

  return {
    advance,
    answered(id, answer) {
      const { texts } = closed(id, 'classify')
      if ('ask' in answer) return askTarget(answer.ask, texts)
      const { classifications, searchPath } = answer
      if (searchPath !== undefined) units.resolvedIn(searchPath)
      if (classifications.length !== texts.length) throw new Error('as many classifications as texts are needed')
      texts.forEach((text, i) => client.segment().classified.set(text, classifications[i]!))
      advance()
    },
    permitted(id, veil) {
      const asked = closed(id, 'plan', 'trouble')
      if (client.segment().withdrawn) return fail(withdrawn, id, 'cancelled')
      if (asked.asks === 'trouble') return fail(asked.trouble, id)
      if (asked.shown) readAgain({ id, veil, shown: asked.shown })
      else forward(asked.plan, { id, veil })
    },
    refused(id, refusal) {
      const asked = closed(id, 'plan', 'trouble')
      if (client.segment().withdrawn) return refuse(troubleResponse(withdrawn), id)
      refuse(asked.asks === 'trouble' ? troubleResponse(asked.trouble, refusal.advice) : refusalResponse(refusal), id)
    },
    held() {
      if (question?.asks === 'plan') question.shown = units.shown(question.plan)
    },
    abandon: () => handBack({ status: 'cancelled' }),
    withdraw() {
      if (question ?? released) client.segment().withdrawn = true
    },
  }
}
