import type {
  Action,
  CloseReason,
  Decision,
  Deny,
  Hold,
  Identity,
  Masks,
  Refusal,
  Resource,
  SessionEvent,
  SessionFacts,
  SessionState,
  Unit,
} from '@sallyport/core'
import { next, SallyportError, sessionTransitions } from '@sallyport/core'
import { createDecisions, type Under } from './decisions.js'
import type { GatedSession, Permit, Presenter, Upstream } from './engine.js'
import { approvalDigest } from './digest.js'
import { createGuesses } from './guesses.js'
import { type Answer, createHolds, type Holds } from './holds.js'
import { honour, type Honoured } from './honour.js'
import { type Asked, decidedEvent } from './decided.js'
import { createPermits, type OpenPermit } from './permits.js'
import type { Ports, Snapshot } from './ports.js'
import { createRecording } from './recorded.js'
import { barrier, recordFailed, stale, type Standing } from './standing.js'

/**
 * One session: the only maker of permits, and the one place that owns the security order
 * decide → record → permit (→ the engine forwards and masks) → outcome. Nothing may be added between two of these.
 */
export interface LiveSession extends GatedSession {
  /** Judges the session and each open permit again under a new snapshot; what lapsed is cut. */
  reconsider(snapshot: Snapshot): void
  /** Ends it from outside: its signal aborts with the reason. */
  cut(reason: CloseReason): void
}

export interface SessionOptions {
  readonly ports: Ports
  readonly identity: Identity
  readonly resource: Resource
  readonly facts: SessionFacts
  readonly can: Honoured
  readonly onEnd: (session: LiveSession) => void
}

/** Milliseconds to reach a target that should give something up. */
const cancelPatience = 5000

export function createSession({ ports, identity, resource, facts, can, onEnd }: SessionOptions): LiveSession {
  const { clock, config, journal, newId } = ports
  const life = new AbortController()
  const decisions = createDecisions(identity, facts)
  const recorded = createRecording()
  const guesses = createGuesses()
  let state: SessionState = 'opening'
  let units = 0
  let closing: Promise<void> | undefined
  let holds: Holds | undefined

  const permits = createPermits({
    ended: ({ statement, since }, outcome) => {
      const at = clock.now()
      note({ type: 'statement.ended', id: newId('evt'), at, session: facts.id, statement, outcome, duration: at - since })
    },
  })
  const stopTimer = expiryTimer()

  function note(event: Parameters<typeof journal.append>[0]): void {
    // A journal that cannot write aborts `failed`, which cuts every session: there is nobody left to tell here.
    try {
      const written = journal.append(event, 'buffered')
      if (written) written.catch(() => undefined)
    } catch {
      cut(recordFailed)
    }
  }

  function expiryTimer(): () => void {
    let stop = () => {}
    const arm = () => {
      const left = identity.token.expiresAt - clock.now()
      if (left <= 0) return cut({ code: 'expired', message: 'the token of this session has expired' })
      // Timers of Node hold at most 2^31-1 ms.
      stop = clock.after(Math.min(left, 0x7fffffff), arm)
    }
    arm()
    return () => stop()
  }

  function move(event: SessionEvent): void {
    state = next(sessionTransitions, state, event) ?? state
  }

  function cut(reason: CloseReason): void {
    if (!life.signal.aborted) life.abort(reason)
  }

  function withinGuesses(unit: Unit, decision: Decision, now: Under): Decision {
    if (decision.kind !== 'allow' || guesses.spend(unit, decisions.masks(now))) return decision
    return plainDeny('denied', 'this session has compared masked columns with too many different values')
  }

  function owed({ hashKeys }: Snapshot, now: Under): Pick<Permit, 'masks' | 'hashKeys'> {
    const masks = decisions.masks(now)
    if (!masks) return {}
    return hashKeys ? { masks, hashKeys } : { masks }
  }

  /** Why nothing at all may run now, before any policy is asked. */
  function barred(snapshot: Snapshot | undefined, now: number): Deny | undefined {
    if (state === 'ended' || life.signal.aborted) return plainDeny('unavailable', 'this session has ended')
    if (journal.failed.aborted) return plainDeny('record_failed', recordFailed.message)
    if (!snapshot || snapshot.expiresAt <= now) return plainDeny('stale', stale.message)
    return undefined
  }

  function under({ policies, resources }: Snapshot, now: number): Under {
    return { policies, resource: resources.get(resource.name) ?? resource, now }
  }

  function judge(unit: Unit, presenter?: Presenter): Permit | Refusal | Promise<Permit | Refusal> {
    const snapshot = config.current()
    const at = clock.now()
    const bar = barred(snapshot, at)
    if (bar || !snapshot) return bar ?? plainDeny('stale', stale.message)
    // 1. decide
    const now = under(snapshot, at)
    const decision = withinGuesses(unit, honour(decisions.of(unit, now), can), now)
    const statement = newId('stm')
    units++
    const asked: Asked = { session: facts.id, statement, unit, at, policyVersion: snapshot.version }
    if (decision.kind === 'hold') return judgeHeld(asked, decision, presenter)
    // 2. record: the permit is opened first so that a snapshot that arrives during a strict write can still lapse it
    const opened =
      decision.kind === 'allow' ? permits.open({ statement, unit, since: at, allow: decision, ...owed(snapshot, now) }) : undefined
    const written = record(asked, decision)
    // 3. permit, or say why not
    if (written instanceof Promise) return written.then((failed) => answer(decision, opened, failed))
    return answer(decision, opened, written)
  }

  /** Made for the first hold: most sessions never see one. */
  function people(): Holds {
    holds ??= createHolds({
      ports,
      life: life.signal,
      decide: (unit, granted) => {
        const snapshot = config.current()
        const bar = barred(snapshot, clock.now())
        if (bar || !snapshot) return bar ?? plainDeny('stale', stale.message)
        return honour(decisions.granted(unit, under(snapshot, clock.now()), granted), can)
      },
      describe: ({ unit, statement, digest }, hold) => {
        const { id, name, protocol, labels } = resource
        const { actions, texts, params } = recorded(readable(unit))
        const asked = { actions, texts, params, context: unit.context }
        return { digest, hold, statement, session: facts, identity, resource: { id, name, protocol, labels }, ...asked }
      },
      digest: (unit) => approvalDigest(unit, identity, resource),
      filed: ({ statement, digest }, { id: approval }, waiting) =>
        note({ type: 'statement.held', id: newId('evt'), at: clock.now(), session: facts.id, statement, approval, digest, waiting }),
    })
    return holds
  }

  /** The same order with people in between: decided and recorded as held, asked, decided and recorded again, permitted. */
  async function judgeHeld(asked: Asked, hold: Hold, presenter: Presenter | undefined): Promise<Permit | Refusal> {
    const failed = await record(asked, hold)
    if (failed) return failed
    const { unit, statement } = asked
    const digest = approvalDigest(unit, identity, resource)
    return release(asked, digest, await people().ask({ unit, statement, digest, presenter }, hold))
  }

  async function release({ unit, statement, policyVersion }: Asked, digest: string, released: Answer): Promise<Permit | Refusal> {
    const at = clock.now()
    const snapshot = config.current()
    const told = {
      ...({ type: 'statement.released', id: newId('evt'), at, session: facts.id, statement } as const),
      ...(released.approval !== undefined && { approval: released.approval }),
      policyVersion: snapshot?.version ?? policyVersion,
    }
    if (released.kind === 'deny') {
      const { rules, code, message } = released.refusal
      note({ ...told, decision: 'deny', rules, code, message })
      return released.refusal
    }
    const { allow, grant } = released
    const bar = barred(snapshot, at)
    if (bar || !snapshot) return bar ?? plainDeny('stale', stale.message)
    // It has been used: what it let run may outlast it.
    const granted = grant && { granted: { digest, grants: [{ ...grant, uses: 1, expiresAt: Infinity }] } }
    const opened = permits.open({ statement, unit, since: at, allow, ...owed(snapshot, under(snapshot, at)), ...granted })
    const event = { ...told, decision: 'allow', rules: allow.rules, ...(grant && { grant: grant.id }) } as const
    return answer(allow, opened, await append(event, 'strict'))
  }

  /** Answers the failure to record, if any; a promise only where the journal must wait. */
  function record(asked: Asked, decision: Decision): Deny | undefined | Promise<Deny | undefined> {
    const event = decidedEvent(newId('evt'), asked, { decision, recorded: recorded(asked.unit) })
    return append(event, decision.kind === 'allow' ? decision.record : 'buffered')
  }

  function append(...event: Parameters<typeof journal.append>): Deny | undefined | Promise<Deny | undefined> {
    try {
      const written = journal.append(...event)
      return written?.then(() => undefined, unrecorded)
    } catch {
      return unrecorded()
    }
  }

  function unrecorded(): Deny {
    cut(recordFailed)
    return plainDeny('record_failed', recordFailed.message)
  }

  function answer(decision: Decision, opened: OpenPermit | undefined, failed: Deny | undefined): Permit | Refusal {
    if (!opened) return failed ?? (decision as Deny)
    if (!failed && !opened.lapsed() && !life.signal.aborted) return opened.grant()
    opened.done({ status: 'cancelled' })
    return failed ?? plainDeny('denied', (opened.lapsed() ?? (life.signal.reason as CloseReason)).message)
  }

  function reconsider(snapshot: Snapshot): void {
    const lapsed = lapse({ ports, identity, resource, facts, snapshot })
    if (lapsed) return cut(lapsed)
    const now = under(snapshot, clock.now())
    for (const entry of permits.all()) {
      const { unit, granted } = entry
      const decision = honour(granted ? decisions.granted(unit, now, granted) : decisions.of(unit, now), can)
      if (decision.kind !== 'allow')
        entry.lapse({ code: 'revoked', message: `no longer allowed: ${decision.kind === 'deny' ? decision.message : 'needs approval'}` })
      else if (hidesMore(decisions.masks(now), entry.masks)) entry.lapse({ code: 'revoked', message: 'what must be masked has changed' })
    }
  }

  function wants(fact: string, action: Action): boolean {
    const snapshot = config.current()
    return snapshot !== undefined && decisions.wants(fact, action, under(snapshot, clock.now()))
  }

  async function dial(): Promise<Upstream> {
    if (state === 'ended' || life.signal.aborted) throw new SallyportError('unavailable', 'this session has ended')
    const upstream = await ports.dialer.dial(resource, life.signal)
    move('dialled')
    return upstream
  }

  async function dialToCancel(): Promise<Upstream> {
    if (state === 'ended') throw new SallyportError('unavailable', 'this session has ended')
    const patience = new AbortController()
    const stop = clock.after(cancelPatience, () => patience.abort())
    return ports.dialer.dial(resource, patience.signal).finally(stop)
  }

  function close(reason: CloseReason): Promise<void> {
    closing ??= (async () => {
      stopTimer()
      permits.abandon()
      move('close')
      cut(reason)
      note({ type: 'session.ended', id: newId('evt'), at: clock.now(), session: facts.id, reason, units })
      onEnd(session)
    })()
    return closing
  }

  const session: LiveSession = {
    id: facts.id,
    identity,
    resource,
    signal: life.signal,
    dial,
    dialToCancel,
    judge,
    wants,
    close,
    reconsider,
    cut,
  }
  return session
}

/** For people, who decide by it; what they approve is bound to the bytes. */
function readable(unit: Unit): Unit {
  const { params, readable: read } = unit
  return params && read ? { ...unit, params: read(params) } : unit
}

function plainDeny(code: Deny['code'], message: string): Deny {
  return { kind: 'deny', code, message, advice: '', rules: [{ policy: 'floor', rule: code }], shadow: [] }
}

/** Why a live session may not stay under a new snapshot; undefined when it may. */
function lapse(standing: Standing): CloseReason | undefined {
  const { resource, snapshot } = standing
  const present = snapshot.resources.get(resource.name)
  if (!present || present.id !== resource.id) return { code: 'revoked', message: `resource ${resource.name} is no longer served here` }
  if (present !== resource && !sameTarget(present, resource))
    return { code: 'revoked', message: `the target of ${resource.name} has changed` }
  const bar = barrier({ ...standing, resource: present })
  return bar && { code: bar.close, message: bar.message }
}

/** Whether something must be masked now that was not before. */
function hidesMore(now: Masks | undefined, before: Masks | undefined): boolean {
  return now !== undefined && now !== before && [...now.rules].some((rule) => before?.rules.has(rule) !== true)
}

function sameTarget(a: Resource, b: Resource): boolean {
  return JSON.stringify([a.target, a.secrets]) === JSON.stringify([b.target, b.secrets])
}
