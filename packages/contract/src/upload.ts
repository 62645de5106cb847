import { makeGenericClientConstructor } from '@grpc/grpc-js'
import {
  type AgentServiceClient as Client,
  AgentServiceClient as GeneratedClient,
  AgentServiceService,
} from './gen/sallyport/agent/v1/agent.js'
import { AuditBatch, StreamAuditRequest } from './gen/sallyport/agent/v1/audit.js'

/**
 * The generated client, but for how it spells batches of records: they are nearly all that an agent ever sends, hundreds
 * of kilobytes each, and the generated way makes them in memory that doubles, and copies the result twice.
 */
export const AgentServiceClient = makeGenericClientConstructor(
  { ...AgentServiceService, streamAudit: { ...AgentServiceService.streamAudit, requestSerialize: serializeAudit } },
  'sallyport.agent.v1.AgentService',
) as unknown as typeof GeneratedClient
export type AgentServiceClient = Client

/** Tags of fields of wire type 2: `batch` of the request, `records` of the batch. */
const batchTag = 18
const recordTag = 18

/** The bytes of a request, in the order of fields that the generated code has. */
export function serializeAudit(request: StreamAuditRequest): Buffer {
  const { message } = request
  if (message?.$case !== 'batch') return Buffer.from(StreamAuditRequest.encode(request).finish())
  const { first, records, head } = message.value
  const before = AuditBatch.encode({ first, records: [], head: undefined }).finish()
  const after = AuditBatch.encode({ first: 0n, records: [], head }).finish()
  let size = before.length + after.length
  for (const { length } of records) size += 1 + varintSize(length) + length
  const bytes = Buffer.allocUnsafeSlow(1 + varintSize(size) + size)
  let at = writeField(bytes, 0, batchTag, size)
  bytes.set(before, at)
  at += before.length
  for (const record of records) {
    at = writeField(bytes, at, recordTag, record.length)
    bytes.set(record, at)
    at += record.length
  }
  bytes.set(after, at)
  return bytes
}

/** Tag and length, as base 128 varints (protobuf.dev/programming-guides/encoding). */
function writeField(bytes: Buffer, at: number, tag: number, length: number): number {
  let end = at
  bytes[end++] = tag
  let rest = length
  for (; rest > 0x7f; rest >>>= 7) bytes[end++] = (rest & 0x7f) | 0x80
  bytes[end++] = rest
  return end
}

function varintSize(value: number): number {
  let size = 1
  for (let rest = value; rest > 0x7f; rest >>>= 7) size++
  return size
}
