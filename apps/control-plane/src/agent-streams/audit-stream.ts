import type { ServerDuplexStream } from '@grpc/grpc-js'
import { limits } from '@sallyport/contract'
import type { AuditHello, StreamAuditRequest, StreamAuditResponse } from '@sallyport/contract'
import { admit } from './admission.js'
import type { StreamsContext } from './context.js'
import { holdStream } from './held.js'
import { ingest } from './ingest.js'
import { Refused } from './refused.js'
import { serveStream } from './stream.js'

/** Takes the trail of one spool, batch by batch; each is acknowledged after it was committed, never before. */
const helloMs = 10_000

export function serveAudit(call: ServerDuplexStream<StreamAuditRequest, StreamAuditResponse>, context: StreamsContext): Promise<void> {
  const { db, trail, log } = context
  return serveStream<StreamAuditRequest, StreamAuditResponse>(call, log, async (stream) => {
    const agent = await admit(call, context)
    const received = await stream.receive(helloMs)
    if (received?.message?.$case !== 'hello') throw new Refused('invalid', 'expected a hello')
    const hello = received.message.value
    const { instanceId: instance, link, spoolId: spool } = hello
    const release = await holdStream(stream, { agent, instance, link }, context)
    try {
      await acknowledge(await committed(hello, context))
      for (;;) {
        const next = await stream.receive()
        if (next === undefined) return
        if (next.message?.$case !== 'batch') throw new Refused('invalid', 'expected a batch')
        if (next.message.value.records.length > limits.batchRecords) throw new Refused('too_large', 'too many records in a batch')
        await acknowledge(await ingest(next.message.value, { agent, instance, spool, link }, { db, trail, log }))
      }
    } finally {
      release()
    }

    function acknowledge(sequence: bigint): Promise<void> {
      return stream.send({ message: { $case: 'ack', value: { sequence } } })
    }
  })
}

async function committed({ instanceId, spoolId }: AuditHello, { db }: StreamsContext): Promise<bigint> {
  const spool = await db.spool.findUnique({ where: { id: spoolId } })
  if (spool === null || spool.instanceId !== instanceId) throw new Refused('invalid', 'this spool does not belong to the link')
  return spool.sequence
}
