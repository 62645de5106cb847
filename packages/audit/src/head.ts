/** The end of a chain, signed by the agent: binds (agent, instance, spool, sequence, hash) so that no tail can be cut unseen. */
export interface SignedHead {
  readonly agent: string
  readonly instance: string
  readonly spool: string
  /** Sequence of the last record covered. */
  readonly sequence: number
  /** SHA-256 in hex of that record. */
  readonly hash: string
  /** Ed25519 over the canonical encoding of the fields above. */
  readonly signature: Uint8Array
}
