import type { SignedHead } from '@sallyport/audit'

/**
 * The spool as the audit stream sees it: only what fdatasync confirmed, in order, until it is acknowledged.
 * A caller must acknowledge only what the control plane has committed; acknowledged segments are deleted.
 */
export interface SpoolReader {
  /** `spl_` id of this spool: one per agent instance and data directory life. */
  readonly id: string
  /** Records with sequence > `after`, at most `maxBytes` of them (at least one), with the signed head that covers them. */
  read(after: number, maxBytes: number): Promise<SpoolBatch | undefined>
  /** The last sequence that is durable; 0 before the first record. */
  durable(): number
  /** Called whenever `durable()` moved. Returns how to unsubscribe. */
  onDurable(listener: () => void): () => void
  /** Everything up to and including `sequence` is committed at the control plane. */
  acknowledge(sequence: number): Promise<void>
}

export interface SpoolBatch {
  readonly first: number
  /** Canonical bytes of each record, as `@sallyport/audit` encodes them. */
  readonly records: readonly Uint8Array[]
  readonly head: SignedHead
}
