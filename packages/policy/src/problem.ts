/** One reason why a document is refused. */
export interface Problem {
  /** JSON pointer into the document; empty for the document itself. */
  readonly path: string
  readonly message: string
}
