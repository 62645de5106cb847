import { limits, stateDigest, emptyState } from '@sallyport/contract'
import type { ConfigHead, ConfigUpdate, SignedSnapshotHead, StreamConfigRequest, StreamConfigResponse } from '@sallyport/contract'
import type { ReceivedUpdate } from '../snapshot/accept.js'
import type { Holder } from './holder.js'
import type { PlaneStream } from './stream.js'

/** Takes updates one after the other and says of each whether it is in force. Never resolves. */
type ConfigStream = PlaneStream<StreamConfigRequest, StreamConfigResponse>

export class ProtocolError extends Error {
  override readonly name = 'ProtocolError'
}

export async function followConfig(
  stream: ConfigStream,
  holder: Holder,
  of: { readonly instance: string; readonly link: bigint },
): Promise<never> {
  const held = holder.held()
  await stream.send({
    message: {
      $case: 'hello',
      value: {
        instanceId: of.instance,
        link: of.link,
        generation: held?.head.generation ?? 0n,
        version: held?.head.version ?? 0n,
        stateDigest: stateDigest(held?.state ?? emptyState),
        signer: Buffer.from(holder.pinned()),
      },
    },
  })
  for (;;) {
    const update = await receiveUpdate(stream)
    const verdict = await holder.take(update)
    const { generation, version } = update.head
    if (verdict.ok) await stream.send({ message: { $case: 'ack', value: { generation, version } } })
    else {
      const reason = verdict.reason.slice(0, limits.text)
      await stream.send({ message: { $case: 'nack', value: { generation, version, reason, resync: verdict.resync } } })
    }
  }
}

async function receiveUpdate(stream: ConfigStream): Promise<ReceivedUpdate> {
  const upserts: { key: string; value: Uint8Array }[] = []
  let size = 0
  for (;;) {
    const part = updateOf(await stream.receive())
    for (const { key, value } of part.upserts) {
      size += value.length
      if (value.length > limits.entry || size > limits.state || upserts.length >= limits.entries) {
        throw new ProtocolError('the configuration is larger than this agent takes')
      }
      upserts.push({ key, value })
    }
    if (part.head === undefined) continue
    return { head: headOf(part.head), rotations: part.rotations, delta: { full: part.full, upserts, removals: part.removals } }
  }
}

function updateOf({ message }: StreamConfigResponse): ConfigUpdate {
  if (message === undefined) throw new ProtocolError('the control plane sent what this build does not know')
  return message.value
}

function headOf(head: ConfigHead): SignedSnapshotHead {
  const { agentId: agent, generation, version, previousDigest, stateDigest: digest, signer, signature } = head
  return { agent, generation, version, previousDigest, expiresAt: Number(head.expiresAt), stateDigest: digest, signer, signature }
}
