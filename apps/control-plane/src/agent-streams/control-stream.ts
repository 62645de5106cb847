import type { ServerDuplexStream } from '@grpc/grpc-js'
import { CallError, createCalls } from '@sallyport/contract'
import type {
  Calls,
  ControlHello,
  HoldEnded,
  SampleTarget,
  SampleTargetDone,
  StreamControlRequest,
  StreamControlResponse,
} from '@sallyport/contract'
import { admit } from './admission.js'
import type { AdmittedAgent } from './admission.js'
import { answerFor } from './answers.js'
import { dropLink, offerLink } from './link.js'
import type { StreamsContext } from './context.js'
import { endAt } from './lifetime.js'
import { Refused } from './refused.js'
import { serveStream } from './stream.js'
import type { AgentStream } from './stream.js'

/**
 * The stream that makes the link: hello, welcome, confirm, ready, then questions both ways until either end leaves.
 * Nothing is asked of an agent, nor answered, before its link is confirmed.
 */
type Control = AgentStream<StreamControlRequest, StreamControlResponse>

const helloMs = 10_000
const askMs = 5_000
const sampleMs = 60_000

export function serveControl(
  call: ServerDuplexStream<StreamControlRequest, StreamControlResponse>,
  context: StreamsContext,
): Promise<void> {
  return serveStream<StreamControlRequest, StreamControlResponse>(call, context.log, async (stream) => {
    const agent = await admit(call, context)
    const release = endAt(agent.notAfter, stream)
    try {
      await linked(stream, agent, context)
    } finally {
      release()
    }
  })
}

async function linked(stream: Control, agent: AdmittedAgent, context: StreamsContext): Promise<void> {
  const { db, log, links } = context
  const hello = await helloOf(stream)
  const offered = await offerLink(agent, hello, context)
  await stream.send({ message: { $case: 'welcome', value: { continuity: offered.continuity, time: BigInt(Date.now()) } } })
  await confirmed(stream)
  const link = await offered.confirm()
  const instance = hello.instanceId
  await db.agent.update({ where: { id: agent.id }, data: { version: hello.agentVersion.slice(0, 100) } })
  log.info({ agent: agent.id, instance, link: String(link) }, 'an agent is connected')

  const calls = createCalls({
    send: (message) => {
      const out: StreamControlResponse['message'] =
        'call' in message ? { $case: 'call', value: message.call } : { $case: 'reply', value: message.reply }
      // A stream that has ended answers nobody; `calls` is closed then.
      stream.send({ message: out }).catch(() => {})
    },
    answer: answerFor({ ...agent, instance }, context),
  })
  const letGo = links.hold({
    agent: agent.id,
    instance,
    link,
    end: stream.end,
    terminate: (session) => terminate(calls, session),
    sample: (question) => sample(calls, question),
    holdEnded: (ended) => holdEnded(calls, ended),
  })
  try {
    await stream.send({ message: { $case: 'ready', value: { link } } })
    await pump(stream, calls)
  } finally {
    letGo()
    calls.close()
    await dropLink(db, { instance, link })
    log.info({ agent: agent.id, instance, link: String(link) }, 'an agent has disconnected')
  }
}

async function pump(stream: Control, calls: Calls): Promise<void> {
  for (;;) {
    const received = await stream.receive()
    if (received === undefined) return
    const { message } = received
    if (message?.$case === 'call') calls.receive({ call: message.value })
    else if (message?.$case === 'reply') calls.receive({ reply: message.value })
    else throw new Refused('invalid', 'a control message that does not belong here')
  }
}

async function terminate(calls: Calls, session: { readonly id: string; readonly message: string }): Promise<void> {
  try {
    await calls.ask({
      kind: { $case: 'terminateSession', value: { sessionId: session.id, message: session.message } },
      key: `terminate/${session.id}`,
      timeout: askMs,
    })
  } catch (error) {
    // The agent does not have it any more: its end is in the trail or will be.
    if (error instanceof CallError && error.code === 'not_found') return
    throw error
  }
}

/** Without a key: to read again harms nobody, and an answer of that size is not worth remembering. */
async function sample(calls: Calls, value: SampleTarget): Promise<SampleTargetDone> {
  const result = await calls.ask({ kind: { $case: 'sampleTarget', value }, key: '', timeout: sampleMs })
  if (result.$case !== 'sampleTargetDone') throw new CallError('invalid', 'an answer to another question')
  return result.value
}

async function holdEnded(calls: Calls, ended: HoldEnded): Promise<void> {
  await calls.ask({ kind: { $case: 'holdEnded', value: ended }, key: `ended/${ended.approvalId}`, timeout: askMs })
}

async function helloOf(stream: Control): Promise<ControlHello> {
  const received = await stream.receive(helloMs)
  if (received?.message?.$case !== 'hello') throw new Refused('invalid', 'expected a hello')
  return received.message.value
}

async function confirmed(stream: Control): Promise<void> {
  const received = await stream.receive(helloMs)
  if (received?.message?.$case !== 'confirm') throw new Refused('invalid', 'expected a confirm')
}
