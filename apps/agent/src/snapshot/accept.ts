import { applyDelta, emptyState, followRotations, limits, stateDigest, verifySnapshotHead } from '@sallyport/contract'
import type { Delta, SignedRotation, SignedSnapshotHead, State } from '@sallyport/contract'

/**
 * Whether an update is one that this agent may take: for it, signed by whom it pinned, not older than what it has, and
 * leading to exactly the state that was signed. A caller must have the documents inside read before it puts them in force.
 */
export interface HeldSnapshot {
  readonly head: SignedSnapshotHead
  readonly state: State
  /** From the key pinned when it came to the one that signed it. */
  readonly rotations: readonly SignedRotation[]
}

export interface ReceivedUpdate {
  readonly head: SignedSnapshotHead
  readonly delta: Delta
  readonly rotations: readonly SignedRotation[]
}

export type Verdict =
  | { readonly ok: true; readonly snapshot: HeldSnapshot }
  /** `resync`: all would be well if everything were sent. */
  | { readonly ok: false; readonly reason: string; readonly resync: boolean }

export interface Judging {
  readonly agent: string
  readonly pinned: Uint8Array
  readonly held: HeldSnapshot | undefined
  /** Milliseconds since the epoch. */
  readonly now: number
}

export function judgeUpdate({ head, delta, rotations }: ReceivedUpdate, judging: Judging): Verdict {
  const { held } = judging
  const foreign = vouchedFor({ head, rotations }, judging)
  if (foreign !== undefined) return refused(foreign)
  if (head.expiresAt <= judging.now) return refused('it has expired already')
  if (held !== undefined && older(head, held.head)) return refused(`it is older than version ${held.head.version}, which is in force`)
  const before = delta.full ? emptyState : (held?.state ?? emptyState)
  if (!delta.full && Buffer.compare(stateDigest(before), head.previousDigest) !== 0) return refused('it builds upon another state', true)
  const state = applyDelta(before, delta)
  if (state.size > limits.entries) return refused(`it has more than ${limits.entries} entries`)
  let size = 0
  for (const value of state.values()) size += value.length
  if (size > limits.state) return refused(`it is larger than ${limits.state} bytes`)
  if (Buffer.compare(stateDigest(state), head.stateDigest) !== 0) return refused('it does not lead to the state that was signed', true)
  return { ok: true, snapshot: { head, state, rotations } }
}

/** Why a head is not the control plane's word for this agent; `undefined` when it is. */
export function vouchedFor(
  { head, rotations }: Pick<ReceivedUpdate, 'head' | 'rotations'>,
  { agent, pinned }: Pick<Judging, 'agent' | 'pinned'>,
): string | undefined {
  // A snapshot stored before the pin moved on names the rotation that moved it.
  const signer = Buffer.compare(head.signer, pinned) === 0 ? pinned : followRotations(pinned, rotations)
  if (signer === undefined || !verifySnapshotHead(head, signer)) return 'it is not signed by the signer this agent has pinned'
  return head.agent === agent ? undefined : 'it is meant for another agent'
}

function older(head: SignedSnapshotHead, than: SignedSnapshotHead): boolean {
  if (head.generation !== than.generation) return head.generation < than.generation
  return head.version < than.version
}

function refused(reason: string, resync = false): Verdict {
  return { ok: false, reason, resync }
}
