import { SallyportError } from '@sallyport/core'
import { protocols } from '@sallyport/registry'
import { openIdentity } from '../enrol/identity.js'
import type { Sampling } from '../sampling.js'
import { createCompiler } from '../snapshot/compile.js'
import { createCurrent } from '../snapshot/current.js'
import type { Current } from '../snapshot/current.js'
import { snapshotFile } from '../snapshot/file.js'
import { parseServer } from './address.js'
import { createApprovals } from './approvals.js'
import { createHolder } from './holder.js'
import { keepLink } from './keeper.js'
import { createKeySource } from './keys.js'
import type { Plane, PlaneOptions } from './plane.js'
import { certificateLife } from './renewal.js'
import { uploadModel, uploadPosture } from './upload.js'

export type { Plane, PlaneLog, PlaneOptions, PlaneState } from './plane.js'

/**
 * Comes up with the snapshot on disk, whether or not the control plane answers, and keeps a link to it from then on.
 * Throws `SallyportError` where the data directory is not enrolled.
 */
export async function connectPlane(options: PlaneOptions): Promise<Plane> {
  const { dataDir, exposed = false } = options
  const server = parseServer(options.server)
  const identity = await openIdentity(dataDir)
  if (identity === undefined) throw new SallyportError('unprocessable', 'this data directory is not enrolled')
  const current = createCurrent()
  const file = snapshotFile(dataDir, identity.agentId)
  const compile = createCompiler({ sealingKey: identity.sealingKey, protocols, exposed })
  const holder = createHolder({ identity, file, compile, current })
  await holder.restore()
  const terminators = new Set<(session: string, message: string) => void>()
  const terminate = (session: string, message: string): void => {
    for (const listener of terminators) listener(session, message)
  }
  let sample: Sampling['sample'] = () => Promise.reject(new SallyportError('unavailable', 'this agent is not ready to sample targets'))
  const approvals = createApprovals({ calls: () => keeper.calls(), log: options.log })
  const keeper = keepLink({
    ...options,
    identity,
    server,
    holder,
    terminate,
    sample: (wanted, signal) => sample(wanted, signal),
    ended: approvals.ended,
  })

  return {
    agentId: identity.agentId,
    current: current.current,
    onChange: current.onChange,
    onTerminate: (listener) => {
      terminators.add(listener)
      return () => terminators.delete(listener)
    },
    providers: () => current.compiled()?.providers ?? [],
    ...createKeySource(current, keeper.calls),
    state: () => {
      const snapshot = current.current()
      const lastNack = holder.lastNack()
      return {
        ...keeper.state(),
        ...(snapshot !== undefined && { snapshot: { version: snapshot.version, expiresAt: snapshot.expiresAt } }),
        ...(lastNack !== undefined && { lastNack }),
        certificateExpiresAt: certificateLife(identity.certificate()).expiresAt,
      }
    },
    ready: (signal) => inForce(current, signal),
    uploadTargetModel: (model) => uploadModel(keeper.calls(), model),
    uploadPosture: (probed) => uploadPosture(keeper.calls(), probed),
    onSample: (answering) => {
      sample = answering
    },
    approvals,
    close: async () => {
      approvals.close()
      await keeper.close()
    },
  }
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
