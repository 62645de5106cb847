import { randomUUID } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { gzipSync } from 'node:zlib'
import type { ServiceError } from '@grpc/grpc-js'
import { CallError, limits, refusalOf } from '@sallyport/contract'
import type { Calls, ControlReply } from '@sallyport/contract'
import { SallyportError } from '@sallyport/core'
import { protocols } from '@sallyport/registry'
import { openIdentity } from '../enrol/identity.js'
import type { StoredIdentity } from '../enrol/identity.js'
import { createCompiler } from '../snapshot/compile.js'
import { createCurrent } from '../snapshot/current.js'
import type { Current } from '../snapshot/current.js'
import { snapshotFile } from '../snapshot/file.js'
import { parseServer } from './address.js'
import { createBackoff } from './backoff.js'
import { createHolder } from './holder.js'
import { createKeySource } from './keys.js'
import { runLink } from './link.js'
import type { Plane, PlaneOptions, PlaneState, TargetModelUpload } from './plane.js'
import { certificateLife, renewCertificate } from './renewal.js'

export type { Plane, PlaneLog, PlaneOptions, PlaneState, TargetModelUpload } from './plane.js'

/** After a link that held for so long, the next failure is a new story. */
const settledMs = 5_000
const uploadMs = 15_000

/**
 * Comes up with the snapshot on disk, whether or not the control plane answers, and keeps a link to it from then on.
 * Throws `SallyportError` where the data directory is not enrolled.
 */
export async function connectPlane(options: PlaneOptions): Promise<Plane> {
  const { dataDir, log, exposed = false } = options
  const server = parseServer(options.server)
  const identity = await openIdentity(dataDir)
  if (identity === undefined) throw new SallyportError('unprocessable', 'this data directory is not enrolled')
  const current = createCurrent()
  const file = snapshotFile(dataDir, identity.agentId)
  const compile = createCompiler({ sealingKey: identity.sealingKey, protocols, exposed })
  const holder = createHolder({ identity, file, compile, current })
  await holder.restore()

  const closing = new AbortController()
  const terminators = new Set<(session: string, message: string) => void>()
  const answered = new Map<string, Promise<ControlReply['result']>>()
  let calls: Calls | undefined
  let link: PlaneState['link'] = 'connecting'
  let lastError: string | undefined
  let acknowledged = 0

  /** Resolves when the certificate is due: the next attempt renews it, and connects anew with it. */
  const attempt = async (): Promise<void> => {
    const renewal = new AbortController()
    const timer = await renewInTime(identity, { server, due: () => renewal.abort(), log })
    try {
      await runLink({
        ...options,
        identity,
        server,
        holder,
        answered,
        signal: AbortSignal.any([closing.signal, renewal.signal]),
        terminate: (session, message) => {
          for (const listener of terminators) listener(session, message)
        },
        connected: (opened) => {
          calls = opened
          link = 'connected'
          lastError = undefined
          log.info({ server: options.server }, 'connected to the control plane')
        },
        acknowledged: (sequence) => {
          acknowledged = sequence
        },
      })
    } catch (error) {
      if (!renewal.signal.aborted) throw error
    } finally {
      clearTimeout(timer)
      calls = undefined
    }
  }

  const stayConnected = async (): Promise<void> => {
    const backoff = createBackoff({ firstMs: 200, longestMs: 15_000, random: Math.random })
    while (!closing.signal.aborted) {
      const began = performance.now()
      try {
        await attempt()
      } catch (error) {
        if (closing.signal.aborted) break
        const reason = refusalOf(error as Partial<ServiceError>)
        const refused = reason === 'revoked' || reason === 'quarantined'
        if (refused) await holder.drop()
        link = refused ? 'refused' : 'connecting'
        lastError = messageOf(error)
        log.warn({ server: options.server, reason: reason ?? 'lost', error: lastError }, 'the link to the control plane ended')
      }
      if (performance.now() - began > settledMs) backoff.reset()
      await sleep(backoff.next(), undefined, { signal: closing.signal, ref: false }).catch(() => {})
    }
  }
  const running = stayConnected()

  return {
    agentId: identity.agentId,
    current: current.current,
    onChange: current.onChange,
    onTerminate: (listener) => {
      terminators.add(listener)
      return () => terminators.delete(listener)
    },
    providers: () => current.compiled()?.providers ?? [],
    ...createKeySource(current, () => calls),
    state: () => {
      const snapshot = current.current()
      const lastNack = holder.lastNack()
      return {
        link,
        ...(lastError !== undefined && { lastError }),
        ...(snapshot !== undefined && { snapshot: { version: snapshot.version, expiresAt: snapshot.expiresAt } }),
        ...(lastNack !== undefined && { lastNack }),
        certificateExpiresAt: certificateLife(identity.certificate()).expiresAt,
        acknowledged,
      }
    },
    ready: (signal) => inForce(current, signal),
    uploadTargetModel: (model) => upload(calls, model),
    close: async () => {
      closing.abort(new Error('the agent ends'))
      await running
      link = 'closed'
    },
  }
}

interface Renewing {
  readonly server: ReturnType<typeof parseServer>
  /** Called when it is time for the next one, while a link is up: the next attempt renews and connects anew. */
  readonly due: () => void
  readonly log: PlaneOptions['log']
}

async function renewInTime(identity: StoredIdentity, { server, due, log }: Renewing): Promise<NodeJS.Timeout> {
  const { renewAt, expiresAt } = certificateLife(identity.certificate())
  if (Date.now() >= renewAt) {
    try {
      await renewCertificate(identity, server)
      log.info({}, 'the certificate was renewed')
    } catch (error) {
      // One that has not expired still serves; the next attempt is soon enough.
      if (Date.now() >= expiresAt) throw error
      log.warn({ error: messageOf(error) }, 'the certificate could not be renewed yet')
    }
  }
  const life = certificateLife(identity.certificate())
  const next = Date.now() < life.renewAt ? life.renewAt - Date.now() : (life.expiresAt - Date.now()) / 3
  return setTimeout(due, Math.max(1_000, Math.min(next, 2 ** 31 - 1))).unref()
}

function inForce(current: Current, signal: AbortSignal): Promise<void> {
  const fits = (): boolean => (current.current()?.expiresAt ?? 0) > Date.now()
  return new Promise((resolve, reject) => {
    if (fits()) return resolve()
    const abort = (): void => {
      unsubscribe()
      reject(new SallyportError('unavailable', 'no configuration came into force'))
    }
    const unsubscribe = current.onChange(() => {
      if (!fits()) return
      unsubscribe()
      signal.removeEventListener('abort', abort)
      resolve()
    })
    signal.addEventListener('abort', abort, { once: true })
    if (signal.aborted) abort()
  })
}

async function upload(calls: Calls | undefined, { resource, database, epoch, model }: TargetModelUpload): Promise<void> {
  if (calls === undefined) throw new SallyportError('unavailable', 'the control plane is not connected')
  const packed = gzipSync(JSON.stringify(model))
  if (packed.length > limits.targetModel) throw new SallyportError('too_large', 'the target model is too large to upload')
  const value = { resourceId: resource, database, epoch: BigInt(epoch), model: packed }
  try {
    await calls.ask({ kind: { $case: 'uploadTargetModel', value }, key: randomUUID(), timeout: uploadMs })
  } catch (error) {
    throw error instanceof CallError ? new SallyportError('unprocessable', error.message) : error
  }
}

function messageOf(error: unknown): string {
  const { details, message } = error as Partial<ServiceError>
  return details ?? message ?? 'unknown'
}
