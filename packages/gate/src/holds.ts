import type { Allow, CloseReason, Decision, Deny, Filed, Grant, Hold, HoldRequest, Refusal, Unit } from '@sallyport/core'
import { SallyportError } from '@sallyport/core'
import { spellNeeds } from '@sallyport/policy'
import type { Presenter } from './engine.js'
import type { Ports } from './ports.js'

/**
 * A hold that is answered by people: filed, waited for, judged again, and let run by one use of a grant at most. Nothing
 * of the unit may be forwarded before `ask` has said allow, and whoever asked must still be there when it does: what is
 * approved for somebody who has left never runs.
 */
export interface Holds {
  /** Never rejects. `held` is the decision that was just made and recorded. */
  ask(question: Question, held: Hold): Promise<Answer>
}

export interface Question {
  readonly unit: Unit
  /** `stm_` id. */
  readonly statement: string
  readonly digest: string
  readonly presenter: Presenter | undefined
}

export interface Granted {
  readonly digest: string
  readonly grants: readonly Grant[]
}

/** `grant` absent: a newer policy holds it no longer. */
export type Answer =
  | { readonly kind: 'allow'; readonly allow: Allow; readonly grant?: Grant; readonly approval?: string }
  | { readonly kind: 'deny'; readonly refusal: Refusal; readonly approval?: string }

export interface HoldParts {
  readonly ports: Pick<Ports, 'clock' | 'config' | 'approvals'>
  /** The session's: aborted with its `CloseReason`. */
  readonly life: AbortSignal
  /** What is decided now, everything that may stand in the way included. */
  readonly decide: (unit: Unit, granted: Granted) => Decision
  readonly describe: (question: Question, hold: Hold) => Omit<HoldRequest, 'waiting'>
  /** Of the unit as it is now: what its names stand for may change while it waits. */
  readonly digest: (unit: Unit) => string
  /** Told once a request is on file. */
  readonly filed: (question: Question, filed: Filed, waiting: boolean) => void
}

/** Milliseconds after which who was told to ask again may find it decided. */
const retryAfter = 30_000

export function createHolds({ ports, life, decide, describe, digest, filed: noteFiled }: HoldParts): Holds {
  const { clock, config } = ports

  /** Grants of which somebody else has taken the last use, though the configuration does not know it yet. */
  const spent = new Set<string>()

  function again(question: Question): Decision {
    const grants = (config.current()?.grants ?? []).filter(({ id }) => !spent.has(id))
    return decide(question.unit, { digest: question.digest, grants })
  }

  /** Why whoever asked is not there any more. */
  function gone({ presenter }: Question): Deny | undefined {
    if (life.aborted) return refusal('unavailable', (life.reason as CloseReason).message)
    if (presenter?.signal().aborted === true) return refusal('withdrawn', 'the request was withdrawn before it was approved')
    return undefined
  }

  async function ask(question: Question, held: Hold): Promise<Answer> {
    const now = again(question)
    if (now.kind === 'allow') return take(question, now, undefined)
    if (now.kind === 'deny') return { kind: 'deny', refusal: now }
    if (question.unit.unseen !== undefined) return { kind: 'deny', refusal: refuseUnseen(held, question.unit.unseen) }
    const manner = mannerOf(held, question.unit)
    if (manner === 'refuse') return { kind: 'deny', refusal: refuseInTransaction(held) }
    const { approvals } = ports
    if (!approvals) return { kind: 'deny', refusal: unanswerable(held) }
    const waiting = manner !== 'retry' && question.presenter !== undefined
    let filed: Filed
    try {
      filed = await approvals.file({ ...describe(question, held), waiting })
    } catch (error) {
      return { kind: 'deny', refusal: unfiled(held, error) }
    }
    noteFiled(question, filed, waiting)
    if (!waiting) return { kind: 'deny', refusal: askAgain(held, filed), approval: filed.id }
    const left = gone(question)
    if (left) {
      approvals.withdraw(filed.id, left.message, question.statement)
      return { kind: 'deny', refusal: left, approval: filed.id }
    }
    question.presenter?.held(held, filed)
    const outcome = await wait(question, { held, filed, patience: manner })
    if (outcome.kind === 'allow') return take(question, outcome, filed)
    if (outcome.withdraw) approvals.withdraw(filed.id, outcome.refusal.message, question.statement)
    return { kind: 'deny', refusal: outcome.refusal, approval: filed.id }
  }

  /** Until it is allowed, refused, or nobody waits any more. */
  function wait(question: Question, on: Waited): Promise<Woken> {
    const { held, filed, patience } = on
    return new Promise((resolve) => {
      const stops: (() => void)[] = []
      const wake = (woken: Woken) => {
        for (const stop of stops.splice(0)) stop()
        resolve(woken)
      }
      const leave = () => {
        const left = gone(question)
        if (left) wake({ kind: 'deny', refusal: left, withdraw: true })
      }
      const look = () => {
        const now = again(question)
        if (now.kind === 'allow') return wake(now)
        if (now.kind === 'deny') return wake({ kind: 'deny', refusal: now, withdraw: true })
        if (now.policies !== held.policies) wake({ kind: 'deny', refusal: changed(held), withdraw: true })
      }
      const listen = (signal: AbortSignal) => {
        signal.addEventListener('abort', leave, { once: true })
        stops.push(() => signal.removeEventListener('abort', leave))
      }
      listen(life)
      listen(question.presenter!.signal())
      stops.push(config.onChange(look))
      stops.push(
        ports.approvals!.onUnapproved((ended) => {
          if (ended.approval === filed.id) wake({ kind: 'deny', refusal: unapproved(held, ended.message), withdraw: false })
        }),
      )
      stops.push(clock.after(Math.min(patience, 0x7fffffff), () => wake({ kind: 'deny', refusal: askAgain(held, filed), withdraw: false })))
      leave()
      if (stops.length > 0) look()
    })
  }

  /** One use of the grant, then a last look: the world may have moved while it was being taken. */
  async function take(question: Question, allow: Allow, filed: Filed | undefined): Promise<Answer> {
    const approval = filed && { approval: filed.id }
    const grant = config.current()?.grants?.find(({ id }) => id === allow.grant)
    if (!grant) {
      return allow.grant === undefined
        ? { kind: 'allow', allow, ...approval }
        : { kind: 'deny', refusal: refusal('needs_approval', 'its approval was revoked'), ...approval }
    }
    if (digest(question.unit) !== question.digest) {
      const message = 'what its names stand for has changed since it was put before people'
      return {
        kind: 'deny',
        refusal: refusal('needs_approval', message, 'run it again to ask for what it is now'),
        approval: grant.approval,
      }
    }
    try {
      await ports.approvals!.use(grant, question.statement)
    } catch (error) {
      return untaken(question, grant, error)
    }
    const left = gone(question)
    if (left) return { kind: 'deny', refusal: left, approval: grant.approval }
    const last = decide(question.unit, { digest: question.digest, grants: [grant] })
    if (last.kind === 'allow') return { kind: 'allow', allow: last, grant, approval: grant.approval }
    const why = last.kind === 'deny' ? last : changed(last)
    return { kind: 'deny', refusal: why, approval: grant.approval }
  }

  /** A use that somebody else took leaves this one as it was before there was a grant. */
  async function untaken(question: Question, grant: Grant, error: unknown): Promise<Answer> {
    const told = error instanceof SallyportError ? error : new SallyportError('unavailable', 'the approval could not be used')
    if (told.code !== 'conflict') return { kind: 'deny', refusal: refusal(told.code, told.message), approval: grant.approval }
    spent.add(grant.id)
    const now = again(question)
    if (now.kind === 'hold') return ask(question, now)
    return now.kind === 'allow' ? take(question, now, undefined) : { kind: 'deny', refusal: now }
  }

  return { ask }
}

interface Waited {
  readonly held: Hold
  readonly filed: Filed
  /** Milliseconds. */
  readonly patience: number
}

type Woken = Allow | { readonly kind: 'deny'; readonly refusal: Refusal; readonly withdraw: boolean }

/** How long it is waited, in milliseconds; or what happens instead. */
function mannerOf({ wait, mode, inTransaction }: Hold, { transaction, patience }: Unit): number | 'retry' | 'refuse' {
  const most = Math.min(wait, patience ?? Infinity)
  if (transaction === 'open') {
    if (typeof inTransaction === 'string') return inTransaction
    return Math.min(most, inTransaction.wait)
  }
  return mode === 'retry' ? 'retry' : most
}

function refusal(code: Deny['code'], message: string, advice = '', rules: Deny['rules'] = [{ policy: 'floor', rule: code }]): Deny {
  return { kind: 'deny', code, message, advice, rules, shadow: [] }
}

function because({ rules }: Hold): string {
  const rule = rules[0]
  return `policy ${rule?.policy}, rule ${rule?.rule}`
}

function askAgain(held: Hold, { id, url }: Filed): Refusal {
  const message = `${because(held)}: this needs approval by ${spellNeeds(held.approvers)}; it was put before them`
  const advice = 'run the same statement with the same parameters again once it is approved'
  return { ...refusal('needs_approval', message, advice, held.rules), approval: { id, url, retryAfter } }
}

function refuseInTransaction(held: Hold): Deny {
  const message = `${because(held)}: this needs approval by ${spellNeeds(held.approvers)}, which cannot be waited for inside a transaction`
  return refusal('needs_approval', message, 'end the transaction and run it by itself', held.rules)
}

function refuseUnseen(held: Hold, why: string): Deny {
  const message = `${because(held)}: this needs approval by ${spellNeeds(held.approvers)}, who cannot see what they would approve: ${why}`
  return refusal('needs_approval', message, `ask ${spellNeeds(held.approvers)} to run it`, held.rules)
}

function unanswerable(held: Hold): Deny {
  const who = spellNeeds(held.approvers)
  return refusal('needs_approval', `${because(held)}: this needs approval by ${who}: not in this build`, `ask ${who} to run it`, held.rules)
}

function unfiled(held: Hold, error: unknown): Deny {
  const why = error instanceof SallyportError ? error.message : 'the control plane cannot be asked'
  const message = `${because(held)}: this needs approval by ${spellNeeds(held.approvers)}, and nobody can be asked now: ${why}`
  return refusal('needs_approval', message, 'try again later', held.rules)
}

function unapproved(held: Hold, message: string): Deny {
  return refusal('denied', `${because(held)}: ${message}`, '', held.rules)
}

function changed(held: Hold): Deny {
  return refusal(
    'needs_approval',
    `${because(held)}: the policies that hold this have changed`,
    'run it again to ask under the new ones',
    held.rules,
  )
}
