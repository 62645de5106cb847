import { randomUUID } from 'node:crypto'
import { promisify } from 'node:util'
import { gzip } from 'node:zlib'
import { CallError, limits, targetDigest, writeFindings } from '@sallyport/contract'
import type { Calls, Question } from '@sallyport/contract'
import { SallyportError } from '@sallyport/core'
import type { ReadModel } from '@sallyport/gate'
import type { Probed } from '../probes.js'

/** What the agent found out about a target, on its way over the control stream. */

const uploadMs = 15_000
const compressed = promisify(gzip)

export async function uploadModel(calls: Calls | undefined, read: ReadModel): Promise<void> {
  // Before the work of packing it.
  if (calls === undefined) throw away()
  const model = await compressed(read.json())
  if (model.length > limits.targetModel) throw new SallyportError('unprocessable', 'the target model is too large to upload')
  const { resource: resourceId, database, epoch } = read
  await ask(calls, { $case: 'uploadTargetModel', value: { resourceId, database, epoch, model } })
}

/** The age is the monotonic clock's, for the agent's own time may be wrong. */
export async function uploadPosture(calls: Calls | undefined, { resource, database, target, at, outcome }: Probed): Promise<void> {
  const failed = 'error' in outcome
  const value = {
    resourceId: resource,
    database,
    targetDigest: targetDigest(target),
    age: Math.max(0, Math.round(performance.now() - at)),
    error: failed ? outcome.error.slice(0, limits.text) || 'unknown' : '',
    findings: failed ? [] : writeFindings(outcome.findings),
  }
  await ask(calls, { $case: 'uploadPosture', value })
}

async function ask(calls: Calls | undefined, kind: Question['kind']): Promise<void> {
  if (calls === undefined) throw away()
  try {
    await calls.ask({ kind, key: randomUUID(), timeout: uploadMs })
  } catch (error) {
    if (!(error instanceof CallError)) throw error
    const passing = error.code === 'unavailable' || error.code === 'too_many' || error.code === 'internal'
    throw new SallyportError(passing ? 'unavailable' : 'unprocessable', error.message)
  }
}

function away(): SallyportError {
  return new SallyportError('unavailable', 'the control plane is not connected')
}
