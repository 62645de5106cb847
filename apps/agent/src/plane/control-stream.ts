import { CallError, createCalls, readEnded, targetDigest, writeSampling } from '@sallyport/contract'
import type { Calls, ControlReply, Question, Result, SampleTarget, StreamControlRequest, StreamControlResponse } from '@sallyport/contract'
import { SallyportError } from '@sallyport/core'
import type { Unapproved } from '@sallyport/core'
import type { StoredIdentity } from '../enrol/identity.js'
import type { Sampling } from '../sampling.js'
import type { SpoolReader } from '../spool/reader.js'
import { ProtocolError } from './config-stream.js'
import type { PlaneStream } from './stream.js'

/**
 * The stream that makes the link. What the control plane hands out as continuity is on disk before it is confirmed:
 * an agent that forgets it would be taken for its own copy.
 */
export type ControlStream = PlaneStream<StreamControlRequest, StreamControlResponse>

const answerMs = 10_000

export interface Hello {
  readonly identity: StoredIdentity
  readonly spool: SpoolReader
  readonly agentVersion: string
}

/** Answers the number of the link. */
export async function openLink(stream: ControlStream, { identity, spool, agentVersion }: Hello): Promise<bigint> {
  await stream.send({
    message: {
      $case: 'hello',
      value: {
        instanceId: identity.instanceId,
        agentVersion,
        spoolId: spool.id,
        spoolDurable: BigInt(spool.durable()),
        continuity: identity.continuity(),
      },
    },
  })
  const welcome = await stream.receive(answerMs)
  if (welcome.message?.$case !== 'welcome') throw new ProtocolError('expected a welcome')
  await identity.replaceContinuity(welcome.message.value.continuity)
  await stream.send({ message: { $case: 'confirm', value: {} } })
  const ready = await stream.receive(answerMs)
  if (ready.message?.$case !== 'ready') throw new ProtocolError('expected a ready')
  return ready.message.value.link
}

export type Terminate = (session: string, message: string) => void

export interface Answering {
  readonly terminate: Terminate
  readonly sample: Sampling['sample']
  readonly ended: (ended: Unapproved) => void
}

type Answer = (kind: Question['kind'], signal: AbortSignal) => Promise<Result>

/** What the control plane may ask of this agent; whatever else it asks is refused as `unsupported`. */
export function agentAnswers({ terminate, sample, ended }: Answering): Answer {
  return async (kind, signal) => {
    switch (kind.$case) {
      case 'ping':
        return { $case: 'done', value: {} }
      case 'terminateSession':
        terminate(kind.value.sessionId, kind.value.message)
        return { $case: 'done', value: {} }
      case 'sampleTarget':
        return sampled(kind.value, sample, signal)
      case 'refetchKeys':
      case 'uploadTargetModel':
      case 'uploadPosture':
      case 'fileHold':
      case 'useGrant':
      case 'withdrawHold':
        throw new CallError('unsupported', 'that is asked of the control plane, not by it')
      case 'holdEnded':
        ended(readEnded(kind.value))
        return { $case: 'done', value: {} }
      default:
        throw new CallError('unsupported', `this build does not know ${JSON.stringify(kind satisfies never)}`)
    }
  }
}

async function sampled(
  { resourceId, targetDigest: digest, rows }: SampleTarget,
  sample: Sampling['sample'],
  signal: AbortSignal,
): Promise<Result> {
  const meant = (target: Readonly<Record<string, unknown>>) => targetDigest(target).equals(digest)
  try {
    return {
      $case: 'sampleTargetDone',
      value: writeSampling(await sample({ resource: resourceId, meant, rows: Math.max(1, rows) }, signal)),
    }
  } catch (error) {
    throw error instanceof SallyportError ? new CallError(error.code, error.message) : error
  }
}

export interface Asking {
  readonly calls: Calls
  /** Hands on what arrives. Never resolves. */
  readonly pump: () => Promise<never>
}

export function askOver(stream: ControlStream, answer: Answer, answered: Map<string, Promise<ControlReply['result']>>): Asking {
  const calls = createCalls({
    send: (message) => {
      const out: StreamControlRequest['message'] =
        'call' in message ? { $case: 'call', value: message.call } : { $case: 'reply', value: message.reply }
      // A stream that has ended says so to whoever receives from it.
      stream.send({ message: out }).catch(() => {})
    },
    answer,
    answered,
  })
  const pump = async (): Promise<never> => {
    for (;;) {
      const { message } = await stream.receive()
      if (message?.$case === 'call') calls.receive({ call: message.value })
      else if (message?.$case === 'reply') calls.receive({ reply: message.value })
      else throw new ProtocolError('a control message that does not belong here')
    }
  }
  return { calls, pump }
}
