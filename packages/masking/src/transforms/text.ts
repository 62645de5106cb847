/**
 * Masks one value written as text. Pure and synchronous; it allocates nothing per value. It never throws for what a value
 * holds: bytes that are no UTF-8, or no value of the kind expected, are masked whole.
 */
export interface TextMask {
  /** Most bytes that it writes for a value of so many bytes. */
  most(length: number): number
  /** Writes the masked value of `source[start, end)` into `target` from `at`; answers with the bytes written, -1 for NULL. */
  write(source: Uint8Array, range: { readonly start: number; readonly end: number }, target: Uint8Array, at: number): number
}
