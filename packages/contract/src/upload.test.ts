import { describe, expect, it } from 'vitest'
import { StreamAuditRequest } from './gen/sallyport/agent/v1/audit.js'
import { serializeAudit } from './upload.js'

const record = (length: number) => Buffer.alloc(length, length % 251)
const batch = (lengths: readonly number[], more: object = {}): StreamAuditRequest => ({
  message: { $case: 'batch', value: { first: 1n, records: lengths.map(record), head: undefined, ...more } },
})
const head = { agentId: 'a', instanceId: 'i', spoolId: 's', sequence: 3n, hash: 'ab', signature: record(64) }

describe('a request of the audit stream', () => {
  it.each<[string, StreamAuditRequest]>([
    ['without records', batch([])],
    ['with small ones', batch([1, 2, 3], { first: 2n ** 63n })],
    ['with an empty one', batch([0, 5])],
    ['at the borders of varints', batch([126, 127, 128, 16_383, 16_384, 2_097_151, 2_097_152])],
    ['with a head', batch([700, 900], { head })],
    ['from nothing', batch([10], { first: 0n, head })],
    ['a hello', { message: { $case: 'hello', value: { instanceId: 'i', link: 7n, spoolId: 's' } } }],
    ['nothing', { message: undefined }],
  ])('%s has the bytes of the generated code', (_name, request) => {
    expect(serializeAudit(request).equals(StreamAuditRequest.encode(request).finish())).toBe(true)
  })
})
