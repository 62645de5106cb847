import { frontend } from '../codec/index.js'
import type { Veil } from '../masking/veil.js'
import { type Batch, createBatch, createPart, createReply, type Part } from './batch.js'
import { unnamedGone } from './names.js'
import { poison } from './refusal.js'
import type { Segment } from './segment.js'
import type { Session } from './session.js'
import type { Plan } from './resolution.js'

/**
 * The only place that sends to the target: what a permit let through, the poison in place of what was refused, and the
 * ends of batches, each together with the answers it makes due. A caller must not send without telling what is due.
 */
export interface Forwarder {
  /** Of the present batch something was forwarded, but not yet its end. */
  open(): Batch | undefined
  /** The open batch has failed or will: the target ignores everything up to Sync. */
  skipping(): boolean
  /** Batches in flight before the open one. */
  others(): readonly Batch[]
  /** `id` undefined: nothing in it is judged. */
  pass(segment: Segment, plan: Plan, permitted: { readonly id: number | undefined; readonly veil: Veil | undefined }): void
  refuse(segment: Segment, response: Uint8Array, id: number): void
  /** Ends the open batch, or an empty one. */
  sync(): void
  flush(): void
  /** The Execute of a COPY FROM STDIN was forwarded without the Sync after it: the target may want data first. */
  owesSync(): boolean
  /** The data came to be wanted, and a target that copies ignores a Sync that was sent too early. */
  forgetSync(): void
}

export function createForwarder(session: Session): Forwarder {
  let open: Batch | undefined
  let owesSync = false

  const send = (bytes: Uint8Array) => void session.out.push({ do: 'server', bytes })

  function enter(part: Part): Batch {
    const batch = open ?? createBatch()
    if (!open) session.inFlight.push(batch)
    batch.parts.push(part)
    open = batch
    return batch
  }

  function close(batch: Batch): void {
    session.replies.push(createReply('sync', batch, batch.parts.at(-1)!))
    open = undefined
  }

  function pass(segment: Segment, plan: Plan, { id, veil }: Parameters<Forwarder['pass']>[2]): void {
    const hides = veil !== undefined && plan.items.some(({ action }) => veil.hides(action))
    const part = createPart({ id, copyIn: plan.copyIn, copyOut: plan.copyOut, veil, hides })
    const batch = enter(part)
    batch.changes.push(...plan.changes)
    batch.neutral &&= plan.neutral
    batch.alone ||= plan.alone
    batch.renames ||= plan.renames
    batch.begins ||= plan.begins
    batch.works ||= plan.works
    batch.isolation = plan.isolation ?? batch.isolation
    if (plan.timeouts) batch.timeouts = [...batch.timeouts, ...plan.timeouts]
    session.listening ||= plan.listens
    session.hides ||= hides
    if (id !== undefined) session.masked = veil !== undefined
    if (segment.end === 'query') {
      for (const due of plan.replies) session.replies.push(createReply(due.kind, batch, part, veil ? { ...due, shown: plan.shown } : due))
      send(segment.frames[0]!)
      open = undefined
      return
    }
    const frames = veil ? describing(segment, plan, { batch, part }) : segment.frames
    if (!veil) for (const due of plan.replies) session.replies.push(createReply(due.kind, batch, part, due))
    // A target in COPY ignores Sync; whether it copies is known only when it answers.
    owesSync = plan.copyIn && segment.end === 'sync'
    const whole = segment.end === 'sync' && !owesSync
    send(joinFrames(frames, whole ? frontend.sync : frontend.flush))
    if (whole) close(batch)
  }

  /**
   * Every portal is described right before it is executed, by the client or by us: nothing that it was described as before
   * holds for what it is now. Answers the frames with ours among them.
   */
  function describing(
    { messages, frames }: Segment,
    { replies, shown }: Plan,
    { batch, part }: { batch: Batch; part: Part },
  ): readonly Uint8Array[] {
    const all: Uint8Array[] = []
    let executed = 0
    for (const [i, message] of messages.entries()) {
      const due = replies[i]!
      if (message.type !== 'execute') session.replies.push(createReply(due.kind, batch, part, due))
      else {
        const before = messages[i - 1]
        if (before?.type !== 'describe' || before.space !== 'portals' || before.name !== message.portal) {
          all.push(frontend.describePortal(message.portal))
          session.replies.push(createReply('describe_portal', batch, part, { ours: true }))
        }
        session.replies.push(createReply('execute', batch, part, { ...due, shown: [shown[executed++]] }))
      }
      all.push(frames[i]!)
    }
    return all
  }

  function refuse(segment: Segment, response: Uint8Array, id: number): void {
    const part = createPart()
    const batch = enter(part)
    batch.refused = true
    const simple = segment.end === 'query'
    session.replies.push(createReply(simple ? 'query' : 'parse', batch, part, { refusal: response }))
    if (simple) {
      batch.changes.push(...unnamedGone)
      send(poison('query', id))
      open = undefined
      return
    }
    send(joinFrames([poison('parse', id)], segment.end === 'sync' ? frontend.sync : frontend.flush))
    if (segment.end === 'sync') close(batch)
  }

  return {
    open: () => open,
    skipping: () => open !== undefined && (open.refused || open.error !== undefined),
    owesSync: () => owesSync,
    others: () => (open ? session.inFlight.filter((batch) => batch !== open) : session.inFlight),
    pass,
    refuse,
    sync() {
      owesSync = false
      send(frontend.sync)
      close(open ?? enter(createPart()))
    },
    flush() {
      if (open) send(frontend.flush)
    },
    forgetSync() {
      owesSync = false
    },
  }
}

function joinFrames(frames: readonly Uint8Array[], last: Uint8Array): Uint8Array {
  let length = last.length
  for (const frame of frames) length += frame.length
  const joined = Buffer.allocUnsafe(length)
  let at = 0
  for (const frame of frames) {
    joined.set(frame, at)
    at += frame.length
  }
  joined.set(last, at)
  return joined
}
