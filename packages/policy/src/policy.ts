/** A compiled policy: immutable, made only by `compilePolicy`. */
export interface Policy {
  readonly name: string
  /** SHA-256 in hex of the canonical document. */
  readonly hash: string
}
