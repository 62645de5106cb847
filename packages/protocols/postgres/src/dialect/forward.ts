import { frontend } from '../codec/index.js'
import { type Batch, createBatch, createReply, type Part } from './batch.js'
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
  pass(segment: Segment, plan: Plan, id: number | undefined): void
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

  function pass(segment: Segment, plan: Plan, id: number | undefined): void {
    const part: Part = { id, copyIn: plan.copyIn, copyOut: plan.copyOut, rows: undefined, bytes: 0 }
    const batch = enter(part)
    batch.changes.push(...plan.changes)
    batch.neutral &&= plan.neutral
    batch.alone ||= plan.alone
    batch.renames ||= plan.renames
    session.listening ||= plan.listens
    for (const due of plan.replies) session.replies.push(createReply(due.kind, batch, part, due))
    if (segment.end === 'query') {
      send(segment.frames[0]!)
      open = undefined
      return
    }
    // A target in COPY ignores Sync; whether it copies is known only when it answers.
    owesSync = plan.copyIn && segment.end === 'sync'
    const whole = segment.end === 'sync' && !owesSync
    send(joinFrames(segment.frames, whole ? frontend.sync : frontend.flush))
    if (whole) close(batch)
  }

  function refuse(segment: Segment, response: Uint8Array, id: number): void {
    const part: Part = { id: undefined, copyIn: false, copyOut: false, rows: undefined, bytes: 0 }
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
      close(open ?? enter({ id: undefined, copyIn: false, copyOut: false, rows: undefined, bytes: 0 }))
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
