import type { GatedSession } from '@sallyport/gate'
import { type Resource, SallyportError } from '@sallyport/core'
import { StreamEnded } from './inbound.js'
import { type Login, login } from './backend/login.js'
import { ask } from './backend/side.js'
import { parseDuration, shorter } from './duration.js'
import { quoted } from './model/source.js'
import { asciiName, type ClientStart } from './settings.js'
import { shown } from './startup.js'
import { timeLimits } from './target-fields.js'
import { type PostgresTarget, postgresTarget, readTarget } from './target.js'

/**
 * A granted session at its target: which settings it starts with, and what the target must have agreed to before a byte
 * of the client's goes there.
 */

/**
 * The target of a session in one of its databases, checked again: it may have been saved by a build that knew more.
 * Throws `SallyportError`.
 */
export function targetOf(resource: Resource, database: string | undefined): PostgresTarget {
  const known = read.get(resource) ?? new Map<string | undefined, PostgresTarget>()
  const target = known.get(database) ?? readAnew(resource, database)
  read.set(resource, known.set(database, target))
  return target
}

/** What sessions hold of their resource is the same for all of them: thousands may stand at one. A document never changes. */
const read = new WeakMap<Resource, Map<string | undefined, PostgresTarget>>()

function readAnew({ name, target }: Resource, database: string | undefined): PostgresTarget {
  return targetIn(target, database, ` ${name}`)
}

/** Of a document that no session holds. Throws `SallyportError`. */
export function targetIn(document: Resource['target'], database: string | undefined, name = ''): PostgresTarget {
  const [problem] = postgresTarget.validate(document)
  if (problem) throw new SallyportError('unavailable', `resource${name} cannot be served: target${problem.path} ${problem.message}`)
  const target = readTarget(document)
  if (database === undefined || database === target.database) return target
  if (target.databases.includes(database)) return { ...target, database }
  const choice = [target.database, ...target.databases]
  const message = choice.length === 1 ? 'has one database only: name the resource alone' : `has the databases ${choice.join(', ')}`
  throw new SallyportError('resource_unknown', `database "${shown(database)}" cannot be chosen: resource${name} ${message}`)
}

/** `sallyport/<session>/<principal> <what the client calls itself>`, as far as the target keeps it. */
export function applicationName({ id, identity }: GatedSession, application: string): string {
  return asciiName(`sallyport/${id}/${identity.principal.name}${application && ` ${application}`}`)
}

export interface EnterOptions {
  readonly session: GatedSession
  readonly target: PostgresTarget
  readonly start: ClientStart
  /** As the target model resolved it; undefined without a model. */
  readonly searchPath: readonly string[] | undefined
  readonly signal: AbortSignal
}

export async function enterTarget({ session, target, start, searchPath, signal }: EnterOptions): Promise<Login> {
  checkSearchPath(start, target, searchPath)
  const settings = targetSettings(target, start, searchPath)
  const entered = await login({
    target,
    password: session.resource.secrets['password'],
    settings: { ...settings, application_name: applicationName(session, start.application) },
    dial: () => session.dial(),
    signal,
  })
  const abandon = () => entered.upstream.stream.destroy()
  signal.addEventListener('abort', abandon, { once: true })
  try {
    checkReported(entered.parameters)
    await checkImposed(entered, target, settings)
    return entered
  } catch (error) {
    abandon()
    if (error instanceof StreamEnded) throw new SallyportError('target_unreachable', 'the target closed the connection during login')
    throw error
  } finally {
    signal.removeEventListener('abort', abandon)
  }
}

/** The client's settings under what the target imposes; the search path is pinned, so that names keep their meaning. */
export function targetSettings(
  { imposed }: PostgresTarget,
  { settings }: ClientStart,
  searchPath: readonly string[] | undefined,
): Readonly<Record<string, string>> {
  const limited = Object.entries(imposed.timeouts).map(([name, most]) => {
    const asked = settings[name]
    return [name, String(shorter(asked === undefined ? undefined : Number(asked), most))] as const
  })
  const path = imposed.searchPath ?? searchPath
  return {
    ...settings,
    ...Object.fromEntries(limited),
    ...(path && { search_path: quoted(path) }),
    ...(imposed.readOnly && { default_transaction_read_only: 'on' }),
  }
}

/** The time limits among the settings that a session begins with, in milliseconds. */
export function timeoutsOf(settings: Readonly<Record<string, string>>): PostgresTarget['imposed']['timeouts'] {
  return Object.fromEntries(timeLimits.flatMap((name) => (settings[name] === undefined ? [] : [[name, Number(settings[name])]])))
}

/** Where names resolve is the resource's choice. Drivers that ask for the path which sessions have anyway are served. */
function checkSearchPath({ searchPath: asked }: ClientStart, { user }: PostgresTarget, path: readonly string[] | undefined): void {
  if (!asked) return
  const wanted = asked.map((schema) => (schema === '$user' ? user : schema))
  // The schema of that name is on the path where it exists, and passed over where it does not.
  const effective = wanted.filter((schema, i) => asked[i] !== '$user' || path?.includes(schema))
  if (path && JSON.stringify(effective) === JSON.stringify(path)) return
  const has = path ? `sessions of this resource have ${quoted(path)}` : 'what sessions of this resource have is not known yet'
  throw new SallyportError('invalid', `search_path cannot be chosen at the login: ${has}; name schemas in statements instead`)
}

/**
 * A pooler on the way may swallow start-up parameters: what must hold and was not reported (nothing of it is before
 * PostgreSQL 14, the search path from 18 on) is asked for.
 */
async function checkImposed(entered: Login, { imposed }: PostgresTarget, settings: Readonly<Record<string, string>>): Promise<void> {
  const must = [...Object.keys(imposed.timeouts), ...(imposed.readOnly ? ['default_transaction_read_only'] : []), 'search_path']
  const names = must.filter((name) => settings[name] !== undefined && settings[name] !== entered.parameters.get(name))
  if (names.length === 0) return
  const [found = []] = await ask(entered, `select ${names.map((name) => `pg_catalog.current_setting('${name}')`).join(', ')}`)
  for (const [i, name] of names.entries()) {
    const is = found[i] ?? ''
    if (is === settings[name] || String(parseDuration(is)) === settings[name]) continue
    throw new SallyportError('target_rejected', `the target did not take ${name} = ${settings[name]}, without which it cannot be served`)
  }
}

/** Text is judged as UTF-8 with standard strings: a target that reads it otherwise would run something else. */
function checkReported(parameters: ReadonlyMap<string, string>): void {
  const required: Readonly<Record<string, string>> = {
    client_encoding: 'UTF8',
    server_encoding: 'UTF8',
    standard_conforming_strings: 'on',
  }
  for (const [name, value] of Object.entries(required)) {
    const reported = parameters.get(name)
    if (reported !== value)
      throw new SallyportError('target_rejected', `the target works with ${name} = ${reported}, only ${value} can be served`)
  }
}
