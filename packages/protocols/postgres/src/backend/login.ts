import type { Upstream } from '@sallyport/gate'
import { SallyportError } from '@sallyport/core'
import type { BackendKeyDataMessage, DatabaseError, ParameterStatusMessage } from 'pg-protocol/dist/messages.js'
import { serialize } from 'pg-protocol/dist/serializer.js'
import { createInbound, type Inbound, StreamEnded } from '../inbound.js'
import { isLoopback, type PostgresTarget } from '../target.js'
import { createAuthentication } from './authenticate.js'
import { createFrames, type Frames } from './frames.js'
import { type Attempt, attemptsFor, secure, tlsFor } from './transport.js'

/**
 * Logs the agent in to a target: its own start-up packet from configuration, never a byte of the client's. What it
 * answers is ready for the first query. A caller must `release` the inbound side before it hands the stream on.
 */
export interface Login {
  readonly upstream: Upstream
  readonly inbound: Inbound
  readonly frames: Frames
  /** Settings as the target reported them. */
  readonly parameters: ReadonlyMap<string, string>
  /** What a CancelRequest for this connection must carry. */
  readonly key: CancelKey | undefined
}

export interface CancelKey {
  readonly pid: number
  readonly secret: number
}

export interface LoginOptions {
  readonly target: PostgresTarget
  readonly password: string | undefined
  /** Start-up parameters beside user, database and client_encoding. */
  readonly settings: Readonly<Record<string, string>>
  readonly dial: () => Promise<Upstream>
  /** Ends the attempt: time is up, or nobody waits any more. */
  readonly signal: AbortSignal
}

/** No message of a login is longer and no server reports more; a target that does is none. */
const largest = 1 << 20
const mostParameters = 256

export async function login(options: LoginOptions): Promise<Login> {
  const [first, second] = attemptsFor(options.target.sslmode)
  const used = { encrypted: false }
  try {
    return await logInBy(first, options, used)
  } catch (error) {
    // The second transport of `allow` and `prefer` is for a target that refused the first, not for one that is away.
    const refused = error instanceof SallyportError && error.code === 'target_rejected'
    const other = second === 'plain' ? used.encrypted : second === 'demanded'
    if (!second || !refused || !other || options.signal.aborted) throw error
    return logInBy(second, options, used)
  }
}

async function logInBy(attempt: Attempt, options: LoginOptions, used: { encrypted: boolean }): Promise<Login> {
  let upstream = await abortable(options.dial(), options.signal)
  const abandon = () => upstream.stream.destroy()
  options.signal.addEventListener('abort', abandon, { once: true })
  try {
    upstream = await secure(upstream, attempt, tlsFor(options.target), () => (used.encrypted = true))
    return await converse(upstream, options)
  } catch (error) {
    abandon()
    if (error instanceof SallyportError) throw error
    if (options.signal.aborted) throw new SallyportError('target_unreachable', 'the target did not finish the login in time')
    if (error instanceof StreamEnded) throw new SallyportError('target_unreachable', 'the target closed the connection during login')
    throw error
  } finally {
    options.signal.removeEventListener('abort', abandon)
  }
}

async function converse(upstream: Upstream, { target, password, settings }: LoginOptions): Promise<Login> {
  const inbound = createInbound(upstream.stream)
  const frames = createFrames(inbound, largest)
  const { encrypted, endPoint } = upstream
  const verified = encrypted && tlsFor(target).verify !== 'require'
  const trusted = verified || isLoopback(target.host)
  const authentication = createAuthentication({ user: target.user, password, encrypted, trusted, ...(endPoint && { endPoint }) })
  const parameters = new Map<string, string>()
  let key: CancelKey | undefined

  upstream.stream.write(serialize.startup({ user: target.user, database: target.database, ...settings }))
  for (;;) {
    const frame = await frames.next()
    if (frame.type === 'R') {
      const answer = await authentication.take(frame)
      if (answer) upstream.stream.write(answer)
    } else if (frame.type === 'E') {
      throw rejected(frame.decode() as unknown as DatabaseError)
    } else if (frame.type === 'N') {
      continue
    } else if (!authentication.complete()) {
      throw notPostgres()
    } else if (frame.type === 'S') {
      const { parameterName, parameterValue } = frame.decode() as ParameterStatusMessage
      parameters.set(parameterName, parameterValue)
      if (parameters.size > mostParameters) throw notPostgres()
    } else if (frame.type === 'K') {
      const { processID, secretKey } = frame.decode() as BackendKeyDataMessage
      key = { pid: processID, secret: secretKey }
    } else if (frame.type === 'Z') {
      return { upstream, inbound, frames, parameters, key }
    } else {
      throw notPostgres()
    }
  }
}

function notPostgres(): SallyportError {
  return new SallyportError('target_rejected', 'the target does not speak the protocol of PostgreSQL')
}

/** What the target said, for the caller: its message names nothing but the agent's own login and settings. */
function rejected(error: DatabaseError): SallyportError {
  const sqlstate = /^[0-9A-Z]{5}$/.test(error.code ?? '') ? error.code! : 'XX000'
  const message = (error.message ?? '').slice(0, 500)
  return new SallyportError('target_rejected', `the target refused the login of the gateway: ${message} (${sqlstate})`, { sqlstate })
}

/** A dial that nobody waits for any more is closed when it comes. */
function abortable(dialled: Promise<Upstream>, signal: AbortSignal): Promise<Upstream> {
  return new Promise((resolve, reject) => {
    const abort = () => reject(new SallyportError('target_unreachable', 'the target did not answer in time'))
    if (signal.aborted) abort()
    else signal.addEventListener('abort', abort, { once: true })
    dialled.then(
      (upstream) => {
        signal.removeEventListener('abort', abort)
        if (signal.aborted) upstream.stream.destroy()
        resolve(upstream)
      },
      (error: unknown) => {
        signal.removeEventListener('abort', abort)
        reject(error)
      },
    )
  })
}
