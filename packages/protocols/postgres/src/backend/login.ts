import type { Upstream } from '@sallyport/gate'
import { SallyportError } from '@sallyport/core'
import { WireError } from '@sallyport/wire'
import type { DatabaseError, ParameterStatusMessage } from 'pg-protocol/dist/messages.js'
import { type BackendKey, newestMinor, readBackendKey, readNegotiation, startupMessage } from '../codec/index.js'
import { createInbound, type Inbound, StreamEnded } from '../inbound.js'
import { isLoopback, type PostgresTarget } from '../target.js'
import { type Authentication, createAuthentication } from './authenticate.js'
import { createFrames, type Frame, type Frames } from './frames.js'
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
  readonly key: BackendKey | undefined
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

/** How far the last attempt came. */
interface Progress {
  /** The target was willing to speak TLS. */
  encrypted: boolean
  /** The target spoke of authentication: it understood the start-up packet. */
  understood: boolean
}

/** What servers and poolers from before protocol negotiation say to a version that they do not know. */
const unknownVersion: ReadonlySet<unknown> = new Set(['0A000', '08P01'])

export async function login(options: LoginOptions): Promise<Login> {
  const [first, second] = attemptsFor(options.target.sslmode)
  const progress: Progress = { encrypted: false, understood: false }
  try {
    return await logInBy(first, options, progress)
  } catch (error) {
    // The second transport of `allow` and `prefer` is for a target that refused the first, not for one that is away.
    const other = second === 'plain' ? progress.encrypted : second === 'demanded'
    if (!second || !isRejection(error) || !other || options.signal.aborted) throw error
    return logInBy(second, options, progress)
  }
}

/** Asks for the newest version; a target too old to negotiate gets the oldest. */
async function logInBy(attempt: Attempt, options: LoginOptions, progress: Progress): Promise<Login> {
  try {
    return await enter(attempt, { ...options, minor: newestMinor }, progress)
  } catch (error) {
    const old = isRejection(error) && unknownVersion.has(error.details['sqlstate']) && !progress.understood
    if (!old || options.signal.aborted) throw error
    return enter(attempt, { ...options, minor: 0 }, progress)
  }
}

function isRejection(error: unknown): error is SallyportError {
  return error instanceof SallyportError && error.code === 'target_rejected'
}

interface Entry extends LoginOptions {
  readonly minor: number
}

async function enter(attempt: Attempt, options: Entry, progress: Progress): Promise<Login> {
  progress.understood = false
  let upstream = await abortable(options.dial(), options.signal)
  const abandon = () => upstream.stream.destroy()
  options.signal.addEventListener('abort', abandon, { once: true })
  try {
    upstream = await secure(upstream, attempt, tlsFor(options.target), () => (progress.encrypted = true))
    return await converse(upstream, options, progress)
  } catch (error) {
    abandon()
    if (error instanceof SallyportError) throw error
    if (options.signal.aborted) throw new SallyportError('target_unreachable', 'the target did not finish the login in time')
    if (error instanceof StreamEnded) throw new SallyportError('target_unreachable', 'the target closed the connection during login')
    if (error instanceof WireError) throw notPostgres()
    throw error
  } finally {
    options.signal.removeEventListener('abort', abandon)
  }
}

async function converse(upstream: Upstream, options: Entry, progress: Progress): Promise<Login> {
  const { target, settings, minor: asked } = options
  const inbound = createInbound(upstream.stream)
  const frames = createFrames(inbound, largest)
  const authentication = authenticationFor(upstream, options)
  const parameters = new Map<string, string>()
  let key: BackendKey | undefined
  let agreed: number | undefined

  const own = { user: target.user, database: target.database, client_encoding: 'UTF8' }
  upstream.stream.write(startupMessage(asked, { ...own, ...settings }))
  for (;;) {
    const frame = await frames.next()
    if (frame.type === 'R') {
      progress.understood = true
      const answer = await authentication.take(frame)
      if (answer) upstream.stream.write(answer)
    } else if (frame.type === 'v' && agreed === undefined && !progress.understood) {
      agreed = negotiated(frame, asked)
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
      key = readBackendKey(frame.body, agreed ?? asked)
    } else if (frame.type === 'Z') {
      return { upstream, inbound, frames, parameters, key }
    } else {
      throw notPostgres()
    }
  }
}

function authenticationFor({ encrypted, endPoint }: Upstream, { target, password }: LoginOptions): Authentication {
  const verified = encrypted && tlsFor(target).verify !== 'require'
  const trusted = verified || isLoopback(target.host)
  return createAuthentication({ user: target.user, password, encrypted, trusted, ...(endPoint && { endPoint }) })
}

/** The version that the target speaks instead of the one asked for. It must be an older one, and nothing else was asked. */
function negotiated({ body }: Frame, asked: number): number {
  const { minor, unknown } = readNegotiation(body)
  if (minor >= asked || unknown !== 0) throw notPostgres()
  return minor
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
