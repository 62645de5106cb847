import { randomBytes } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import type { EngineOptions, GatedSession, MemoryBudget } from '@sallyport/gate'
import { relay } from '@sallyport/gate'
import { SallyportError } from '@sallyport/core'
import { cancelAt } from './backend/cancel.js'
import type { Login } from './backend/login.js'
import type { CancelKeys, IssuedKey } from './cancel.js'
import type { Classifiers } from './classifier.js'
import { type Classifying, createClassifying } from './classifying.js'
import { authenticationOk, backendKeyData, parameterStatus, readyForQuery } from './codec/index.js'
import { createPostgresDialect, type PostgresDialect } from './dialect/index.js'
import type { Query } from './dialect/question.js'
import { createVeils } from './masking/veil.js'
import { firstUserOid } from './model/catalog.js'
import type { Front } from './front.js'
import type { ModelLease, ModelSource } from './model/source.js'
import { applicationName, enterTarget, targetOf, targetSettings, timeoutsOf } from './opened.js'
import { runsPlainCode } from './plain.js'
import { trackRunning } from './running.js'
import type { ClientStart } from './settings.js'
import type { PostgresTarget } from './target.js'

/**
 * A granted session from the target's login to its last byte. What rejects has told the client nothing yet; once the
 * client is welcomed it rejects no more. A caller must close the session when it rejects, and must let go of everything
 * of the login while it waits for the end: a session may stand idle for days.
 */
export interface Conversation {
  readonly front: Front
  readonly session: GatedSession
  readonly start: ClientStart
  /** Of protocol 3, as it was agreed on with the client. */
  readonly minor: number
}

export interface Welcomed {
  /** Resolves when both sides are closed; never rejects. */
  readonly over: Promise<void>
}

/** What all conversations of an engine share. */
export interface Surroundings {
  readonly keys: CancelKeys
  readonly models: ModelSource
  readonly classifiers: Classifiers
  readonly memory: MemoryBudget
  readonly log: EngineOptions['log']
  /** Milliseconds until the target must have let us in. */
  readonly patience: number
}

/** Milliseconds for a last cancel to reach the target, and for the target to give up what it was meant for. */
const cancelPatience = 1000

export async function converse(conversation: Conversation, surroundings: Surroundings): Promise<Welcomed> {
  const { front, session, start } = conversation
  const target = targetOf(session.resource, start.database)
  const lease = surroundings.models.lease({
    key: keyOf(session.resource.id, target),
    resource: session.resource.id,
    target,
    password: session.resource.secrets['password'],
    dial: () => session.dial(),
  })
  try {
    const model = await lease.ready()
    const searchPath = model && (target.imposed.searchPath ?? model.searchPath)
    const login = await inTime(surroundings.patience, [session.signal, front.gone], (signal) =>
      enterTarget({ session, target, start, searchPath, signal }),
    )
    return talk({ ...conversation, target, lease, login, searchPath }, surroundings)
  } catch (error) {
    lease.release()
    throw error
  }
}

/** One text for all sessions of a target. */
const keys = new WeakMap<PostgresTarget, string>()

function keyOf(resource: string, target: PostgresTarget): string {
  const key = keys.get(target) ?? JSON.stringify([resource, target])
  keys.set(target, key)
  return key
}

/** Not `AbortSignal.any`: its sources would remember it for as long as they live, which is the whole session. */
async function inTime<T>(patience: number, sources: readonly AbortSignal[], work: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const attempt = new AbortController()
  const abandon = () => attempt.abort()
  const timer = setTimeout(abandon, patience).unref()
  for (const source of sources) source.addEventListener('abort', abandon, { once: true })
  if (sources.some((source) => source.aborted)) abandon()
  try {
    return await work(attempt.signal)
  } finally {
    clearTimeout(timer)
    for (const source of sources) source.removeEventListener('abort', abandon)
  }
}

interface Talk extends Conversation {
  readonly target: PostgresTarget
  readonly lease: ModelLease
  readonly login: Login
  readonly searchPath: readonly string[] | undefined
}

function talk(talk: Talk, { keys, classifiers, memory, log }: Surroundings): Welcomed {
  const { front, session, start, minor, target, lease, login, searchPath } = talk
  // Nothing that outlives this call may use `login` or `front`: they hold what was said while logging in.
  const { stream, encrypted } = login.upstream
  const secret = login.key
  let cancelling: Promise<void> | undefined
  let patience: NodeJS.Timeout | undefined
  const cancel = () => {
    if (!secret || cancelling) return
    const dial = () => session.dialToCancel()
    cancelling = cancelAt({ target, key: secret, encrypted, dial }).finally(() => (cancelling = undefined))
  }
  /** Whoever it was for does not wait: what the target says of it is worth a moment. */
  const abandon = () => {
    cancel()
    patience ??= setTimeout(() => stream.destroy(), cancelPatience).unref()
  }
  const running = trackRunning(session, {
    ended: (unit) => classifying.ended(unit),
    cancelling: () => cancelling,
    closing: () => Promise.race([cancelling, sleep(cancelPatience, undefined, { ref: false })]).then(() => undefined),
  })
  const dialect: PostgresDialect = createPostgresDialect({
    parameters: Object.fromEntries(login.parameters),
    status: 'I',
    memory,
    readOnly: target.imposed.readOnly,
    timeouts: timeoutsOf(targetSettings(target, start, searchPath)),
    means: (actions) => classifying.means(actions),
    notices: target.notices !== 'off',
    secretName: `sallyport ${randomBytes(16).toString('hex')}`,
    context: { database: target.database, role: target.user, search_path: searchPath?.join(', ') ?? 'unknown' },
    veils: createVeils({
      labels: target.labels,
      model: () => classifying.model(),
      stale: () => classifying.doubt(),
      contradicted: (columns) =>
        log.warn({ session: session.id, columns }, 'columns were masked that their statement was not read to show'),
    }),
    estimable: {
      wanted: (action) => session.wants('rows_estimate', action),
      plain: (action, parameters) => runsPlainCode(action, classifying.model(), parameters),
    },
    runsCode: (type) => type >= firstUserOid && lease.current()?.plainTypes?.includes(type) !== true,
  })
  const classifying: Classifying = createClassifying({
    classifiers,
    lease,
    target,
    searchPath,
    status: () => dialect.status(),
    reported: (setting) => dialect.reported(setting),
    label: applicationName(session, ''),
  })
  const key = issue(keys, minor, () => {
    if (running.busy()) cancel()
    // What waits is never run for somebody who has given up, whatever else runs.
    dialect.withdraw()
    running.withdraw()
  })
  const release = () => {
    clearTimeout(patience)
    dialect.release()
    key.release()
    lease.release()
  }
  try {
    welcome(front, { start, login, key })
    const client = front.handOver()
    login.inbound.release()
    const answer = (query: Query) => classifying.answer(query)
    return { over: relay({ client, target: stream, session: running.session, dialect, answer, cancel: abandon }).then(release) }
  } catch (error) {
    release()
    throw error
  }
}

function issue(keys: CancelKeys, minor: number, cancel: () => void): IssuedKey {
  try {
    return keys.issue(minor, cancel)
  } catch {
    throw new SallyportError('too_many', 'too many connections to this agent')
  }
}

/** Everything up to the first ReadyForQuery, as the target would have said it, but for the names that are ours. */
function welcome(front: Front, { start, login, key }: { start: ClientStart; login: Login; key: IssuedKey }): void {
  front.write(authenticationOk())
  for (const [name, value] of login.parameters) {
    front.write(parameterStatus(name, name === 'application_name' ? start.application : value))
  }
  front.write(backendKeyData(key.pid, key.secret))
  front.write(readyForQuery('I'))
}
