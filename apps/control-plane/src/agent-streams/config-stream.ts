import type { ServerDuplexStream } from '@grpc/grpc-js'
import { deltaBetween, emptyState, fullDelta, limits, signSnapshotHead, stateDigest } from '@sallyport/contract'
import type { ConfigHead, ConfigHello, ConfigUpdate, Delta, State, StreamConfigRequest, StreamConfigResponse } from '@sallyport/contract'
import { admit } from './admission.js'
import type { AdmittedAgent } from './admission.js'
import { stateBuilder } from './agent-state.js'
import type { StreamsContext } from './context.js'
import { holdStream } from './held.js'
import { Refused } from './refused.js'
import type { Loaded } from './registry.js'
import { serveStream } from './stream.js'
import type { AgentStream } from './stream.js'
import { createWakeup } from './wakeup.js'

/**
 * Keeps one agent's configuration at the newest revision: one update at a time, each acknowledged or refused before the
 * next. What it holds is signed anew from time to time, for as long as it is the newest; a state that the agent refused
 * to leave is never signed again, so that it ends with its lifetime.
 */
type ConfigStream = AgentStream<StreamConfigRequest, StreamConfigResponse>

const helloMs = 10_000
const answerMs = 30_000

export function serveConfig(call: ServerDuplexStream<StreamConfigRequest, StreamConfigResponse>, context: StreamsContext): Promise<void> {
  return serveStream<StreamConfigRequest, StreamConfigResponse>(call, context.log, async (stream) => {
    const agent = await admit(call, context)
    const received = await stream.receive(helloMs)
    if (received?.message?.$case !== 'hello') throw new Refused('invalid', 'expected a hello')
    const hello = received.message.value
    const release = await holdStream(stream, { agent, instance: hello.instanceId, link: hello.link }, context)
    try {
      await keepCurrent(stream, { agent, hello }, context)
    } finally {
      release()
    }
  })
}

interface Held {
  readonly state: State
  readonly digest: Buffer
  /** The agent holds exactly this; otherwise it is sent everything. */
  readonly sure: boolean
}

async function keepCurrent(
  stream: ConfigStream,
  who: { readonly agent: AdmittedAgent; readonly hello: ConfigHello },
  context: StreamsContext,
): Promise<void> {
  const { agent, hello } = who
  const { registry, snapshotTtl, db, log } = context
  const builder = stateBuilder({ ...context, agent })
  const wakeup = createWakeup(stream.ended)
  const unsubscribe = registry.onChange(wakeup.wake)
  let pinned: Uint8Array = hello.signer
  let held: Held = { state: emptyState, digest: stateDigest(emptyState), sure: false }
  try {
    for (;;) {
      const loaded = await registry.read()
      const state = await builder.build(loaded)
      const digest = stateDigest(state)
      // What the agent brought along may be what it needs; then nothing is sent but a new signature.
      if (!held.sure && digest.equals(hello.stateDigest) && hello.generation === loaded.generation) held = { state, digest, sure: true }
      const delta = held.sure ? deltaBetween(held.state, state) : fullDelta(state)
      const head = signHead(loaded, { agent, previous: held.sure ? held.digest : Buffer.alloc(0), digest, ttl: snapshotTtl })
      await sendUpdate(stream, { delta, head, rotations: rotationsFor(loaded, pinned) })
      const answer = await answerOf(stream, head)
      await recordAnswer(db, hello.instanceId, answer)
      if (!answer.ok)
        log.warn({ agent: agent.id, version: String(head.version), reason: answer.reason }, 'an agent refused its configuration')
      if (answer.ok) {
        held = { state, digest, sure: true }
        pinned = head.signer
      } else if (answer.resync && held.sure) {
        held = { ...held, sure: false }
        continue
      }
      await wakeup.next(heartbeatMs(snapshotTtl))
    }
  } finally {
    unsubscribe()
  }
}

/** Often enough that a lost control plane is told from a quiet one long before the snapshot ends. */
function heartbeatMs(ttl: number): number {
  return Math.max(250, Math.min(ttl / 10, 300_000))
}

function rotationsFor({ signer }: Loaded, pinned: Uint8Array): ConfigUpdate['rotations'] {
  const rotations = signer.rotationsFrom(pinned)
  if (rotations === undefined) throw new Refused('invalid', 'this agent has pinned a signer that was never ours: enrol it again')
  return rotations.map((rotation) => ({
    previous: Buffer.from(rotation.previous),
    next: Buffer.from(rotation.next),
    signature: Buffer.from(rotation.signature),
  }))
}

interface Heading {
  readonly agent: AdmittedAgent
  readonly previous: Buffer
  readonly digest: Buffer
  readonly ttl: number
}

function signHead({ generation, revision, signer }: Loaded, { agent, previous, digest, ttl }: Heading): ConfigHead {
  const expiresAt = Date.now() + ttl
  const fields = { agent: agent.id, generation, version: revision, previousDigest: previous, expiresAt, stateDigest: digest }
  const signed = signSnapshotHead(fields, signer.privateKey)
  return {
    agentId: agent.id,
    generation,
    version: revision,
    previousDigest: previous,
    expiresAt: BigInt(expiresAt),
    stateDigest: digest,
    signer: Buffer.from(signed.signer),
    signature: Buffer.from(signed.signature),
  }
}

async function sendUpdate(
  stream: ConfigStream,
  { delta, head, rotations }: { readonly delta: Delta; readonly head: ConfigHead; readonly rotations: ConfigUpdate['rotations'] },
): Promise<void> {
  const { full } = delta
  let upserts: ConfigUpdate['upserts'] = []
  let size = 0
  const send = (last: Pick<ConfigUpdate, 'removals' | 'rotations' | 'head'>): Promise<void> =>
    stream.send({ message: { $case: 'update', value: { full, upserts, ...last } } })
  for (const { key, value } of delta.upserts) {
    if (size > 0 && size + value.length > limits.updatePart) {
      await send({ removals: [], rotations: [], head: undefined })
      upserts = []
      size = 0
    }
    upserts.push({ key, value: Buffer.from(value) })
    size += key.length + value.length
  }
  await send({ removals: [...delta.removals], rotations, head })
}

type Answer = { readonly ok: true; readonly head: ConfigHead } | { readonly ok: false; readonly reason: string; readonly resync: boolean }

async function answerOf(stream: ConfigStream, head: ConfigHead): Promise<Answer> {
  const received = await stream.receive(answerMs)
  if (received === undefined) throw new Refused('unavailable', 'the agent has closed its half')
  const { message } = received
  if (message === undefined || message.$case === 'hello') throw new Refused('invalid', 'expected an ack or a nack')
  const { generation, version } = message.value
  if (generation !== head.generation || version !== head.version) throw new Refused('invalid', 'an answer to another update')
  if (message.$case === 'ack') return { ok: true, head }
  return { ok: false, reason: message.value.reason.slice(0, limits.text), resync: message.value.resync }
}

async function recordAnswer(db: StreamsContext['db'], instance: string, answer: Answer): Promise<void> {
  const data = answer.ok
    ? { configGeneration: answer.head.generation, configVersion: answer.head.version, configAckedAt: new Date(), lastError: null }
    : { lastError: answer.reason }
  await db.agentInstance.update({ where: { id: instance }, data })
}
