import { gunzipSync } from 'node:zlib'
import { CallError, limits } from '@sallyport/contract'
import type { RefetchKeys, Result, UploadTargetModel } from '@sallyport/contract'
import type { AdmittedAgent } from './admission.js'
import { servedBy } from './assignment.js'
import type { StreamsContext } from './context.js'
import { fileHold, takeGrant, withdrawHold, type LinkedAgent } from './holds.js'
import { keepPosture } from './posture.js'
import { rateLimit } from './rate.js'

/** What agents may ask of the control plane; whatever else they ask is refused as `unsupported`. */
type Kind = Parameters<Parameters<typeof import('@sallyport/contract').createCalls>[0]['answer']>[0]

/** A provider's keys are fetched anew for an agent at most this often; JWKS endpoints are somebody else's. */
const refetches = { times: 6, perMs: 60_000 }
const unpackedModel = 64 * 1024 * 1024

export function answerFor(agent: LinkedAgent, context: StreamsContext): (kind: Kind, signal: AbortSignal) => Promise<Result> {
  const mayRefetch = rateLimit(refetches)
  return async (kind, signal) => {
    switch (kind.$case) {
      case 'ping':
        return { $case: 'done', value: {} }
      case 'refetchKeys':
        if (!mayRefetch()) throw new CallError('too_many', 'keys were fetched often enough; wait a minute')
        return refetchKeys(kind.value, context, signal)
      case 'uploadTargetModel':
        return uploadTargetModel(agent, kind.value, context)
      case 'uploadPosture':
        return keepPosture(agent, kind.value, context)
      case 'terminateSession':
        throw new CallError('unsupported', 'sessions are ended by the control plane, not asked of it')
      case 'sampleTarget':
        throw new CallError('unsupported', 'targets are sampled by agents')
      case 'fileHold':
        return fileHold(kind.value, agent, context)
      case 'useGrant':
        return takeGrant(kind.value, agent, context)
      case 'withdrawHold':
        return withdrawHold(kind.value, agent, context)
      case 'holdEnded':
        throw new CallError('unsupported', 'what was held is ended by the control plane')
      default:
        throw new CallError('unsupported', `this build does not know ${(kind satisfies never as Kind).$case}`)
    }
  }
}

async function refetchKeys(
  { provider, keyId }: RefetchKeys,
  { db, refetchKeys: refetch }: StreamsContext,
  signal: AbortSignal,
): Promise<Result> {
  if (refetch === undefined) throw new CallError('unavailable', 'this control plane fetches no keys')
  if (keyId.length > 500) throw new CallError('invalid', 'a key id that long belongs to nobody')
  if ((await db.trustProvider.count({ where: { name: provider } })) === 0) throw new CallError('not_found', 'no such trust provider')
  await refetch(provider, keyId)
  signal.throwIfAborted()
  const { revision } = await db.configRevision.findUniqueOrThrow({ where: { id: 1 } })
  return { $case: 'refetchKeysDone', value: { version: revision } }
}

async function uploadTargetModel(agent: AdmittedAgent, upload: UploadTargetModel, { db }: StreamsContext): Promise<Result> {
  const { resourceId, database, epoch } = upload
  if (upload.model.length > limits.targetModel || database.length > 200) throw new CallError('too_large', 'the target model is too large')
  await servedBy(agent, resourceId, db)
  if (!/^[0-9a-f]{1,128}$/.test(epoch)) throw new CallError('invalid', 'an epoch is a digest in hex')
  requireJson(upload.model)
  const model = { agentId: agent.id, epoch, model: Uint8Array.from(upload.model), uploadedAt: new Date() }
  await db.targetModel.upsert({
    where: { resourceId_database: { resourceId, database } },
    create: { resourceId, database, ...model },
    update: model,
  })
  return { $case: 'done', value: {} }
}

function requireJson(packed: Uint8Array): void {
  try {
    JSON.parse(gunzipSync(packed, { maxOutputLength: unpackedModel }).toString('utf8'))
  } catch {
    throw new CallError('invalid', 'a target model is JSON, compressed with gzip')
  }
}
