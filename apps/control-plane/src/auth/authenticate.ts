import { SallyportError, type Principal } from '@sallyport/core'
import { verifyToken } from '@sallyport/identity'
import type { FastifyRequest } from 'fastify'
import type { Database } from '../db/index.js'
import type { App } from '../http/app.js'
import type { RoleName } from '../permissions.js'
import { actorOf } from '../trail/index.js'
import { forbidden, scopeOf, type Binding, type Caller, type Labels } from './caller.js'
import type { KeyStore } from './key-store.js'
import { lockOn } from './locks.js'
import { loadTrustProviders } from './providers.js'
import { createThrottle } from './throttle.js'

/**
 * The one door: a bearer token of a trust provider for an API audience. Runs before a body is read. A handler must take
 * the caller only from `callerOf`, which throws where a route forgot to ask who calls.
 */
export interface AuthOptions {
  readonly db: Database
  readonly keys: KeyStore
  readonly exposed: boolean
  readonly now: () => number
}

declare module 'fastify' {
  interface FastifyRequest {
    caller: Caller | null
  }
}

export function installAuth(app: App, options: AuthOptions): void {
  const throttle = createThrottle({ now: options.now })
  app.decorateRequest('caller', null)
  app.addHook('onRequest', async (request) => {
    const permission = request.routeOptions.config.permission
    if (permission === 'public' || request.is404) return
    if (permission === undefined) throw new Error('this route declares no permission')
    try {
      request.caller = await authenticate(options, request)
    } catch (error) {
      throw slowed(error, () => throttle.refused(request.ip))
    }
    if (permission === 'authenticated') return
    const scope = scopeOf(request.caller, permission)
    if (scope !== 'all' && scope.length === 0) throw forbidden(permission, request.caller)
  })
}

export function callerOf(request: FastifyRequest): Caller {
  if (request.caller === null) throw new Error('this route asked for no caller')
  return request.caller
}

async function authenticate(options: AuthOptions, request: FastifyRequest): Promise<Caller> {
  const { db, keys, now, exposed } = options
  const token = bearerToken(request.headers.authorization)
  const providers = await loadTrustProviders(db, { exposed })
  const identity = await verifyToken(token, { providers, keys, door: 'api', now: now() })
  const lock = await lockOn(db, identity, now())
  if (lock !== undefined) throw new SallyportError('locked', lock.message)
  const [bindings = [], ...delegators] = await Promise.all([identity.principal, ...identity.chain].map((one) => bindingsOf(db, one)))
  return { identity, actor: actorOf(identity, request), bindings, delegators }
}

function bearerToken(header: string | undefined): string {
  if (header === undefined) throw new SallyportError('token_missing', 'send Authorization: Bearer with a token of a trust provider')
  const token = /^Bearer +([^\s]+) *$/i.exec(header)?.[1]
  if (token === undefined) throw new SallyportError('token_malformed', 'the Authorization header must be Bearer and one token')
  return token
}

/** A binding without a provider means the primary one's groups and principals only. */
async function bindingsOf(db: Database, principal: Principal): Promise<readonly Binding[]> {
  const rows = await db.role.findMany({
    where: {
      AND: [
        { OR: [{ provider: principal.provider }, ...(principal.primary ? [{ provider: null }] : [])] },
        { OR: [{ group: { in: [...principal.groups] } }, { subject: principal.subject }] },
      ],
    },
  })
  return rows.map(({ role, labels }) => ({ role: role as RoleName, ...(labels !== null && { labels: labels as Labels }) }))
}

/** Only what was presented and refused counts: asking without a token guesses nothing. */
function slowed(error: unknown, count: () => number | undefined): unknown {
  if (!(error instanceof SallyportError) || error.kind.fault !== 'caller' || error.code === 'token_missing') return error
  const wait = count()
  return wait === undefined
    ? error
    : new SallyportError('too_many', 'too many refused credentials from this address', { retry_after: wait })
}
