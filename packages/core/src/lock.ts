/** A lock cuts live sessions and refuses new ones, whatever policies say. */
export interface Lock {
  readonly id: string
  readonly target: LockTarget
  /** Shown to whom it hits. */
  readonly message: string
  /** Milliseconds since the epoch; absent: until removed. */
  readonly expiresAt?: number
}

/** `provider` absent: the bare name means any provider, as in every deny. */
export type LockTarget =
  | { readonly kind: 'principal'; readonly name: string; readonly provider?: string }
  | { readonly kind: 'group'; readonly name: string; readonly provider?: string }
  | { readonly kind: 'token'; readonly id: string }
  | { readonly kind: 'resource'; readonly name: string }
  | { readonly kind: 'agent'; readonly id: string }
