import type { MaskKind } from '@sallyport/core'
import type { Growing } from '@sallyport/wire'

/**
 * Masks one value. Pure but for what it remembers, and synchronous; it allocates nothing per value on the common path.
 * It never throws for what a value holds: bytes that are no UTF-8, or no value of the kind expected, are masked whole. A
 * caller must not let `source` be the memory of `out`.
 */
export interface TextMask {
  /** Writes the masked value of `source[start, end)` at `out.at`; false is NULL, and nothing was written. */
  write(source: Uint8Array, start: number, end: number, out: Growing): boolean
}

/** Looks at a value that would be shown as it is: how it must be masked after all, or undefined. */
export interface TextScan {
  find(source: Uint8Array, start: number, end: number): MaskKind | undefined
}
