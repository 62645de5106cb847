import type { CloseReason, Identity, Resource, SessionFacts } from '@sallyport/core'
import { SallyportError } from '@sallyport/core'
import { decideConnect } from '@sallyport/policy'
import type { Credential, Gate, GatedSession, Target } from './engine.js'
import type { Honoured } from './honour.js'
import type { Ports, Snapshot } from './ports.js'
import { createSession, type LiveSession } from './session.js'
import { type Barrier, barrier, recordFailed, stale } from './standing.js'

/**
 * The data plane's kernel: who may come in, and which sessions live. It knows no protocol. A caller must create one gate
 * per agent process and give every engine the same one, for locks and terminations reach sessions through it.
 */
export interface GateKernel extends Gate {
  /** Refuses new sessions and cuts the live ones with this reason. */
  drain(reason: CloseReason): void
  /** Number of live sessions. */
  sessions(): number
}

export interface GateOptions {
  /** What the protocol of that name can honour (its `Protocol.obligations`). */
  readonly obligations: (protocol: string) => Honoured | undefined
}

const drained: CloseReason = { code: 'drained', message: 'this agent is shutting down' }

export function createGate(ports: Ports, { obligations }: GateOptions): GateKernel {
  const { clock, config, journal } = ports
  const live = new Map<string, LiveSession>()
  let draining = false
  let stopExpiry = () => {}

  const cutAll = (reason: CloseReason) => {
    for (const session of live.values()) session.cut(reason)
  }

  /** A snapshot that runs out is a change like any other, only nobody announces it. */
  function watchExpiry(snapshot: Snapshot | undefined): void {
    stopExpiry()
    if (!snapshot) return
    const left = snapshot.expiresAt - clock.now()
    if (left <= 0) return cutAll(stale)
    stopExpiry = clock.after(Math.min(left, 0x7fffffff), () => watchExpiry(config.current()))
  }

  watchExpiry(config.current())
  config.onChange((snapshot) => {
    watchExpiry(snapshot)
    for (const session of live.values()) session.reconsider(snapshot)
  })
  config.onTerminate((id, message) => live.get(id)?.cut({ code: 'terminated', message }))
  journal.failed.addEventListener('abort', () => cutAll(recordFailed), { once: true })

  async function authenticate(credential: Credential): Promise<Identity> {
    try {
      const identity = await ports.authenticator.authenticate(credential)
      const { name, provider } = identity.principal
      if (credential.claimed === undefined || credential.claimed === name) return identity
      const message = `the token belongs to "${name}" of ${provider}; connect as that user, not as "${printable(credential.claimed)}"`
      throw new SallyportError('principal_mismatch', message)
    } catch (error) {
      const refusal = asRefusal(error)
      const { protocol, address } = credential
      await append({ type: 'login.refused', ...stamp(), protocol, address, code: refusal.code, message: refusal.message })
      throw refusal
    }
  }

  async function open(who: Identity, want: Target): Promise<GatedSession> {
    const { resource, snapshot, rules, can, facts } = await admit(who, want, { ...want.facts, id: ports.newId('ses') })
    const { id, name, protocol, labels } = resource
    await append(
      { type: 'session.opened', ...stamp(), session: facts.id, identity: who, resource: { id, name, protocol, labels }, facts, rules },
      'strict',
    )
    const session = createSession({ ports, identity: who, resource, facts, can, onEnd: (ended) => live.delete(ended.id) })
    live.set(session.id, session)
    // The world may have moved while the record was being written.
    if (draining) session.cut(drained)
    if (journal.failed.aborted) session.cut(recordFailed)
    const present = config.current()
    if (present && present !== snapshot) session.reconsider(present)
    return session
  }

  async function admit(who: Identity, want: Target, given: SessionFacts) {
    if (draining) throw new SallyportError('unavailable', drained.message)
    if (journal.failed.aborted) throw new SallyportError('record_failed', recordFailed.message)
    const snapshot = config.current()
    if (!snapshot || snapshot.expiresAt <= clock.now()) throw new SallyportError('stale', stale.message)
    const refuse = async ({ error, message, rules }: Omit<Barrier, 'close'>) => {
      const { protocol, client } = want.facts
      const told = { identity: who, resource: want.resource, protocol, address: client.address, code: error, message, rules }
      await append({ type: 'session.refused', ...stamp(), ...told })
      return new SallyportError(error, message)
    }
    const known = snapshot.resources.get(want.resource)
    const can = obligations(want.facts.protocol)
    const there = known?.protocol === want.facts.protocol && can !== undefined
    const completed = there ? complete(want, known, given) : given
    const facts = completed instanceof SallyportError ? given : completed
    const standing = { ports, identity: who, resource: there ? known : nowhere(want), facts, snapshot }
    const bar = barrier(standing)
    if (bar) throw await refuse(bar)
    if (!there)
      throw await refuse({ error: 'resource_unknown', message: `no resource "${printable(want.resource)}" that you may reach`, rules: [] })
    if (completed instanceof SallyportError) throw await refuse({ error: completed.code, message: completed.message, rules: [] })
    const connect = decideConnect(
      { identity: who, resource: known, session: facts, actions: [], now: clock.now(), grants: [] },
      snapshot.policies,
    )
    return { resource: known, snapshot, rules: connect.rules, can, facts }
  }

  async function append(event: Parameters<typeof journal.append>[0], durability: 'strict' | 'buffered' = 'buffered'): Promise<void> {
    try {
      await journal.append(event, durability)
    } catch {
      throw new SallyportError('record_failed', recordFailed.message)
    }
  }

  const stamp = () => ({ id: ports.newId('evt'), at: clock.now() })

  return {
    authenticate,
    open,
    drain(reason = drained) {
      draining = true
      cutAll(reason)
    },
    sessions: () => live.size,
  }
}

function nowhere(want: Target): Resource {
  return { id: '', name: printable(want.resource), protocol: want.facts.protocol, labels: {}, target: {}, secrets: {} }
}

/** The facts of a session at that resource; an error is told only to who may reach it. */
function complete({ within }: Target, resource: Resource, given: SessionFacts): SessionFacts | SallyportError {
  try {
    return within ? { ...given, ...within(resource) } : given
  } catch (error) {
    if (error instanceof SallyportError) return error
    throw error
  }
}

function asRefusal(error: unknown): SallyportError {
  if (error instanceof SallyportError) return error
  return new SallyportError('internal', 'the credential could not be verified')
}

/** What a stranger sent, fit for a message: short, and without control or bidirectional characters. */
function printable(text: string): string {
  return text.slice(0, 64).replace(/[^\x20-\x7e]/g, '?')
}
