import { setTimeout as sleep } from 'node:timers/promises'
import type { ServiceError } from '@grpc/grpc-js'
import { refusalOf } from '@sallyport/contract'
import type { Calls, ControlReply } from '@sallyport/contract'
import type { StoredIdentity } from '../enrol/identity.js'
import type { ServerAddress } from './address.js'
import { createBackoff } from './backoff.js'
import type { Answering } from './control-stream.js'
import type { Holder } from './holder.js'
import { runLink } from './link.js'
import type { PlaneOptions, PlaneState } from './plane.js'
import { certificateLife, renewCertificate } from './renewal.js'

/**
 * Keeps a link to the control plane for as long as the agent runs: connects, renews the certificate, waits and connects
 * again. Only a control plane that says so ends what is in force; one that is away does not.
 */
export interface LinkKeeper {
  /** Questions over the link that is up; `undefined` while there is none. */
  readonly calls: () => Calls | undefined
  state(): Pick<PlaneState, 'link' | 'lastError' | 'acknowledged'>
  readonly close: () => Promise<void>
}

export interface LinkKeeperOptions extends Pick<PlaneOptions, 'spool' | 'agentVersion' | 'log'>, Answering {
  readonly identity: StoredIdentity
  readonly server: ServerAddress
  readonly holder: Holder
}

/** After a link that held for so long, the next failure is a new story. */
const settledMs = 5_000
const pauses = { firstMs: 200, longestMs: 15_000, random: Math.random }

export function keepLink(options: LinkKeeperOptions): LinkKeeper {
  const { log } = options
  const closing = new AbortController()
  const answered = new Map<string, Promise<ControlReply['result']>>()
  let calls: Calls | undefined
  let link: PlaneState['link'] = 'connecting'
  let lastError: string | undefined
  let acknowledged = 0

  const connected = (opened: Calls): void => {
    calls = opened
    link = 'connected'
    lastError = undefined
    log.info({}, 'connected to the control plane')
  }

  const attempt = (): Promise<void> =>
    oneLink(options, { closing: closing.signal, answered, connected, acknowledged: (sequence) => (acknowledged = sequence) })

  const ended = async (error: unknown): Promise<void> => {
    const reason = refusalOf(error as Partial<ServiceError>)
    const refused = reason === 'revoked' || reason === 'quarantined'
    if (refused) await dropSnapshot(options)
    link = refused ? 'refused' : 'connecting'
    const message = messageOf(error)
    // A control plane that stays away is told of once, not at every try.
    if (message !== lastError) log.warn({ refusal: reason ?? 'none', reason: message }, 'there is no link to the control plane')
    lastError = message
  }

  const stayConnected = async (): Promise<void> => {
    const backoff = createBackoff(pauses)
    while (!closing.signal.aborted) {
      const began = performance.now()
      try {
        await attempt()
      } catch (error) {
        if (!closing.signal.aborted) await ended(error)
      }
      calls = undefined
      if (performance.now() - began > settledMs) backoff.reset()
      await sleep(backoff.next(), undefined, { signal: closing.signal, ref: false }).catch(() => {})
    }
  }
  const running = stayConnected()

  return {
    calls: () => calls,
    state: () => ({ link, acknowledged, ...(lastError !== undefined && { lastError }) }),
    close: async () => {
      closing.abort(new Error('the agent ends'))
      await running
      link = 'closed'
    },
  }
}

/** What is in memory is revoked in any case; a file that stayed would come into force again at a start without a control plane. */
async function dropSnapshot({ holder, log }: LinkKeeperOptions): Promise<void> {
  try {
    await holder.drop()
  } catch (error) {
    log.warn({ reason: messageOf(error) }, 'the snapshot could not be removed')
  }
}

interface Around {
  readonly closing: AbortSignal
  readonly answered: Map<string, Promise<ControlReply['result']>>
  readonly connected: (calls: Calls) => void
  readonly acknowledged: (sequence: number) => void
}

/** One link, with a certificate that is fresh enough. Resolves when that is due: the next link renews it first. */
async function oneLink(options: LinkKeeperOptions, { closing, ...around }: Around): Promise<void> {
  const due = new AbortController()
  const timer = setTimeout(() => due.abort(), await freshFor(options)).unref()
  try {
    await runLink({ ...options, ...around, signal: AbortSignal.any([closing, due.signal]) })
  } catch (error) {
    if (!due.signal.aborted) throw error
  } finally {
    clearTimeout(timer)
  }
}

/** Renews the certificate where a third of its life is over; answers for how many milliseconds nothing is to be done. */
async function freshFor({ identity, server, log }: LinkKeeperOptions): Promise<number> {
  const { renewAt, expiresAt } = certificateLife(identity.certificate())
  if (Date.now() >= renewAt) {
    try {
      await renewCertificate(identity, server)
      log.info({}, 'the certificate was renewed')
    } catch (error) {
      // One that has not expired still serves; the next link is soon enough.
      if (Date.now() >= expiresAt) throw error
      log.warn({ reason: messageOf(error) }, 'the certificate could not be renewed yet')
    }
  }
  const life = certificateLife(identity.certificate())
  const left = Date.now() < life.renewAt ? life.renewAt - Date.now() : (life.expiresAt - Date.now()) / 3
  return Math.max(1_000, Math.min(left, 2 ** 31 - 1))
}

function messageOf(error: unknown): string {
  const { details, message } = error as Partial<ServiceError>
  return details ?? message ?? 'unknown'
}
