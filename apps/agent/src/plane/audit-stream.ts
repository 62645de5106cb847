import { setTimeout as sleep } from 'node:timers/promises'
import { limits } from '@sallyport/contract'
import type { StreamAuditRequest, StreamAuditResponse } from '@sallyport/contract'
import type { SpoolBatch, SpoolReader } from '../spool/reader.js'
import { ProtocolError } from './config-stream.js'
import type { PlaneStream } from './stream.js'

/**
 * Sends what the spool has made durable, one batch at a time, and lets the spool forget what was committed. Never
 * resolves. Where the control plane stands is what it says, not what this agent remembers.
 */
type AuditStream = PlaneStream<StreamAuditRequest, StreamAuditResponse>

export interface AuditSending {
  readonly spool: SpoolReader
  readonly instance: string
  readonly link: bigint
  readonly signal: AbortSignal
  readonly acknowledged: (sequence: number) => void
}

/** A commit may wait for a busy database. */
const commitMs = 60_000

/**
 * From one batch to the next, so that a busy agent sends many records at a time: each costs both planes some milliseconds
 * beside its records. Who was idle sends at once, and so does who could not send all that there was.
 */
const paceMs = 200

export async function sendAudit(stream: AuditStream, { spool, instance, link, signal, acknowledged }: AuditSending): Promise<never> {
  await stream.send({ message: { $case: 'hello', value: { instanceId: instance, link, spoolId: spool.id } } })
  let committed = await acknowledgement(stream)
  let earliest = 0
  for (;;) {
    if (committed > spool.durable()) throw new ProtocolError('the control plane has committed more than this spool holds')
    await spool.acknowledge(committed)
    acknowledged(committed)
    await durableBeyond(spool, committed, signal)
    await pause(earliest - performance.now(), signal)
    const batch = await spool.read(committed, limits.batchBytes)
    if (batch === undefined) continue
    earliest = batch.head.sequence < spool.durable() ? 0 : performance.now() + paceMs
    await stream.send({ message: { $case: 'batch', value: messageOf(batch) } })
    committed = await acknowledgement(stream)
  }
}

async function pause(ms: number, signal: AbortSignal): Promise<void> {
  if (ms <= 0) return
  await sleep(ms, undefined, { signal }).catch(() => {
    throw signal.reason as Error
  })
}

async function acknowledgement(stream: AuditStream): Promise<number> {
  const { message } = await stream.receive(commitMs)
  if (message === undefined) throw new ProtocolError('the control plane sent what this build does not know')
  return Number(message.value.sequence)
}

function messageOf({ first, records, head }: SpoolBatch) {
  return {
    first: BigInt(first),
    records: records.map((record) => Buffer.from(record.buffer, record.byteOffset, record.byteLength)),
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

function durableBeyond(spool: SpoolReader, sequence: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const over = (): void => {
      unsubscribe()
      reject(signal.reason as Error)
    }
    const look = (): void => {
      if (spool.durable() <= sequence) return
      unsubscribe()
      signal.removeEventListener('abort', over)
      resolve()
    }
    const unsubscribe = spool.onDurable(look)
    signal.addEventListener('abort', over, { once: true })
    if (signal.aborted) over()
    else look()
  })
}
