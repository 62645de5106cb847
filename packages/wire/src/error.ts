/** The one error of this room: bytes that do not keep to their format. Its message names no content of them. */
export class WireError extends Error {
  override readonly name = 'WireError'
  constructor(
    /** `malformed` breaks the format; `too_large` keeps it and exceeds a limit. */
    readonly kind: 'malformed' | 'too_large',
    message: string,
  ) {
    super(message)
  }
}
