import type { ServiceError } from '@grpc/grpc-js'
import { AgentServiceClient, refusalOf } from '@sallyport/contract'
import type { AuditBatch } from '@sallyport/contract'
import { openIdentity } from '../../agent/src/enrol/identity.js'
import type { StoredIdentity } from '../../agent/src/enrol/identity.js'
import { channelCredentials, channelOptions } from '../../agent/src/plane/channel.js'
import type { ChannelIdentity } from '../../agent/src/plane/channel.js'
import { openLink } from '../../agent/src/plane/control-stream.js'
import type { ControlStream } from '../../agent/src/plane/control-stream.js'
import { channelIdentity } from '../../agent/src/plane/renewal.js'
import { planeStream } from '../../agent/src/plane/stream.js'
import type { SpoolBatch, SpoolReader } from '../../agent/src/spool/reader.js'

/** What an agent's code would never do, done by hand with an agent's own identity. */
export async function identityOf(dataDir: string): Promise<StoredIdentity> {
  const identity = await openIdentity(dataDir)
  if (identity === undefined) throw new Error('the data directory is not enrolled')
  return identity
}

export function agentClient(port: number, identity: ChannelIdentity): AgentServiceClient {
  return new AgentServiceClient(`127.0.0.1:${port}`, channelCredentials(identity), channelOptions)
}

export interface RawLink {
  readonly link: bigint
  readonly client: AgentServiceClient
  readonly control: ControlStream
  close(): void
}

export async function rawLink(port: number, identity: StoredIdentity, spool: SpoolReader): Promise<RawLink> {
  const client = agentClient(port, channelIdentity(identity))
  const control = planeStream(client.streamControl())
  const close = (): void => {
    control.close()
    client.close()
  }
  try {
    return { link: await openLink(control, { identity, spool, agentVersion: 'raw' }), client, control, close }
  } catch (error) {
    close()
    throw error
  }
}

export interface RawAudit {
  /** Answers the sequence that was acknowledged. */
  send(batch: AuditBatch): Promise<number>
  readonly committed: number
}

export async function rawAudit({ client, link }: RawLink, identity: StoredIdentity, spool: SpoolReader): Promise<RawAudit> {
  const stream = planeStream(client.streamAudit())
  await stream.send({ message: { $case: 'hello', value: { instanceId: identity.instanceId, link, spoolId: spool.id } } })
  const acknowledged = async (): Promise<number> => Number((await stream.receive()).message?.value.sequence)
  return {
    committed: await acknowledged(),
    send: async (batch) => {
      await stream.send({ message: { $case: 'batch', value: batch } })
      return acknowledged()
    },
  }
}

/** A spool that holds nothing. */
export function emptySpool(id: string, durable = 0): SpoolReader {
  return {
    id,
    durable: () => durable,
    onDurable: () => () => {},
    read: async () => undefined,
    acknowledge: async () => {},
  }
}

export function batchOf({ first, records, head }: SpoolBatch): AuditBatch {
  return {
    first: BigInt(first),
    records: records.map((record) => Buffer.from(record)),
    head: {
      agentId: head.agent,
      instanceId: head.instance,
      spoolId: head.spool,
      sequence: BigInt(head.sequence),
      hash: head.hash,
      signature: Buffer.from(head.signature),
    },
  }
}

/** The reason a call was refused with. */
export async function refusalFrom(call: Promise<unknown>): Promise<string> {
  try {
    await call
  } catch (error) {
    return refusalOf(error as Partial<ServiceError>) ?? `no reason: ${(error as Error).message}`
  }
  return 'not refused'
}
