import type { GatedSession } from '@sallyport/gate'
import { SallyportError } from '@sallyport/core'
import { type Login, login } from './backend/login.js'
import { shorter } from './duration.js'
import { quoted } from './model/source.js'
import { asciiName, type ClientStart } from './settings.js'
import { type PostgresTarget, postgresTarget, readTarget } from './target.js'

/**
 * A granted session at its target: which settings it starts with, and what the target must have agreed to before a byte
 * of the client's goes there.
 */

/** The target of a session, checked again: it may have been saved by a build that knew more. Throws `SallyportError`. */
export function targetOf({ resource }: GatedSession): PostgresTarget {
  const [problem] = postgresTarget.validate(resource.target)
  if (problem)
    throw new SallyportError('unavailable', `resource ${resource.name} cannot be served: target${problem.path} ${problem.message}`)
  return readTarget(resource.target)
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
  const settings = targetSettings(target, start, searchPath)
  const entered = await login({
    target,
    password: session.resource.secrets['password'],
    settings: { ...settings, application_name: applicationName(session, start.application) },
    dial: () => session.dial(),
    signal,
  })
  try {
    checkReported(entered.parameters, target)
    return entered
  } catch (error) {
    entered.upstream.stream.destroy()
    throw error
  }
}

/** The client's settings under what the target imposes; the search path is pinned, so that names keep their meaning. */
export function targetSettings(
  { imposed }: PostgresTarget,
  { settings }: ClientStart,
  searchPath: readonly string[] | undefined,
): Readonly<Record<string, string>> {
  const asked = settings['statement_timeout']
  const timeout = shorter(asked === undefined ? undefined : Number(asked), imposed.statementTimeout)
  const path = imposed.searchPath ?? searchPath
  return {
    ...settings,
    ...(timeout !== undefined && { statement_timeout: String(timeout) }),
    ...(path && { search_path: quoted(path) }),
    ...(imposed.readOnly && { default_transaction_read_only: 'on' }),
  }
}

/** Text is judged as UTF-8 with standard strings: a target that reads it otherwise would run something else. */
function checkReported(parameters: ReadonlyMap<string, string>, { imposed }: PostgresTarget): void {
  const required: Readonly<Record<string, string>> = {
    client_encoding: 'UTF8',
    server_encoding: 'UTF8',
    standard_conforming_strings: 'on',
    ...(imposed.readOnly && { default_transaction_read_only: 'on' }),
  }
  for (const [name, value] of Object.entries(required)) {
    const reported = parameters.get(name)
    // Reported since PostgreSQL 14 only.
    if (name === 'default_transaction_read_only' && reported === undefined) continue
    if (reported !== value)
      throw new SallyportError('target_rejected', `the target works with ${name} = ${reported}, only ${value} can be served`)
  }
}
